//! One account at one vendor, and the pages of its lists.

use crate::{
    Capability, OpenError, Query, ReadError, Setting, SourceConfig, SourcePlan,
    error::ReadErrorKind,
};
use callfold_transport::{
    ByteStream, Cursor, Error, ErrorKind, Pace, PageWarning, ResponseValue, ResumePoint, Stats,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, Recording},
};
use futures_util::{future::BoxFuture, stream::BoxStream};
use serde::Serialize;
use std::{future, sync::Arc};

/// A vendor that callfold can read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VendorEntry {
    /// The name in the configuration and in ids.
    pub name: &'static str,
    /// The name as the vendor writes it.
    pub title: &'static str,
    /// What each of its lists can do; the first is the default.
    pub lists: &'static [Capability],
    /// The settings of a source, beyond [`common_settings`](crate::common_settings()).
    pub settings: &'static [Setting],
    /// Fields of a record with links that the vendor signs in each response: a
    /// different signature does not change the call.
    pub volatile_fields: &'static [&'static str],
    /// Opens an account. Sends no request.
    pub open: fn(&SourceConfig) -> Result<Box<dyn Source>, OpenError>,
}

/// One account at one vendor.
pub trait Source: Send + Sync {
    /// The vendor's name.
    fn vendor(&self) -> &'static str;

    /// The name the user gave the source.
    fn account(&self) -> &str;

    /// What the list that this source reads can do.
    fn capability(&self) -> &'static Capability;

    /// The requests, retries and waits of its client so far.
    fn stats(&self) -> Stats {
        Stats::default()
    }

    /// The pace of its requests, as it is now; `None` for a source that has none.
    fn pace(&self) -> Option<Pace> {
        None
    }

    /// Starts below a rate that an earlier run found to be too much, from its
    /// [`Pace::too_fast`].
    fn remember_pace(&self, too_fast: f64) {
        let _ = too_fast;
    }

    /// How this source answers `query`.
    fn plan(&self, query: &Query) -> SourcePlan;

    /// The pages of one of the plan's lists: every call that matches the query,
    /// and others, as the server applies pushed filters only. The stream ends
    /// after the first error. Dropping it stops the requests.
    ///
    /// Each page is decoded and mapped in its own task, several at once where
    /// the Tokio runtime has several threads. [`Call::raw`] is set if the query
    /// of the plan asks for it.
    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages;

    /// Adds to a call what the plan asks for and only a request for each call
    /// returns; `None` where the plan needs no such request.
    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let _ = plan;
        None
    }

    /// The call in a stored record of this source's list, mapped as
    /// [`pages`](Self::pages) maps it: to enrich it without reading the list
    /// again. `None` where the record is rejected, or where no call needs
    /// enrichment.
    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        let _ = record;
        None
    }

    /// The call with the vendor's id `id`, with all that its single record has;
    /// `None` when there is none. Without a lookup ([`Capability::lookup`]) the
    /// list is read until the call is found.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>>;

    /// Downloads a recording of a call. A response with status 206 is the rest
    /// behind `from`; any other is the whole recording. Credentials are sent only
    /// where the recording needs them, and only to the vendor's own address.
    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        let _ = (recording, from);
        let error = Error::invalid_request("this source has no recordings to fetch");
        let error = ReadError::new(self.vendor(), self.account(), ReadErrorKind::Request(error));
        Box::pin(future::ready(Err(error)))
    }

    /// Sends the cheapest request that needs the credentials.
    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>>;

    /// Whether the vendor refused a page of a list because its records are older than it
    /// keeps them: the list ends there, and
    /// [`SourceSummary::history_ended`](crate::SourceSummary::history_ended) says so.
    fn ends_history(&self, _error: &ReadError) -> bool {
        false
    }
}

/// The bytes of a recording as a stream.
pub type Download = BoxFuture<'static, Result<ResponseValue<ByteStream>, ReadError>>;

/// The pages of a list as a stream.
pub type SourcePages = BoxStream<'static, Result<SourcePage, ReadError>>;

/// A page of a list.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourcePage {
    /// What is known about it.
    pub info: PageInfo,
    /// Its records, in the vendor's order.
    pub items: Vec<ListedRecord>,
}

impl SourcePage {
    /// A page with these records.
    pub fn new(info: PageInfo, items: Vec<ListedRecord>) -> Self {
        Self { info, items }
    }
}

/// Where reading a list of a plan starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListStart {
    /// Which of the plan's lists, from 0.
    pub list: usize,
    /// The position; `None` is the beginning.
    pub from: Option<Cursor>,
}

/// Adds details to a call, or a `detail_unavailable` warning where a part cannot
/// be fetched.
pub type Enricher = Arc<dyn Fn(Box<Call>) -> BoxFuture<'static, Enriched> + Send + Sync>;

/// A call with its details.
#[derive(Debug)]
pub struct Enriched {
    /// The call.
    pub call: Box<Call>,
    /// Why a part could not be fetched; `None` where nothing is missing.
    pub missing: Option<DetailFailure>,
}

/// Why a part of a call could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailFailure {
    /// The reason in a few words, the same for equal failures, such as
    /// `status 503`. Holds no data of the call.
    pub reason: String,
    /// Whether the vendor responded that it has no such part (404, 410), which
    /// may come later or never.
    pub is_absent: bool,
}

impl DetailFailure {
    /// The reason of a failed request; without an error the response has no such
    /// call.
    pub fn new(error: Option<&Error>) -> Self {
        let Some(error) = error else {
            return Self { reason: "not found".to_owned(), is_absent: true };
        };
        let reason = match (error.http_status(), error.kind()) {
            (Some(status), kind) if kind != ErrorKind::Decode => format!("status {status}"),
            (_, ErrorKind::Timeout) => "timed out".to_owned(),
            (_, ErrorKind::Transport) => "the connection failed".to_owned(),
            (_, ErrorKind::Decode) => "the response does not match the schema".to_owned(),
            (_, ErrorKind::TooLarge) => "the response is too large".to_owned(),
            (_, kind) => kind.as_str().replace('_', " "),
        };
        Self { reason, is_absent: error.kind() == ErrorKind::NotFound }
    }
}

/// A record of a list, as a call where it is one.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListedRecord {
    /// A call.
    Call(Box<Call>),
    /// A record without a usable id.
    Rejected(RejectedRecord),
}

/// What is known about a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Records on it.
    pub records: usize,
    /// All records of the list, as the vendor announces; `None` when it does not.
    pub total: Option<u64>,
    /// Warnings about it.
    pub notes: Vec<PageWarning>,
    /// Whether records may be missing between the previous page and this one,
    /// because the two cannot be requested with an overlap.
    pub gap_before: bool,
    /// Whether the response states that its records are sorted by start, newest
    /// first; `None` when it states nothing.
    pub newest_first: Option<bool>,
    /// The position that was requested; `None` is the beginning.
    pub at: Option<Cursor>,
    /// Where to resume after it; `None` at the end of the list.
    pub next: Option<Cursor>,
}
