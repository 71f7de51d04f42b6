//! The dataset of all benchmarks.
//!
//! The benchmarks of the stages are in `benches/`; the server and the hand-written client of the
//! end-to-end runs are in `examples/`, which `cargo xtask bench` runs against each other.

use callfold_sandbox::{DatasetOptions, RavanShape};

/// Full records in lists, so many at each vendor.
///
/// A page's record has 2.7 kB on average over the five vendors. Ravan answers in the shape that
/// announces a total, VozAgent announces none.
pub fn dataset(records: usize) -> DatasetOptions {
    DatasetOptions {
        records,
        ravan_shape: RavanShape::SnakeCase,
        full_lists: true,
        ..DatasetOptions::default()
    }
}
