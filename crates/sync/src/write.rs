//! The write algorithm: compares each call of a page with what is stored, and
//! writes the difference.

use crate::{
    StoreError, WriteCounts,
    diff::{RowAction, StoredState, bookkeeping, diff, has_new_links},
    link_updates::link_updates,
    merge::{CallRows, merge},
    rejected_call::{store_refused_call, store_rejected},
    row::PreparedCall,
    schema::{ColumnType, Table},
    sql_value::SqlValue,
    store::{CallWrite, RowStore, Statement, WriteBatch},
};
use std::{borrow::Cow, collections::HashSet};

/// A call to write: the index of its page, the page, and the call.
type PagedCall<'a> = (usize, &'a WriteBatch, &'a PreparedCall);

/// Writes pages, all or none, in the transaction that is open: what each
/// changed.
///
/// # Errors
///
/// Nothing of the pages is written then. After a
/// [refusal](StoreError::is_refusal) the transaction can continue.
pub(crate) async fn write_pages<S: RowStore>(
    store: &mut S,
    pages: &[&WriteBatch],
) -> Result<Vec<WriteCounts>, StoreError> {
    store.batch("SAVEPOINT pages").await?;
    let mut counts = vec![WriteCounts::default(); pages.len()];
    let result = async {
        for step in steps(pages) {
            write_step(store, &step, &mut counts).await?;
        }
        for (page, counts) in pages.iter().zip(&mut counts) {
            counts.set_aside = write_rest(store, page, Vec::new()).await?;
        }
        Ok(())
    };
    let result: Result<(), StoreError> = result.await;
    end_savepoint(store, "pages", result).await?;
    Ok(counts)
}

/// Writes one page without the calls that the database refuses. They are found
/// by bisection, and rejected.
pub(crate) async fn write_accepted<S: RowStore>(
    store: &mut S,
    page: &WriteBatch,
) -> Result<WriteCounts, StoreError> {
    store.batch("SAVEPOINT page").await?;
    let (mut counts, mut refused) = ([WriteCounts::default()], Vec::new());
    let result = async {
        let mut steps = steps(&[page]);
        steps.reverse();
        while let Some(step) = steps.pop() {
            store.batch("SAVEPOINT step").await?;
            let before = counts;
            let result = write_step(store, &step, &mut counts).await;
            let Err(error) = end_savepoint(store, "step", result).await else { continue };
            counts = before;
            match (error.refusal(), &step[..]) {
                (None, _) => return Err(error),
                (Some(reason), [(.., call)]) => {
                    refused.push(store_refused_call(call, reason, page.run));
                }
                _ => {
                    let second = step.split_at(step.len() / 2);
                    steps.extend([second.1.to_vec(), second.0.to_vec()]);
                }
            }
        }
        counts[0].set_aside = write_rest(store, page, refused).await?;
        Ok(counts[0])
    };
    let result: Result<WriteCounts, StoreError> = result.await;
    end_savepoint(store, "page", result).await
}

/// Releases a savepoint, after a failure with nothing written since.
async fn end_savepoint<S: RowStore, T>(
    store: &mut S,
    name: &str,
    result: Result<T, StoreError>,
) -> Result<T, StoreError> {
    let Err(error) = result else {
        store.batch(&format!("RELEASE {name}")).await?;
        return result;
    };
    let undo = format!("ROLLBACK TO {name}; RELEASE {name}");
    let is_undone = store.batch(&undo).await.is_ok();
    store.rolled_back();
    // Some failures of SQLite roll back the whole transaction.
    Err(if is_undone { error } else { error.into_fatal() })
}

/// The calls of pages in their order, in steps in which each call comes once: a
/// call that comes again is compared with what was written.
fn steps<'a>(pages: &[&'a WriteBatch]) -> Vec<Vec<PagedCall<'a>>> {
    let (mut steps, mut step, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, page) in pages.iter().enumerate() {
        for call in &page.calls {
            if !ids.insert(call.id.as_str()) {
                steps.push(std::mem::take(&mut step));
                ids = HashSet::from([call.id.as_str()]);
            }
            step.push((index, *page, call));
        }
    }
    steps.push(step);
    steps.retain(|step| !step.is_empty());
    steps
}

