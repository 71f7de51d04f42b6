//! A page into SQLite.

use super::{
    keys, numbered,
    problem::problem,
    rows::{Inserts, Keeps, replace},
};
use crate::{
    StoreError, Written,
    cell::Cell,
    decide::{Action, Known, books, decide},
    merge::{Whole, merge},
    row::{Hash, Parts, Prepared, hash, set_aside_hash},
    schema::{Table, Type},
    store::Page,
};
use rusqlite::{CachedStatement, Connection, types::ValueRef};

/// What is kept about a call, by its id.
const KNOWN: &str = "SELECT content_hash, light_hash, detail, detail_stale, missing_since_run \
                     FROM calls WHERE id = ?1";

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
    }))
}

/// Writes a page, within the transaction that is open. `is_settled` tells
/// whether rows are found by their keys; when they have to be, and are not, it
/// is seen to.
pub(super) fn write(
    connection: &Connection,
    page: &Page,
    is_settled: &mut bool,
) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let mut look = connection.prepare_cached(KNOWN)?;
    let mut rows = Inserts::new(connection)?;
    let kept_for = Keeps::new(page);
    // Where one call is new, the next one mostly is: it is added without a look.
    let mut is_new = false;
    for new in &page.calls {
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
            Action::Note => note(connection, id, known.as_ref(), new)?,
            Action::Merge => {
                let merged = merge(load(connection, id)?, Whole::of(&new.rows));
                let content = hash(&merged);
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
    for record in &page.set_aside {
        let sql = "INSERT INTO set_aside (vendor, account, hash, reason, record, first_seen_run) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let mut insert = connection.prepare_cached(sql)?;
        let key = set_aside_hash(record);
        let (vendor, account, raw) = (record.vendor, &record.account, record.raw.get());
        written.set_aside +=
            insert.execute((vendor, account, key, &record.reason, raw, page.run))? as u64;
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
               missing_since_run = NULL WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute((id, kept.detail.to_text(), kept.stale, kept.light))?;
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
