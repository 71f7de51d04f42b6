//! What all measurements are made with: one world of calls in full.
//!
//! Here belongs what the benchmarks of the stages, the server of the end-to-end runs and nothing
//! else share. The measurements are in `benches/`, the server and the client written by hand in
//! `examples/`; `cargo xtask bench` runs those against each other.

use callfold_sandbox::{DatasetOptions, RavanShape};

/// The world that is measured with: as many calls at each vendor, in lists that hold them whole.
///
/// A page's record has 2.7 kB on average over the five vendors. Ravan answers in the shape that
/// announces a total, VozAgent announces none.
pub fn world(records: usize) -> DatasetOptions {
    DatasetOptions {
        records,
        ravan_shape: RavanShape::SnakeCase,
        full_lists: true,
        ..DatasetOptions::default()
    }
}
