//! A page into SQLite.

use super::{
    keys, numbered,
    problem::{is_about_values, problem, refusal},
    rows::{Inserts, Keeps, replace},
};
use crate::{
    StoreError, Written,
    cell::Cell,
    decide::{Action, Known, books, decide, relinks},
    merge::{Whole, merge},
    refused::Refused,
    relink::{RELINK, relink},
    row::{Hash, Parts, Prepared, hash},
    schema::{Table, Type},
    store::Page,
};
use rusqlite::{CachedStatement, Connection, types::ValueRef};

/// What is kept about a call, by its id.
const KNOWN: &str = "SELECT content_hash, light_hash, detail, detail_stale, missing_since_run, \
                     links_hash FROM calls WHERE id = ?1";

/// What is known of one call.
pub(super) fn known(connection: &Connection, id: &str) -> Result<Option<Known>, StoreError> {
    let mut statement = connection.prepare_cached(KNOWN).map_err(problem)?;
    one_known(&mut statement, id).map_err(problem)
}

fn one_known(statement: &mut CachedStatement<'_>, id: &str) -> rusqlite::Result<Option<Known>> {
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Known {
        content: row.get::<_, Hash>(0)?,
        light: row.get::<_, Option<Hash>>(1)?,
        detail: Parts::from_text(row.get_ref(2)?.as_str()?),
        stale: row.get(3)?,
        missing: row.get::<_, Option<i64>>(4)?.is_some(),
        links: row.get::<_, Option<Hash>>(5)?,
    }))
}

/// Writes a page, within the transaction that is open. `is_settled` tells
/// whether rows are found by their keys; when they have to be, and are not, it
/// is seen to.
///
/// A call that the database refuses is set aside. Where the page fails all the
/// same, nothing of it is left in the transaction.
pub(super) fn write(
    connection: &Connection,
    page: &Page,
    is_settled: &mut bool,
) -> rusqlite::Result<Written> {
    let was_settled = *is_settled;
    let whole = within(connection, "page", || {
        let written = write_calls(connection, page, &page.calls, is_settled)?;
        finish(connection, page, &[], written)
    });
    let Err(error) = whole else { return whole };
    *is_settled = was_settled;
    if !is_about_values(&error) || connection.is_autocommit() {
        return Err(error);
    }
    let apart = within(connection, "page", || write_apart(connection, page, is_settled));
    apart.inspect_err(|_| *is_settled = was_settled)
}

