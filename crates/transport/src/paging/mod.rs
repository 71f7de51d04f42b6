//! Reading a list page by page, once for all vendors.
//!
//! In a list that is paged by number or offset, records shift when one is added
//! or deleted. So each page is requested so that it begins with the last record
//! of the page before. If it does not, records were deleted, and the page is read
//! again from further back. The list ends with a page without a new record
//! (`offset_state`).
//!
//! A list that is paged by token or key does not shift. Its pages are requested
//! one after the other, each at the position that the one before names (`chain`).
//!
//! A vendor crate describes the requests of its list and the place of the records
//! ([`ListOperation`]); everything else is here.

mod chain;
mod cursor;
pub(crate) mod decode_gate;
mod metadata;
mod offset_state;
mod offsets;
mod operation;
mod page;
mod pager;
mod pages;
mod records;
mod stop_rule;
mod tail;

pub use cursor::Cursor;
pub use metadata::{ListMetadata, ListOrder};
pub use operation::{List, ListOperation, PageContents};
pub use page::{Page, PageWarning};
pub use pages::Pages;
pub use records::Records;

use serde::{Deserialize, Serialize};

/// How a vendor's list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    pub(crate) style: PagingStyle,
    pub(crate) default_size: u32,
    pub(crate) max_size: u32,
    pub(crate) items: &'static str,
    pub(crate) stop: StopRule,
}

/// What ends a list. A short page alone never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
#[non_exhaustive]
pub enum StopRule {
    /// This field is false. In a list that can shift while it is read, a page
    /// that brings nothing new confirms it.
    Flag {
        /// The field, by its path in the response.
        field: &'static str,
    },
    /// As many records as announced were listed, and a page brings nothing new.
    TotalReached,
    /// A page has no token for the next.
    NextToken,
    /// A page brings nothing new.
    EmptyPage,
}

/// How pages are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingStyle {
    /// Numbered pages, the first with this number.
    Numbered {
        /// 0 or 1.
        first: u64,
    },
    /// A number of records to skip.
    Offset,
    /// Each page names the next.
    Token,
    /// The value of each record that this pointer names, in the list's order.
    Key {
        /// A JSON pointer into a record.
        pointer: &'static str,
        /// Whether records with the very value requested are in the response.
        is_inclusive: bool,
    },
}

impl Paging {
    const fn of(style: PagingStyle, stop: StopRule) -> Self {
        Self { style, default_size: 50, max_size: 100, items: "", stop }
    }

    /// Numbered pages; `first` is the number of the first, 0 or 1.
    pub const fn pages(first: u64) -> Self {
        Self::of(PagingStyle::Numbered { first }, StopRule::EmptyPage)
    }

    /// A number of records to skip, and a number to return.
    pub const fn offset() -> Self {
        Self::of(PagingStyle::Offset, StopRule::EmptyPage)
    }

    /// Each page has a token that the next is requested with.
    pub const fn token() -> Self {
        Self::of(PagingStyle::Token, StopRule::NextToken)
    }

    /// A page is requested with the last value of the page before; `pointer`
    /// is a JSON pointer to that value in a record. The response has records with
    /// that very value, unless [`exclusive`](Self::exclusive) says otherwise.
    pub const fn key(pointer: &'static str) -> Self {
        Self::of(PagingStyle::Key { pointer, is_inclusive: true }, StopRule::EmptyPage)
    }

    /// The response to a request with a key begins behind the records that have
    /// it. For lists that are paged by key.
    #[must_use]
    pub const fn exclusive(mut self) -> Self {
        if let PagingStyle::Key { pointer, .. } = self.style {
            self.style = PagingStyle::Key { pointer, is_inclusive: false };
        }
        self
    }

    /// Sets the page size requested by default, and the largest the vendor
    /// accepts. Without it: 50 and 100.
    #[must_use]
    pub const fn sizes(mut self, default: u32, max: u32) -> Self {
        (self.default_size, self.max_size) = (default, max);
        self
    }

    /// Names the place of the records as a JSON pointer, for error messages.
    /// Without it the body itself is the list.
    #[must_use]
    pub const fn items(mut self, pointer: &'static str) -> Self {
        self.items = pointer;
        self
    }

    /// How pages are addressed.
    pub const fn style(&self) -> PagingStyle {
        self.style
    }

    /// Sets what ends the list. Without it: `NextToken` for a
    /// list that is paged by token, `EmptyPage` for any other.
    #[must_use]
    pub const fn stop(mut self, rule: StopRule) -> Self {
        self.stop = rule;
        self
    }

    /// What ends the list.
    pub const fn stop_rule(&self) -> StopRule {
        self.stop
    }

    /// The page size to ask for, where nothing calls for a larger page.
    pub const fn default_size(&self) -> u32 {
        self.default_size
    }

    /// The largest page the vendor accepts.
    pub const fn max_size(&self) -> u32 {
        self.max_size
    }
}

/// Where a page begins, in the vendor's own terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Position {
    /// The number of the page, as the vendor counts.
    Page(u64),
    /// How many records to skip.
    Offset(u64),
    /// What the page before gave to go on with; `None` for the first page.
    Token(Option<String>),
    /// A value that the list is sorted by.
    Key {
        /// The value where the page begins; `None` for the first page.
        after: Option<String>,
        /// Whether records with this very value are on the page.
        inclusive: bool,
    },
}

/// Which page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRequest {
    /// How many pages come before, counted by us.
    pub index: u64,
    /// How many records to ask for.
    pub size: u32,
    /// Where the page begins.
    pub position: Position,
}

impl PageRequest {
    /// The page's number, as the vendor counts; 0 in a list of another style.
    pub fn page(&self) -> u64 {
        match self.position {
            Position::Page(page) => page,
            _ => 0,
        }
    }

    /// How many records to skip; 0 in a list of another style.
    pub fn offset(&self) -> u64 {
        match self.position {
            Position::Offset(offset) => offset,
            _ => 0,
        }
    }

    /// The token to send; `None` on the first page.
    pub fn token(&self) -> Option<&str> {
        match &self.position {
            Position::Token(token) => token.as_deref(),
            _ => None,
        }
    }

    /// The key to send; `None` on the first page.
    pub fn key(&self) -> Option<&str> {
        match &self.position {
            Position::Key { after, .. } => after.as_deref(),
            _ => None,
        }
    }
}
