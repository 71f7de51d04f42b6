//! How far the history of a source was read again.

use crate::{StoreError, context::SourceSync, record_hash::Hash, store::Statement};
use callfold_transport::Cursor;
use callfold_unify::model::Timestamp;

/// How far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) full_read_at: Option<Timestamp>,
    /// Where the next span of time begins; `None` is the beginning.
    pub(super) next_from: Option<Timestamp>,
    /// Where the list continues after the last slice, and the hashes of the
    /// records of the last page before.
    pub(super) list: usize,
    pub(super) cursor: Option<Cursor>,
    pub(super) anchor: Vec<Hash>,
    pub(super) is_newest_first: bool,
    /// Since when the list is gone through, and whether there was no gap.
    pub(super) cycle: Option<(i64, Timestamp)>,
    pub(super) is_proven: bool,
    /// Pages since then.
    pub(super) pages: i64,
    /// The run that wrote this.
    pub(super) run: i64,
}

impl Progress {
    pub(super) async fn load(lane: &SourceSync<'_>) -> Result<Self, StoreError> {
        let sql = "SELECT full_read_at, next_from, list, cursor, anchor, is_newest_first, \
                   cycle_run, cycle_at, cycle_is_proven, pages, run FROM scrub_state \
                   WHERE vendor = $1 AND account = $2";
        let rows = lane.run.database.query(sql, lane.key()).await?;
        let Some(row) = rows.first() else { return Ok(Self::default()) };
        Ok(Self {
            full_read_at: row.time(0)?,
            next_from: row.time(1)?,
            list: usize::try_from(row.int(2)?).unwrap_or(0),
            cursor: row.option_text(3)?.and_then(|text| serde_json::from_str(text).ok()),
            anchor: row.bytes(4)?.as_chunks::<16>().0.to_vec(),
            is_newest_first: row.flag(5)?,
            cycle: row.option_int(6)?.zip(row.time(7)?),
            is_proven: row.flag(8)?,
            pages: row.int(9)?,
            run: row.int(10)?,
        })
    }

    pub(super) fn save(&self, lane: &SourceSync<'_>) -> Vec<Statement> {
        let delete = "DELETE FROM scrub_state WHERE vendor = $1 AND account = $2";
        let insert = "INSERT INTO scrub_state (vendor, account, full_read_at, next_from, list, \
                      cursor, anchor, is_newest_first, cycle_run, cycle_at, cycle_is_proven, \
                      pages, run) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let cursor = self.cursor.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        let mut parameters = lane.key();
        parameters.extend([
            self.full_read_at.into(),
            self.next_from.into(),
            (self.list as u64).into(),
            cursor.into(),
            self.anchor.concat().into(),
            self.is_newest_first.into(),
            self.cycle.map(|(run, _)| run).into(),
            self.cycle.map(|(_, at)| at).into(),
            self.is_proven.into(),
            self.pages.into(),
            lane.run.run.into(),
        ]);
        vec![Statement::new(delete, lane.key()), Statement::new(insert, parameters)]
    }
}
