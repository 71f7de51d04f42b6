//! One account at one vendor, and what reading it yields.

use crate::{Capability, OpenError, Query, ReadError, Setting, SourceConfig, SourcePlan};
use callfold_transport::{Cursor, PageNote};
use callfold_unify::{SetAside, model::Call};
use futures_util::{future::BoxFuture, stream::BoxStream};
use std::sync::Arc;

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

    /// How this source answers `query`.
    fn plan(&self, query: &Query) -> SourcePlan;

    /// One of the plan's lists: every call that matches the query, and any
    /// number of others, as the server filters by what was pushed only. The
    /// stream ends after the first error. Dropping it stops the requests.
    fn calls(&self, plan: &SourcePlan, walk: Walk) -> BoxStream<'static, Result<Item, ReadError>>;

    /// Adds to a call what the plan asks for and only a request of its own
    /// tells; `None` where the plan needs no such request.
    fn completer(&self, plan: &SourcePlan) -> Option<Completer> {
        let _ = plan;
        None
    }

    /// The call with the vendor's id `id`, as fully as one record gives it;
    /// `None` when there is none. Where the vendor has no lookup the list is
    /// read until it is found: [`Capability::lookup`] says so.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>>;

    /// Makes the cheapest request that needs the credentials.
    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>>;
}

/// How one list of a plan is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walk {
    /// Which of the plan's lists, from 0.
    pub list: usize,
    /// Where to begin; `None` is the beginning.
    pub from: Option<Cursor>,
    /// Whether to read so that no record is lost although others arrive or
    /// vanish: one page after the other, with an overlap.
    pub careful: bool,
}

/// Completes one call. A part that cannot be had leaves a
/// `detail_unavailable` warning on it.
pub type Completer = Arc<dyn Fn(Box<Call>) -> BoxFuture<'static, Completed> + Send + Sync>;

/// A call, with what a request of its own told.
#[derive(Debug)]
pub struct Completed {
    /// The call.
    pub call: Box<Call>,
    /// Whether a part could not be had.
    pub missed: bool,
}

/// What reading a source yields.
#[derive(Debug)]
#[non_exhaustive]
pub enum Item {
    /// The next page begins.
    Page(PageInfo),
    /// A call.
    Call(Box<Call>),
    /// A record that is no call, because it has no usable id.
    SetAside(SetAside),
}

/// What is known about a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageInfo {
    /// Records on it.
    pub records: usize,
    /// All records of the list, as the vendor announces; `None` when it does not.
    pub total: Option<u64>,
    /// What was odd about it.
    pub notes: Vec<PageNote>,
    /// Where to go on after it; `None` at the end of the list.
    pub next: Option<Cursor>,
}
