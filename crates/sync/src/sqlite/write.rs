//! A page into SQLite.

use super::{keys, numbered, problem::problem};
use crate::{
    StoreError, Written,
    cell::Cell,
    datum::Datum,
    decide::{Action, Books, Known, books, decide},
    merge::{Whole, merge},
    row::{Hash, Parts, Prepared, Row, Rows, hash, set_aside_hash},
    schema::{BOOKKEEPING, Table, Type},
    store::Page,
};
use rusqlite::{
    CachedStatement, Connection, ToSql,
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

/// Writes a page, within the transaction that is open. `is_settled` tells
/// whether rows are found by their keys; when they have to be, and are not, it
/// is seen to.
pub(super) fn write(
    connection: &Connection,
    page: &Page,
    is_settled: &mut bool,
) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let mut look = connection.prepare_cached(TEXTS.known)?;
    let mut rows = Inserts::new(connection)?;
    for new in &page.calls {
        let id = &new.id;
        let known = one_known(&mut look, id)?;
        let action = decide(known.as_ref(), new);
        written.count(action, known.as_ref());
        if matches!(action, Action::Replace | Action::Merge) && !*is_settled {
            keys::make(connection)?;
            *is_settled = true;
        }
        let kept = books(known.as_ref(), new, new.content);
        match action {
            Action::Skip => {}
            Action::Insert => rows.put(page, id, &new.rows, kept)?,
            Action::Replace => replace(connection, &mut rows, page, id, &new.rows, kept)?,
            Action::Note => note(connection, id, known.as_ref(), new)?,
            Action::Merge => {
                let merged = merge(load(connection, id)?, Whole::of(&new.rows));
                let content = hash(&merged);
                if known.is_some_and(|known| known.content == content) {
                    written.is_as_before();
                    note(connection, id, known.as_ref(), new)?;
                } else {
                    let kept = books(known.as_ref(), new, content);
                    replace(connection, &mut rows, page, id, &merged, kept)?;
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

/// The statements that add a row, one for each table.
struct Inserts<'c>([CachedStatement<'c>; 6]);

impl<'c> Inserts<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let statement = |table: Table| connection.prepare_cached(&TEXTS.insert[table as usize]);
        let [a, b, c, d, e, f] = Table::ALL.map(statement);
        Ok(Self([a?, b?, c?, d?, e?, f?]))
    }

    /// Adds all rows of a call.
    fn put(
        &mut self,
        page: &Page,
        id: &str,
        rows: &impl Rows,
        kept: Books,
    ) -> rusqlite::Result<()> {
        rows.each(|row| match row.table {
            Table::Calls => bind_call(&mut self.0[0], row, &bookkeeping(kept, page)),
            table => bind_part(&mut self.0[table as usize], id, row),
        })
    }
}

fn bind_call(
    statement: &mut CachedStatement<'_>,
    row: Row<'_, '_>,
    kept: &[Datum],
) -> rusqlite::Result<()> {
    let mut at = 0;
    let mut bind = |cell: &dyn ToSql| {
        at += 1;
        statement.raw_bind_parameter(at, cell)
    };
    for cell in row.cells {
        bind(&cell)?;
    }
    kept.iter().try_for_each(|datum| bind(datum))?;
    statement.raw_execute().map(drop)
}

fn bind_part(
    statement: &mut CachedStatement<'_>,
    id: &str,
    row: Row<'_, '_>,
) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(1, id)?;
    statement.raw_bind_parameter(2, &row.key)?;
    for (at, cell) in row.cells.enumerate() {
        statement.raw_bind_parameter(at + 3, &cell)?;
    }
    statement.raw_execute().map(drop)
}

/// Writes all rows of a call that is stored anew.
fn replace(
    connection: &Connection,
    inserts: &mut Inserts<'_>,
    page: &Page,
    id: &str,
    rows: &impl Rows,
    kept: Books,
) -> rusqlite::Result<()> {
    for text in &TEXTS.remove {
        connection.prepare_cached(text)?.execute([id])?;
    }
    let mut recordings = 0_i64;
    rows.each(|row| match row.table {
        Table::Calls => {
            // All but the run that saw the call first.
            let kept = bookkeeping(kept, page);
            let mut update = connection.prepare_cached(&TEXTS.update)?;
            bind_call(&mut update, row, &kept[..kept.len() - 1])
        }
        Table::Recordings => {
            recordings += 1;
            bind_part(&mut connection.prepare_cached(&TEXTS.recording)?, id, row)
        }
        table => bind_part(&mut inserts.0[table as usize], id, row),
    })?;
    let sql = "DELETE FROM recordings WHERE call = ?1 AND position >= ?2 AND path IS NULL";
    connection.prepare_cached(sql)?.execute((id, recordings))?;
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
