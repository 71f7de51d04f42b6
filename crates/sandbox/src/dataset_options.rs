//! What a dataset is made from.

use chrono::{DateTime, TimeZone, Utc};

/// The shape in which Ravan's list of call sessions answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RavanShape {
    /// `data.callSessions` in camel case, without a total: as documented, and the shape that live
    /// code reads.
    #[default]
    CamelCase,
    /// The same with `data.totalCount`, which live code reads and no page documents.
    CamelCaseWithTotal,
    /// `data` as an array in snake case beside `meta`: the other documented shape.
    SnakeCase,
}

/// What a dataset is made from. Equal options give equal datasets, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetOptions {
    /// Seed of all random choices.
    pub seed: u64,
    /// Number of calls at each vendor.
    pub records: usize,
    /// The dataset's present moment: the newest calls are in progress, none starts after it.
    pub anchor: DateTime<Utc>,
    /// The shape in which Ravan's list of call sessions answers.
    pub ravan_shape: RavanShape,
    /// Whether lists hold everything that the single record holds, transcripts included. No vendor
    /// does that; it serves benchmarks with records of full size. Ravan's list does so in [`RavanShape::SnakeCase`] only.
    pub full_lists: bool,
}

impl Default for DatasetOptions {
    /// Seed 1, 200 calls a vendor, anchored at 2026-06-30 17:00 UTC.
    fn default() -> Self {
        Self {
            seed: 1,
            records: 200,
            anchor: Utc.with_ymd_and_hms(2026, 6, 30, 17, 0, 0).single().unwrap_or_default(),
            ravan_shape: RavanShape::default(),
            full_lists: false,
        }
    }
}
