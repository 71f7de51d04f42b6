//! One account at one vendor, and what reading it yields.

use crate::{Capability, OpenError, Query, ReadError, Setting, SourceConfig, SourcePlan};
use callfold_transport::{
    ByteStream, Cursor, Error, ErrorKind, PageWarning, ResponseValue, ResumePoint, Stats,
};
use callfold_unify::{
    RejectedRecord,
    model::{Call, Recording},
};
use futures_util::{future::BoxFuture, stream::BoxStream};
use std::{future, sync::Arc};

/// A vendor that callfold can read.
#[derive(Clone, Copy, Debug)]
pub struct VendorEntry {
    /// The name in the configuration and in ids.
    pub name: &'static str,
    /// The name as the vendor writes it.
    pub title: &'static str,
    /// What each of its lists can do; the first is the one read by default.
    pub lists: &'static [Capability],
    /// What a source of it needs, beyond [`COMMON_SETTINGS`](crate::COMMON_SETTINGS).
    pub settings: &'static [Setting],
    /// Fields of a record whose links the vendor signs anew in each answer:
    /// a signature that differs is no change of the call.
    pub volatile_fields: &'static [&'static str],
    /// Opens an account. Makes no request.
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

    /// What its client has done so far: requests, retries, waits.
    fn stats(&self) -> Stats {
        Stats::default()
    }

    /// How this source answers `query`.
    fn plan(&self, query: &Query) -> SourcePlan;

    /// One of the plan's lists, page by page: every call that matches the
    /// query, and any number of others, as the server filters by what was
    /// pushed only. The stream ends after the first error. Dropping it stops
    /// the requests.
    ///
    /// Each page is decoded and mapped in a task of its own, several at once
    /// where the Tokio runtime has several threads. [`Call::raw`] is there if
    /// the plan was made for a query that wants it.
    fn pages(&self, plan: &SourcePlan, walk: ListStart) -> SourcePages;

    /// Adds to a call what the plan asks for and only a request of its own
    /// tells; `None` where the plan needs no such request.
    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let _ = plan;
        None
    }

    /// The call that a record of this source's list describes, mapped as
    /// [`pages`](Self::pages) maps it: to fetch the details of a call that was
    /// read long ago without reading its list again. `None` where the record
    /// gives no call, or where no call needs a request of its own.
    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        let _ = record;
        None
    }

    /// The call with the vendor's id `id`, as fully as one record gives it;
    /// `None` when there is none. Where the vendor has no lookup the list is
    /// read until it is found: [`Capability::lookup`] says so.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>>;

    /// Fetches a recording that a call names. An answer with status 206 is the
    /// rest behind `from`; any other is the whole recording. Credentials go along only where it needs them, and to the vendor's own
    /// address only.
    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        let _ = (recording, from);
        let error = Error::invalid_request("this source has no recordings to fetch");
        let error = ReadError::transport(self.vendor(), self.account(), error);
        Box::pin(future::ready(Err(error)))
    }

    /// Makes the cheapest request that needs the credentials.
    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>>;
}

/// The bytes of a recording, as they come.
pub type Download = BoxFuture<'static, Result<ResponseValue<ByteStream>, ReadError>>;

/// The pages of a list, as they are read.
pub type SourcePages = BoxStream<'static, Result<SourcePage, ReadError>>;

/// A page of a list.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourcePage {
    /// What is known about it.
    pub info: PageInfo,
    /// Its records, in the vendor's order.
    pub items: Vec<Item>,
}

impl SourcePage {
    /// A page with these records.
    pub fn new(info: PageInfo, items: Vec<Item>) -> Self {
        Self { info, items }
    }
}

/// How one list of a plan is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListStart {
    /// Which of the plan's lists, from 0.
    pub list: usize,
    /// Where to begin; `None` is the beginning.
    pub from: Option<Cursor>,
}

/// Completes one call. A part that cannot be had leaves a
/// `detail_unavailable` warning on it.
pub type Enricher = Arc<dyn Fn(Box<Call>) -> BoxFuture<'static, Enriched> + Send + Sync>;

/// A call, with what a request of its own told.
#[derive(Debug)]
pub struct Enriched {
    /// The call.
    pub call: Box<Call>,
    /// Why a part could not be fetched; `None` where nothing is missing.
    pub missing: Option<Missing>,
}

/// Why a part of a call could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Why, in a few words that are the same for equal failures, such as
    /// `status 503`. Holds nothing of the call.
    pub reason: String,
    /// Whether the vendor answered that it has no such part (404, 410). It may
    /// come later, or never.
    pub is_absent: bool,
}

impl Missing {
    /// Because of a failed request; `None` stands for an answer that knows no
    /// such call.
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

/// A record of a list.
#[derive(Debug)]
#[non_exhaustive]
pub enum Item {
    /// A call.
    Call(Box<Call>),
    /// A record that is no call, because it has no usable id.
    SetAside(RejectedRecord),
}

/// What is known about a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Records on it.
    pub records: usize,
    /// All records of the list, as the vendor announces; `None` when it does not.
    pub total: Option<u64>,
    /// What was odd about it.
    pub notes: Vec<PageWarning>,
    /// Whether records may be missing between the page before and this one: it
    /// could not be asked for so that the two overlap.
    pub gap_before: bool,
    /// Whether the answer says that its records are sorted by start, newest
    /// first; `None` when it does not say.
    pub newest_first: Option<bool>,
    /// Where it was asked for; `None` is the beginning.
    pub at: Option<Cursor>,
    /// Where to resume after it; `None` at the end of the list.
    pub next: Option<Cursor>,
}
