//! What a vendor's spec says about a list.

use super::Paging;

/// What a vendor's spec says about a list, in its `x-pagination`. Codegen writes
/// one for each list, as `METADATA` of the request builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListMetadata {
    /// The operation, as method and path.
    pub operation: &'static str,
    /// How pages are addressed, how many records to ask for, and
    /// what ends the list.
    pub paging: Paging,
    /// Records on a page when no number is requested.
    pub default_page_size: u32,
    /// The most records on a page; `None` where the vendor does not say.
    pub max_page_size: Option<u32>,
    /// The field that holds the number of records in all pages, by its path in
    /// the response, such as `data.total`.
    pub total: Option<&'static str>,
    /// In which order the vendor says that the records come.
    pub order: ListOrder,
}

/// In which order a vendor says that the records of a list come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListOrder {
    /// The vendor does not say.
    Unknown,
    /// By start, newest first.
    NewestFirst,
    /// By start, oldest first.
    OldestFirst,
}
