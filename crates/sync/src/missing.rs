//! Calls that the vendor lists no longer.

use crate::{
    StoreError,
    open_calls::alternate,
    row::{Hash, text_hash},
    source_sync::{Run, SourceSync},
    state::State,
    store::Statement,
};
use callfold_reader::Lookup;
use callfold_unify::model::Timestamp;
use chrono::DateTime;
use std::collections::HashSet;

/// Ids that are looked at in one step.
const STEP: i64 = 2_000;

const MARK: &str = "UPDATE calls SET missing_since_run = $2 WHERE id = $1";

/// The statement that marks a call as missing.
pub(crate) fn mark(id: &str, run: i64) -> Statement {
    Statement::new(MARK, vec![id.into(), run.into()])
}

/// Which stored calls are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// All of the source.
    All,
    /// Those that began in a span of time.
    Span(Option<Timestamp>, Timestamp),
    /// Those that were stored before a run.
    Before(i64),
}

/// Marks every stored call of the source, in the scope, that was not listed:
/// how many are marked for the first time.
pub(crate) async fn mark_missing(
    run: &Run<'_>,
    state: &State,
    listed: &HashSet<Hash>,
    scope: Scope,
) -> Result<u64, StoreError> {
    let sql = "SELECT id FROM calls WHERE vendor = $1 AND account = $2 \
               AND missing_since_run IS NULL AND id > $3 AND first_seen_run < $4 \
               AND ($5 OR (started_at >= $6 AND started_at < $7)) ORDER BY id LIMIT $8";
    let (before, is_any, from, to) = match scope {
        Scope::All => (i64::MAX, true, None, None),
        Scope::Span(from, to) => (i64::MAX, false, from, Some(to)),
        Scope::Before(run) => (run, true, None, None),
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
            STEP.into(),
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
            run.database.note(run.run, run.at, marks).await?;
        }
    }
}

impl SourceSync<'_> {
    /// Whether it can be that a list of the calls that began `from` then, and
    /// before `to`, is empty: no call is known that it should hold, or the
    /// newest of them is gone as well, as its lookup says. That one is then
    /// marked.
    pub(crate) async fn explains_empty(
        &mut self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let Run { database, run, at, .. } = *self.run;
        let sql = "SELECT id, call_id, alternate_ids FROM calls WHERE vendor = $1 \
                   AND account = $2 AND missing_since_run IS NULL AND started_at >= $3 \
                   AND ($4 OR started_at < $5) ORDER BY started_at DESC LIMIT 1";
        let from = from.unwrap_or(DateTime::UNIX_EPOCH);
        let key = vec![
            self.state.vendor.into(),
            self.state.account.as_str().into(),
            from.into(),
            to.is_none().into(),
            to.unwrap_or(from).into(),
        ];
        let rows = database.query(sql, key).await?;
        let Some(newest) = rows.first() else { return Ok(true) };
        let lookup = match self.source.capability().lookup {
            Lookup::Id { .. } => Some(newest.text(1)?.to_owned()),
            Lookup::AlternateId { name, .. } => {
                newest.option_text(2)?.and_then(|text| alternate(text, name))
            }
            _ => None,
        };
        let Some(lookup) = lookup else { return Ok(false) };
        if !matches!(self.source.get(&lookup).await, Ok(None)) {
            return Ok(false);
        }
        self.report.missing += 1;
        database.note(run, at, vec![mark(newest.text(0)?, run)]).await?;
        Ok(true)
    }
}