/// Writes a page call by call, without those that the database refuses.
fn write_apart(
    connection: &Connection,
    page: &Page,
    is_settled: &mut bool,
) -> rusqlite::Result<Written> {
    let (mut written, mut refused) = (Written::default(), Vec::new());
    for call in &page.calls {
        let was_settled = *is_settled;
        let one = std::slice::from_ref(call);
        match within(connection, "call", || write_calls(connection, page, one, is_settled)) {
            Ok(one) => written += one,
            Err(error) if is_about_values(&error) && !connection.is_autocommit() => {
                *is_settled = was_settled;
                refused.push(Refused::new(call, refusal(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    finish(connection, page, &refused, written)
}

/// Does something as a whole or not at all, within the transaction.
fn within<T>(
    connection: &Connection,
    savepoint: &str,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached(&format!("SAVEPOINT {savepoint}"))?.execute([])?;
    let done = work();
    // After some failures SQLite has rolled back everything already.
    if done.is_err() && !connection.is_autocommit() {
        connection.prepare_cached(&format!("ROLLBACK TO {savepoint}"))?.execute([])?;
    }
    if !connection.is_autocommit() {
        connection.prepare_cached(&format!("RELEASE {savepoint}"))?.execute([])?;
    }
    done
}

fn write_calls(
    connection: &Connection,
    page: &Page,
    calls: &[Prepared],
    is_settled: &mut bool,
) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let mut look = connection.prepare_cached(KNOWN)?;
    let mut rows = Inserts::new(connection)?;
    let kept_for = Keeps::new(page);
    // Where one call is new, the next one mostly is: it is added without a look.
    let mut is_new = false;
    for new in calls {
        let id = &new.id;
        if is_new && rows.put(id, &new.rows, &kept_for.cells(books(None, new, new.content)))? {
            written.count(Action::Insert, None);
            continue;
        }
        let known = one_known(&mut look, id)?;
        is_new = known.is_none();
        let action = decide(known.as_ref(), new);
        written.count(action, known.as_ref());
        if matches!(action, Action::Replace | Action::Merge) && !*is_settled {
            keys::make(connection)?;
            *is_settled = true;
        }
        let kept = || kept_for.cells(books(known.as_ref(), new, new.content));
        match action {
            Action::Skip => {}
            Action::Insert => drop(rows.put(id, &new.rows, &kept())?),
            Action::Replace => replace(connection, &mut rows, id, &new.rows, &kept())?,
            Action::Note | Action::Relink => note(connection, id, known.as_ref(), new)?,
            Action::Merge => {
                let merged = merge(load(connection, id)?, Whole::of(&new.rows));
                let content = hash(&merged, new.volatile);
                if known.is_some_and(|known| known.content == content) {
                    written.is_as_before();
                    note(connection, id, known.as_ref(), new)?;
                } else {
                    let kept = kept_for.cells(books(known.as_ref(), new, content));
                    replace(connection, &mut rows, id, &merged, &kept)?;
                }
            }
        }
    }
    Ok(written)
}

/// Sets aside what is no call, and what was refused, and notes what the page
/// says beside its calls.
fn finish(
    connection: &Connection,
    page: &Page,
    refused: &[Refused],
    mut written: Written,
) -> rusqlite::Result<Written> {
    for record in page.set_aside.iter().map(Refused::from).chain(refused.iter().cloned()) {
        let sql = "INSERT INTO set_aside (vendor, account, hash, reason, record, first_seen_run) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let mut insert = connection.prepare_cached(sql)?;
        let key = record.hash();
        let Refused { vendor, account, reason, record } = record;
        written.set_aside +=
            insert.execute((vendor, account, key, reason, record, page.run))? as u64;
    }
    for statement in &page.notes {
        let mut prepared = connection.prepare_cached(&numbered(statement.sql))?;
        for (at, datum) in statement.parameters.iter().enumerate() {
            prepared.raw_bind_parameter(at + 1, datum)?;
        }
        prepared.raw_execute()?;
    }
    Ok(written)
}

/// Writes what is kept about a call that is as it was.
fn note(
    connection: &Connection,
    id: &str,
    known: Option<&Known>,
    new: &Prepared,
) -> rusqlite::Result<()> {
    let Some(known) = known else { return Ok(()) };
    let kept = books(Some(known), new, known.content);
    let sql = "UPDATE calls SET detail = ?2, detail_stale = ?3, light_hash = ?4, \
               links_hash = ?5, missing_since_run = NULL WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute((id, kept.detail.to_text(), kept.stale, kept.light, kept.links))?;
    if relinks(known, new) {
        for (which, values) in relink(id, &new.rows) {
            let mut statement = connection.prepare_cached(&numbered(RELINK[which]))?;
            statement.execute(rusqlite::params_from_iter(values))?;
        }
    }
    Ok(())
}

/// All rows of a stored call.
fn load(connection: &Connection, id: &str) -> rusqlite::Result<Whole> {
    let mut whole = Whole::default();
    for table in Table::ALL {
        let columns = table.columns().join(", ");
        let (key, whose) = match table {
            Table::Calls => ("NULL", "id"),
            Table::Raw => ("shape", "call"),
            _ => ("position", "call"),
        };
        let name = table.name();
        let sql = format!("SELECT {key}, {columns} FROM {name} WHERE {whose} = ?1 ORDER BY 1");
        let mut statement = connection.prepare_cached(&sql)?;
        let kinds: Vec<_> = table.typed_columns().into_iter().map(|(_, kind)| kind).collect();
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let cells = kinds.iter().enumerate().map(|(at, kind)| {
                // SQLite stores true and false as numbers.
                Ok(cell(row.get_ref(at + 1)?, *kind == Type::Flag))
            });
            let cells = cells.collect::<rusqlite::Result<_>>()?;
            whole.rows.push((table, cell(row.get_ref(0)?, false), cells));
        }
    }
    Ok(whole)
}

fn cell(value: ValueRef<'_>, is_flag: bool) -> Cell<'static> {
    match value {
        ValueRef::Integer(number) if is_flag => Cell::Flag(number != 0),
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => Cell::text(String::from_utf8_lossy(text).into_owned()),
        _ => Cell::Null,
    }
}
