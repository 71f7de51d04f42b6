//! Calls that the vendor lists no longer.

use crate::{
    StoreError,
    lane::Run,
    row::{Hash, text_hash},
    state::State,
    store::Statement,
};
use std::collections::HashSet;

/// Ids that are looked at in one step.
const STEP: i64 = 2_000;

const MARK: &str = "UPDATE calls SET missing_since_run = $2 WHERE id = $1";

/// The statement that marks a call as missing.
pub(crate) fn mark(id: &str, run: i64) -> Statement {
    Statement::new(MARK, vec![id.into(), run.into()])
}

/// Marks every stored call of the source that the walk, which read everything,
/// has not listed: how many are marked for the first time.
pub(crate) async fn mark_missing(run: &Run<'_>, state: &State) -> Result<u64, StoreError> {
    let listed: HashSet<Hash> = state.listed(run.database).await?.into_iter().collect();
    let sql = "SELECT id FROM calls WHERE vendor = $1 AND account = $2 \
               AND missing_since_run IS NULL AND id > $3 ORDER BY id LIMIT $4";
    let (mut after, mut missing) = (String::new(), 0);
    loop {
        let key = vec![
            state.vendor.into(),
            state.account.as_str().into(),
            after.as_str().into(),
            STEP.into(),
        ];
        let rows = run.database.query(sql, key).await?;
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
