//! The rows of a call into their tables.

use super::numbered;
use crate::{
    cell::{Cell, time_text},
    decide::Books,
    row::{Hash, Row, Rows},
    schema::{BOOKKEEPING, Table},
    store::Page,
};
use rusqlite::{
    CachedStatement, Connection, ToSql,
    types::{ToSqlOutput, Value as Sql, ValueRef},
};
use std::sync::LazyLock;

/// The statements, written once.
struct Texts {
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
        insert: Table::ALL.map(|table| {
            let known = if table == Table::Calls { " ON CONFLICT (id) DO NOTHING" } else { "" };
            numbered(&table.insert()) + known
        }),
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

/// The statements that add a row, one for each table.
pub(super) struct Inserts<'c>([CachedStatement<'c>; 6]);

impl<'c> Inserts<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let statement = |table: Table| connection.prepare_cached(&TEXTS.insert[table as usize]);
        let [a, b, c, d, e, f] = Table::ALL.map(statement);
        Ok(Self([a?, b?, c?, d?, e?, f?]))
    }

    /// Adds all rows of a call, or none where it is stored already: which of
    /// the two.
    pub(super) fn put(
        &mut self,
        id: &str,
        rows: &impl Rows,
        kept: &[Kept<'_>],
    ) -> rusqlite::Result<bool> {
        let mut is_new = true;
        rows.each(|row| {
            match row.table {
                Table::Calls => is_new = execute(&mut self.0[0], row.cells, kept)? > 0,
                table if is_new => drop(part(&mut self.0[table as usize], id, row)?),
                _ => {}
            }
            Ok::<_, rusqlite::Error>(())
        })?;
        Ok(is_new)
    }
}

/// Writes all rows of a call that is stored already.
pub(super) fn replace(
    connection: &Connection,
    inserts: &mut Inserts<'_>,
    id: &str,
    rows: &impl Rows,
    kept: &[Kept<'_>],
) -> rusqlite::Result<()> {
    for text in &TEXTS.remove {
        connection.prepare_cached(text)?.execute([id])?;
    }
    let mut recordings = 0_i64;
    rows.each(|row| {
        let _rows = match row.table {
            Table::Calls => {
                // All but the run that saw the call first.
                let kept = &kept[..kept.len() - 1];
                execute(&mut connection.prepare_cached(&TEXTS.update)?, row.cells, kept)?
            }
            Table::Recordings => {
                recordings += 1;
                part(&mut connection.prepare_cached(&TEXTS.recording)?, id, row)?
            }
            table => part(&mut inserts.0[table as usize], id, row)?,
        };
        Ok::<_, rusqlite::Error>(())
    })?;
    let sql = "DELETE FROM recordings WHERE call = ?1 AND position >= ?2 AND path IS NULL";
    connection.prepare_cached(sql)?.execute((id, recordings))?;
    Ok(())
}

/// Executes a statement with the cells of `calls`.
fn execute(
    statement: &mut CachedStatement<'_>,
    cells: &mut dyn Iterator<Item = Cell<'_>>,
    kept: &[Kept<'_>],
) -> rusqlite::Result<usize> {
    let mut at = 0;
    let mut next = || {
        at += 1;
        at
    };
    // What is not bound is null.
    statement.clear_bindings();
    for cell in cells {
        bind(statement, next(), &cell)?;
    }
    for cell in kept {
        match cell {
            Kept::Cell(cell) => bind(statement, next(), cell)?,
            Kept::Hash(hash) => statement.raw_bind_parameter(next(), hash)?,
        }
    }
    statement.raw_execute()
}

/// Executes a statement with the cells of a part of a call.
fn part(
    statement: &mut CachedStatement<'_>,
    id: &str,
    row: Row<'_, '_>,
) -> rusqlite::Result<usize> {
    statement.clear_bindings();
    statement.raw_bind_parameter(1, id)?;
    bind(statement, 2, &row.key)?;
    for (at, cell) in row.cells.enumerate() {
        bind(statement, at + 3, &cell)?;
    }
    statement.raw_execute()
}

fn bind(statement: &mut CachedStatement<'_>, at: usize, cell: &Cell<'_>) -> rusqlite::Result<()> {
    if *cell == Cell::Null { Ok(()) } else { statement.raw_bind_parameter(at, cell) }
}

/// A cell of what is kept about a call.
pub(super) enum Kept<'a> {
    Cell(Cell<'a>),
    Hash(Hash),
}

/// What is kept about all calls of a page.
pub(super) struct Keeps {
    run: i64,
    at: Option<String>,
}

impl Keeps {
    pub(super) fn new(page: &Page) -> Self {
        Self { run: page.run, at: time_text(page.at) }
    }

    /// The cells of [`BOOKKEEPING`].
    pub(super) fn cells(&self, kept: Books) -> [Kept<'_>; BOOKKEEPING.len()] {
        [
            Kept::Cell(Cell::Flag(kept.is_final)),
            Kept::Cell(Cell::text(kept.detail.to_text())),
            Kept::Cell(Cell::Flag(kept.stale)),
            Kept::Hash(kept.content),
            kept.light.map_or(Kept::Cell(Cell::Null), Kept::Hash),
            kept.links.map_or(Kept::Cell(Cell::Null), Kept::Hash),
            Kept::Cell(Cell::Int(self.run)),
            Kept::Cell(Cell::option(self.at.as_deref())),
            Kept::Cell(Cell::Null),
            Kept::Cell(Cell::Int(self.run)),
        ]
    }
}

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
