//! A call that was read back from an exported file.

use callfold_tables::TurnFigures;
use callfold_unify::model::Call;

/// A call of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExportedCall {
    /// The call. Of CSV and Parquet it has what figures need, not everything.
    pub call: Call,
    /// What its row tells about its turns.
    pub turns: TurnFigures,
}

/// What was read of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSummary {
    /// Calls.
    pub calls: u64,
    /// Lines or records that are no calls.
    pub rejected: u64,
    /// The first of these, counted from 1.
    pub first_rejected: Option<u64>,
}

impl FileSummary {
    pub(crate) fn add(&mut self, call: Option<ExportedCall>, visit: &mut dyn FnMut(ExportedCall)) {
        match call {
            Some(call) => {
                self.calls += 1;
                visit(call);
            }
            None => {
                self.rejected += 1;
                self.first_rejected.get_or_insert(self.calls + self.rejected);
            }
        }
    }
}
