//! Reading a list page by page, once for all vendors.
//!
//! Each page is asked for so that it begins with the last record of the page
//! before. A page that does not is one that records vanished before, and is
//! read again from further back. A list ends with a page that brings nothing
//! new.
//!
//! A vendor crate says how its list is asked for and where the records are
//! ([`ListOperation`]); everything else is here.

mod cursor;
mod operation;
mod page;
mod page_state;
mod pages;
mod records;
mod stop_rule;
mod tail;
pub(crate) mod turn;

pub use cursor::Cursor;
pub use operation::{Envelope, List, ListOperation};
pub use page::{Page, PageNote};
pub use pages::Pages;
pub use records::Records;

/// How a vendor's list is paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    pub(crate) style: Style,
    pub(crate) default_size: u32,
    pub(crate) max_size: u32,
    pub(crate) items: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Numbered pages, the first with this number.
    Numbered { first: u64 },
    /// A number of records to skip.
    Offset,
}

impl Paging {
    /// Numbered pages; `first` is the number of the first, 0 or 1.
    pub const fn pages(first: u64) -> Self {
        Self { style: Style::Numbered { first }, default_size: 50, max_size: 100, items: "" }
    }

    /// A number of records to skip, and a number to answer with.
    pub const fn offset() -> Self {
        Self { style: Style::Offset, default_size: 50, max_size: 100, items: "" }
    }

    /// Sets the page size asked for by default, and the largest the vendor
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

    /// The largest page the vendor accepts.
    pub const fn max_size(&self) -> u32 {
        self.max_size
    }
}

/// Which page to ask for, in each of the ways a vendor may want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageAt {
    /// How many pages come before, counted by us.
    pub index: u64,
    /// The page's number, counted by the vendor.
    pub page: u64,
    /// How many records to skip.
    pub offset: u64,
    /// How many records to ask for.
    pub size: u32,
}
