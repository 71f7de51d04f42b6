//! Calls that the vendor no longer lists.

use crate::{
    StoreError,
    record_hash::{Hash, text_hash},
    state::State,
    store::Statement,
    sync_run::{SourceSync, SyncRun},
};
use callfold_unify::model::Timestamp;
use chrono::DateTime;
use std::collections::HashSet;

/// Ids of one query.
const PAGE_SIZE: i64 = 2_000;

/// The statement that marks a call as missing.
pub(crate) fn mark(id: &str, run: i64) -> Statement {
    let sql = "UPDATE calls SET missing_since_run = $2 WHERE id = $1";
    Statement::new(sql, vec![id.into(), run.into()])
}

/// Which stored calls are compared with a list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MissingScope {
    /// All of the source.
    All,
    /// Those that began in a span of time.
    Span(Option<Timestamp>, Timestamp),
    /// Those that were stored before a run.
    Before(i64),
}

/// Marks the stored calls in the scope that were not listed: how many are newly
/// marked.
pub(crate) async fn mark_missing(
    run: &SyncRun<'_>,
    state: &State,
    listed: &HashSet<Hash>,
    scope: MissingScope,
) -> Result<u64, StoreError> {
    let sql = "SELECT id FROM calls WHERE vendor = $1 AND account = $2 \
               AND missing_since_run IS NULL AND id > $3 AND first_seen_run < $4 \
               AND ($5 OR (started_at >= $6 AND started_at < $7)) ORDER BY id LIMIT $8";
    let (before, is_any, from, to) = match scope {
        MissingScope::All => (i64::MAX, true, None, None),
        MissingScope::Span(from, to) => (i64::MAX, false, from, Some(to)),
        MissingScope::Before(run) => (run, true, None, None),
    };
    let from = from.or_else(|| "0001-01-01T00:00:00Z".parse().ok());
    let (mut after, mut missing) = (String::new(), 0);
    loop {
        let parameters = vec![
            state.vendor.into(),
            state.account.as_str().into(),
            after.as_str().into(),
            before.into(),
            is_any.into(),
            from.into(),
            to.or(from).into(),
            PAGE_SIZE.into(),
        ];
        let rows = run.database.query(sql, parameters).await?;
        let Some(last) = rows.last() else { return Ok(missing) };
        after = last.text(0)?.to_owned();
        let mut marks = Vec::new();
        for row in &rows {
            let id = row.text(0)?;
            if !listed.contains(&text_hash(id)) {
                marks.push(mark(id, run.run));
            }
        }
        missing += marks.len() as u64;
        if !marks.is_empty() {
            run.database.execute(run.run, run.at, marks).await?;
        }
    }
}

impl SourceSync<'_> {
    /// Whether an empty list of the calls that began since `from` and before `to`
    /// is plausible: no stored call should be in it, or a lookup says that the
    /// newest of them is gone, which marks it.
    pub(crate) async fn explains_empty(
        &mut self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let sql = "SELECT id, call_id FROM calls WHERE vendor = $1 \
                   AND account = $2 AND missing_since_run IS NULL AND started_at >= $3 \
                   AND ($4 OR started_at < $5) ORDER BY started_at DESC LIMIT 1";
        let from = from.unwrap_or(DateTime::UNIX_EPOCH);
        let mut parameters = self.key();
        parameters.extend([from.into(), to.is_none().into(), to.unwrap_or(from).into()]);
        let rows = database.query(sql, parameters).await?;
        let Some(newest) = rows.first() else { return Ok(true) };
        if !self.source.capability().lookup.is_by_id()
            || !matches!(self.source.get(newest.text(1)?).await, Ok(None))
        {
            return Ok(false);
        }
        self.report.missing += 1;
        database.execute(run, at, vec![mark(newest.text(0)?, run)]).await?;
        Ok(true)
    }
}
