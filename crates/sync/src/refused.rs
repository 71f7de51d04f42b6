//! A call that a database refuses: it is set aside, and its page goes on.

use crate::{
    cell::Cell,
    row::{Hash, Prepared, Rows, text_hash},
    schema::Table,
};
use callfold_unify::RejectedRecord;
use std::convert::Infallible;

/// A row of `set_aside`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    pub(crate) vendor: String,
    pub(crate) account: String,
    pub(crate) reason: String,
    pub(crate) record: String,
}

impl Refused {
    /// A call, and why the database refuses it, without any value of it.
    pub(crate) fn new(call: &Prepared, reason: String) -> Self {
        let columns = Table::Calls.columns();
        let mut refused = Self { reason, ..Self::default() };
        let text = |cell: Cell<'_>| cell.as_str().unwrap_or_default().to_owned();
        let Ok(()) = call.rows.each(|row| {
            match row.table {
                Table::Calls => {
                    for (name, cell) in columns.iter().zip(row.cells) {
                        match *name {
                            "vendor" => refused.vendor = text(cell),
                            "account" => refused.account = text(cell),
                            _ => {}
                        }
                    }
                }
                Table::Raw => row.cells.for_each(|cell| refused.record = text(cell)),
                _ => {}
            }
            Ok::<_, Infallible>(())
        });
        refused
    }

    /// The row's key within its source.
    pub(crate) fn hash(&self) -> Hash {
        text_hash(&self.record)
    }
}

impl From<&RejectedRecord> for Refused {
    fn from(record: &RejectedRecord) -> Self {
        Self {
            vendor: record.vendor.to_owned(),
            account: record.account.clone(),
            reason: record.reason.clone(),
            record: record.raw.get().to_owned(),
        }
    }
}
