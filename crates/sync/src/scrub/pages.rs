//! Re-reads pages of a list, if the vendor's server cannot filter by time.

use super::ScrubState;
use crate::{
    StoreError,
    missing::{MissingScope, mark_missing},
    prepare::{DetailPlan, prepare},
    record_hash::Hash,
    store::Statement,
    sync_run::{SourceSync, SyncRun},
    verified::{self, VerifiedSpan},
};
use callfold_reader::{Query, read_slice};
use callfold_transport::ErrorKind::{InvalidRequest, NotFound};
use std::collections::HashSet;

/// A slice overlaps the one before by this part of a page.
const OVERLAP: usize = 4;

/// Whether a page with these records continues one with those of `before`: it has
/// the last of them, or any two, as a single other one may have moved.
fn continues(before: &[Hash], ids: &[Hash]) -> bool {
    let known = ids.iter().filter(|id| before.contains(id)).count();
    known > 1 || before.last().is_some_and(|last| ids.contains(last))
}

impl SourceSync<'_> {
    /// Re-reads some pages of the list, from where the last slice ended.
    pub(super) async fn scrub_pages(
        &mut self,
        mut progress: ScrubState,
        pages: u64,
        query: Query,
    ) -> Result<(), StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let is_beginning = progress.cycle.is_none();
        let mut statements = Vec::new();
        if is_beginning {
            progress.cycle = Some((run, at));
            (progress.is_proven, progress.pages) = (true, 0);
            (progress.list, progress.cursor) = (0, None);
            let sql = "DELETE FROM scrub_seen WHERE vendor = $1 AND account = $2";
            statements.push(Statement::new(sql, self.key()));
        }
        let mut from = progress.cursor.clone();
        if progress.is_newest_first {
            // Calls that have arrived since pushed the rest of the list back.
            let arrived = self.arrived_since(progress.run).await?;
            from = from.map(|cursor| cursor.forward_by(arrived));
        }
        // The slice must overlap the one before, even if records vanished.
        let overlap = progress.anchor.len().div_ceil(OVERLAP) as u64;
        from = from.map(|at| if at.overlaps() { at.back_by(overlap) } else { at });
        // A token or key continues the list wherever it is.
        let mut is_continued = from.as_ref().is_none_or(|from| from.position().is_some());
        let mut batches = read_slice(self.source, &query, progress.list, from);
        let lists = batches.plan().expected.lists;
        let details = DetailPlan::new(self, &batches).without_backfill();
        let mut left = pages;
        let (mut total, mut ended, mut is_first) = (None, false, true);
        let known = progress.anchor.clone();
        let mut place = (progress.cursor.clone(), progress.anchor.clone());
        // At the end of a list a page may hold nothing but the overlap.
        let mut brought_new = false;
        while !ended && (left > 0 || !brought_new) {
            let Some(next) = self.run.stop.run_until_cancelled(batches.next()).await else {
                self.report.stopped = true;
                return Ok(());
            };
            let Some(batch) = next else { break };
            left = left.saturating_sub(1);
            let (now_total, reached) = (batch.total, batch.reached.clone());
            ended = batch.ends_list;
            progress.is_proven &= total.is_none_or(|total| Some(total) == now_total);
            progress.is_proven &= is_first || !batch.gap_before;
            (total, is_first) = (now_total.or(total), false);
            let mut starts = batch.calls.iter().filter_map(|call| call.call.started_at);
            if let (Some(first), Some(last)) = (starts.next(), starts.next_back()) {
                progress.is_newest_first = first > last;
            }
            let slice = prepare(batch, &details, database).await?;
            let ids = slice.ids.as_chunks::<16>().0.to_vec();
            brought_new |= ids.iter().any(|id| !known.contains(id));
            is_continued |= continues(&known, &ids);
            progress.pages += 1;
            statements.push(self.store_scrubbed(&progress, &ids));
            if !ids.is_empty() {
                place = (reached, ids);
            }
            // The next slice continues the last one that was continued.
            if is_continued {
                (progress.cursor, progress.anchor) = place.clone();
            }
            statements.extend(progress.save(self));
            self.write_slice(slice, std::mem::take(&mut statements)).await?;
        }
        let summary = batches.summary();
        drop(batches);
        if let Some(error) = &summary.error {
            let report = self.report.scrub.get_or_insert_default();
            report.error = Some(error.reason());
            let kind = error.request().map(callfold_transport::Error::kind);
            if report.pages == 0 && matches!(kind, Some(InvalidRequest | NotFound)) {
                // The position no longer exists.
                progress.cycle = None;
                database.execute(run, at, progress.save(self)).await?;
            }
            return Ok(());
        }
        progress.is_proven &= is_continued;
        (progress.cursor, progress.anchor) = place;
        if ended || left > 0 || !brought_new {
            (progress.list, progress.cursor) = (progress.list + 1, None);
            progress.anchor.clear();
            if progress.list >= lists {
                return self.end_cycle(progress, total.filter(|_| lists == 1)).await;
            }
        }
        database.execute(run, at, progress.save(self)).await
    }

    /// Ends a cycle: the list was read to its end.
    async fn end_cycle(
        &mut self,
        mut progress: ScrubState,
        total: Option<u64>,
    ) -> Result<(), StoreError> {
        let SyncRun { database, run, at, .. } = *self.run;
        let mut statements = Vec::new();
        if let (true, Some((cycle_run, cycle_at))) = (progress.is_proven, progress.cycle) {
            let sql = "SELECT ids FROM scrub_seen WHERE vendor = $1 AND account = $2";
            let mut listed: HashSet<Hash> = HashSet::new();
            for row in &database.query(sql, self.key()).await? {
                listed.extend(row.bytes(0)?.as_chunks::<16>().0);
            }
            // Calls that have arrived since need not have been seen.
            let arrived = self.arrived_since(cycle_run - 1).await?;
            let is_whole = total.is_none_or(|total| listed.len() as u64 + arrived >= total)
                && (!listed.is_empty() || self.explains_empty(None, None).await?);
            if is_whole {
                let span = VerifiedSpan {
                    from: None,
                    to: cycle_at,
                    verified_at: cycle_at,
                    proof: if total.is_some() { "complete" } else { "unverifiable" }.to_owned(),
                    run,
                };
                let name = (self.source.vendor(), self.source.account());
                statements = verified::record(database, name, span).await?;
                self.report.scrub.get_or_insert_default().proven = true;
            }
            if is_whole && total.is_some() {
                let scope = MissingScope::Before(cycle_run);
                let missing = mark_missing(self.run, &self.state, &listed, scope).await?;
                self.report.missing += missing;
                self.report.scrub.get_or_insert_default().missing = missing;
            }
        }
        progress.cycle = None;
        statements.extend(progress.save(self));
        database.execute(run, at, statements).await
    }

    /// Calls of the source that were stored after a run.
    async fn arrived_since(&self, run: i64) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM calls WHERE vendor = $1 AND account = $2 \
                   AND first_seen_run > $3";
        let mut parameters = self.key();
        parameters.push(run.into());
        let rows = self.run.database.query(sql, parameters).await?;
        rows.first().map_or(Ok(0), |row| Ok(u64::try_from(row.int(0)?).unwrap_or(0)))
    }

    /// The statement that stores which records the page had.
    fn store_scrubbed(&self, progress: &ScrubState, ids: &[Hash]) -> Statement {
        let sql = "INSERT INTO scrub_seen (vendor, account, page, ids) VALUES ($1, $2, $3, $4)";
        let mut parameters = self.key();
        parameters.extend([progress.pages.into(), ids.concat().into()]);
        Statement::new(sql, parameters)
    }
}
