//! What is told while a run goes on.

use crate::WriteCounts;

/// A page was written.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// Which of the sources, from 0.
    pub index: usize,
    /// The vendor's name.
    pub vendor: &'static str,
    /// The name the user gave the source.
    pub account: &'a str,
    /// Pages written in this run.
    pub pages: u64,
    /// Records on them.
    pub records: u64,
    /// All records of the list that is being read, as the vendor announces;
    /// `None` when it does not.
    pub total: Option<u64>,
    /// What writing them changed.
    pub written: WriteCounts,
}
