//! The progress of a run.

use crate::WriteCounts;
use callfold_reader::Pace;

/// A page was written.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PageProgress<'a> {
    /// The index of the source, from 0.
    pub index: usize,
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: &'a str,
    /// Pages written in this run.
    pub pages: u64,
    /// Records on them.
    pub records: u64,
    /// Records of the list, as the vendor announces; `None` if it does not.
    pub total: Option<u64>,
    /// The pace of the source's requests; `None` where it never changed.
    pub pace: Option<Pace>,
    /// What the pages changed.
    pub written: WriteCounts,
}