/// Writes calls each of which comes once.
async fn write_step<S: RowStore>(
    store: &mut S,
    calls: &[PagedCall<'_>],
    counts: &mut [WriteCounts],
) -> Result<(), StoreError> {
    let ids: Vec<_> = calls.iter().map(|(.., call)| call.id.as_str()).collect();
    let stored = store.stored_states(&ids).await?;
    let mut writes = Vec::with_capacity(calls.len());
    for ((index, page, call), stored) in calls.iter().zip(stored) {
        let stored = stored.as_ref();
        let mut action = diff(stored, call);
        let (mut rows, mut content) = (Cow::Borrowed(&call.rows), call.content);
        if action == RowAction::Merge {
            let merged = merge(load(store, &call.id).await?, CallRows::from(&call.rows));
            content = merged.hash(call.volatile).content;
            rows = Cow::Owned(merged);
            if stored.is_some_and(|stored| stored.content == content) {
                action = RowAction::UpdateMeta;
            }
        }
        counts[*index].count(action, stored);
        match (action, stored) {
            (RowAction::Skip, _) => {}
            (RowAction::UpdateMeta | RowAction::UpdateLinks, Some(stored)) => {
                update_meta(store, call, stored).await?;
            }
            _ => writes.push(CallWrite {
                id: &call.id,
                rows,
                bookkeeping: bookkeeping(stored, call, content),
                run: page.run,
                at: page.at,
                is_stored: stored.is_some(),
            }),
        }
    }
    if writes.is_empty() { Ok(()) } else { store.put(&writes).await }
}

/// Updates the bookkeeping of a call whose content is unchanged, and its links
/// where they are newly signed.
async fn update_meta<S: RowStore>(
    store: &mut S,
    call: &PreparedCall,
    stored: &StoredState,
) -> Result<(), StoreError> {
    let new = bookkeeping(Some(stored), call, stored.content);
    let sql = "UPDATE calls SET detail = $2, detail_stale = $3, list_hash = $4, links_hash = $5, \
               missing_since_run = NULL WHERE id = $1";
    let hash = |hash: Option<[u8; 16]>| SqlValue::from(hash.map(|hash| hash.to_vec()));
    let parameters = vec![
        call.id.as_str().into(),
        new.detail.to_text().into(),
        new.stale.into(),
        hash(new.list_hash),
        hash(new.links),
    ];
    store.execute(&Statement::new(sql, parameters)).await?;
    if has_new_links(stored, call) {
        for update in link_updates(&call.id, &call.rows).collect::<Vec<_>>() {
            store.execute(&update).await?;
        }
    }
    Ok(())
}

/// Sets aside the records of a page that are no calls, and the calls that were
/// refused, and executes its statements: how many records are newly rejected.
async fn write_rest<S: RowStore>(
    store: &mut S,
    page: &WriteBatch,
    refused: Vec<Statement>,
) -> Result<u64, StoreError> {
    let mut new = 0;
    for record in &page.rejected {
        new += store.execute(&store_rejected(record, page.run)).await?;
    }
    for statement in &refused {
        new += store.execute(statement).await?;
    }
    for statement in &page.statements {
        store.execute(statement).await?;
    }
    Ok(new)
}

/// All stored rows of a call, in the form in which they were written.
async fn load<S: RowStore>(store: &mut S, id: &str) -> Result<CallRows<'static>, StoreError> {
    // Without its key, a row is only found by a table scan.
    store.build_indexes()?;
    let mut rows = CallRows::default();
    for table in Table::ALL {
        let statement = Statement::new(table.select(S::DIALECT), vec![id.into()]);
        for row in store.query(&statement).await? {
            let mut values = row.0.into_iter();
            let key = values.next().unwrap_or(SqlValue::Null);
            let values = values.zip(table.typed_columns()).map(|pair| match pair {
                // SQLite stores flags as numbers.
                (SqlValue::Int(number), (_, ColumnType::Flag)) => SqlValue::Flag(number != 0),
                (value, _) => value,
            });
            rows.0[table as usize].push((key, values.collect()));
        }
    }
    Ok(rows)
}
