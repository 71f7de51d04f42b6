//! How far the history of a source was re-read.

use crate::{StoreError, record_hash::Hash, store::Statement, sync_run::SourceSync};
use callfold_transport::Cursor;
use callfold_unify::model::Timestamp;

/// The position of the next slice.
#[derive(Clone, Debug, Default)]
pub(super) struct ScrubState {
    pub(super) full_read_at: Option<Timestamp>,
    /// Where the next span of time begins; `None` is the beginning.
    pub(super) next_from: Option<Timestamp>,
    /// The list and position after the last slice, and the hashes of the records of
    /// its last page.
    pub(super) list: usize,
    pub(super) cursor: Option<Cursor>,
    pub(super) anchor: Vec<Hash>,
    pub(super) is_newest_first: bool,
    /// The run and time at which the cycle began, and whether it has no gap.
    pub(super) cycle: Option<(i64, Timestamp)>,
    pub(super) is_proven: bool,
    /// Pages of the cycle.
    pub(super) pages: i64,
    /// The run that wrote this.
    pub(super) run: i64,
}

impl ScrubState {
    pub(super) async fn load(source: &SourceSync<'_>) -> Result<Self, StoreError> {
        let sql = "SELECT full_read_at, next_from, list, cursor, anchor, is_newest_first, \
                   cycle_run, cycle_at, cycle_is_proven, pages, run FROM scrub_state \
                   WHERE vendor = $1 AND account = $2";
        let rows = source.run.database.query(sql, source.key()).await?;
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

    pub(super) fn save(&self, source: &SourceSync<'_>) -> Vec<Statement> {
        let delete = "DELETE FROM scrub_state WHERE vendor = $1 AND account = $2";
        let insert = "INSERT INTO scrub_state (vendor, account, full_read_at, next_from, list, \
                      cursor, anchor, is_newest_first, cycle_run, cycle_at, cycle_is_proven, \
                      pages, run) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let cursor = self.cursor.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        let mut parameters = source.key();
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
            source.run.run.into(),
        ]);
        vec![Statement::new(delete, source.key()), Statement::new(insert, parameters)]
    }
}
