//! A page into SQLite.

use super::{numbered, problem::problem};
use crate::{
    StoreError, Written,
    cell::Cell,
    datum::Datum,
    decide::{Action, Books, Known, books, decide},
    merge::{Whole, merge},
    row::{Hash, Parts, Prepared, Rows, hash, key, set_aside_hash},
    schema::{BOOKKEEPING, Table, Type},
    store::Page,
};
use rusqlite::{
    CachedStatement, Connection, ToSql, TransactionBehavior,
    types::{ToSqlOutput, Value as Sql, ValueRef},
};
use std::sync::LazyLock;

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Sql::Null),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Sql::Integer(*number)),
            Self::Flag(flag) => ToSqlOutput::Owned(Sql::Integer((*flag).into())),
        })
    }
}

/// The statements, written once.
struct Texts {
    known: &'static str,
    insert: [String; 6],
    update: String,
    recording: String,
    remove: [String; 4],
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let columns = Table::Calls.written();
    // All but the run that saw the call first, which is the last of them.
    let set = columns[..columns.len() - 1].iter().enumerate().skip(1);
    let set: Vec<_> = set.map(|(at, column)| format!("{column} = ${}", at + 1)).collect();
    Texts {
        known: "SELECT content_hash, light_hash, detail, detail_stale, missing_since_run, \
                last_changed_at FROM calls WHERE id = ?1",
        insert: Table::ALL.map(|table| numbered(&table.insert())),
        update: numbered(&format!("UPDATE calls SET {} WHERE id = $1", set.join(", "))),
        recording: numbered(&format!(
            "{} ON CONFLICT (call, position) DO UPDATE SET url = excluded.url, \
             media_type = excluded.media_type, needs_auth = excluded.needs_auth, problem = NULL",
            Table::Recordings.insert()
        )),
        remove: Table::REPLACED
            .map(|table| format!("DELETE FROM {} WHERE call = ?1", table.name())),
    }
});

/// What is known of one call.
pub(super) fn known(connection: &Connection, id: &str) -> Result<Option<Known>, StoreError> {
    let mut statement = connection.prepare_cached(TEXTS.known).map_err(problem)?;
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
        changed_at: row.get_ref(5)?.as_str()?.parse().ok(),
    }))
}

/// Writes a page in one transaction.
pub(super) fn write(connection: &mut Connection, page: &Page) -> Result<Written, StoreError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(problem)?;
    let written = write_within(&transaction, page).map_err(problem)?;
    transaction.commit().map_err(problem)?;
    Ok(written)
}

fn write_within(connection: &Connection, page: &Page) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let mut look = connection.prepare_cached(TEXTS.known)?;
    for new in &page.calls {
        let id = key(&new.call);
        let known = one_known(&mut look, &id)?;
        let action = decide(known.as_ref(), new);
        written.count(action, known.as_ref());
        let kept = books(known.as_ref(), new, new.content);
        match action {
            Action::Skip => {}
            Action::Insert => put(connection, page, &id, &new.rows(), kept, None)?,
            Action::Replace => put(connection, page, &id, &new.rows(), kept, known)?,
            Action::Note => note(connection, &id, known.as_ref(), new)?,
            Action::Merge => {
                let merged = merge(load(connection, &id)?, Whole::of(&new.rows()));
                let content = hash(&merged);
                if known.is_some_and(|known| known.content == content) {
                    written.is_as_before();
                    note(connection, &id, known.as_ref(), new)?;
                } else {
                    let kept = books(known.as_ref(), new, content);
                    put(connection, page, &id, &merged, kept, known)?;
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

/// Writes all rows of a call.
fn put(
    connection: &Connection,
    page: &Page,
    id: &str,
    rows: &impl Rows,
    kept: Books,
    before: Option<Known>,
) -> rusqlite::Result<()> {
    let exists = before.is_some();
    if exists {
        for text in &TEXTS.remove {
            connection.prepare_cached(text)?.execute([id])?;
        }
    }
    let mut recordings = 0_i64;
    rows.each(|row| {
        let text = match row.table {
            Table::Calls if exists => &TEXTS.update,
            Table::Recordings => &TEXTS.recording,
            table => &TEXTS.insert[table as usize],
        };
        recordings += i64::from(row.table == Table::Recordings);
        let mut statement = connection.prepare_cached(text)?;
        let mut at = 0;
        let mut bind = |cell: &dyn ToSql| {
            at += 1;
            statement.raw_bind_parameter(at, cell)
        };
        if row.table == Table::Calls {
            for cell in row.cells {
                bind(&cell)?;
            }
            let kept = bookkeeping(kept, page);
            let last = kept.len() - usize::from(exists);
            kept[..last].iter().try_for_each(|datum| bind(datum))?;
        } else {
            bind(&id)?;
            bind(&row.key)?;
            for cell in row.cells {
                bind(&cell)?;
            }
        }
        statement.raw_execute()?;
        Ok::<_, rusqlite::Error>(())
    })?;
    if exists {
        let sql = "DELETE FROM recordings WHERE call = ?1 AND position >= ?2 AND path IS NULL";
        connection.prepare_cached(sql)?.execute((id, recordings))?;
    }
    Ok(())
}

/// The cells of [`BOOKKEEPING`].
fn bookkeeping(kept: Books, page: &Page) -> [Datum; BOOKKEEPING.len()] {
    [
        kept.is_final.into(),
        kept.detail.to_text().into(),
        kept.stale.into(),
        kept.content.to_vec().into(),
        kept.light.map(|hash| hash.to_vec()).into(),
        page.run.into(),
        page.at.into(),
        Datum::Null,
        page.run.into(),
    ]
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
