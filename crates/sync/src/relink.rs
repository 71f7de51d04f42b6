//! Links of a call that the vendor signed anew: the newest are stored, and
//! nothing else of the call is touched.

use crate::{cell::Cell, datum::Datum, row::Rows, schema::Table};
use std::convert::Infallible;

/// The statements, in SQL that every database understands; `$1` is the call.
pub(crate) const RELINK: [&str; 3] = [
    "UPDATE calls SET recording_url = coalesce($2, recording_url), \
     transcript_url = coalesce($3, transcript_url) WHERE id = $1",
    "UPDATE recordings SET url = $3 WHERE call = $1 AND position = $2",
    "UPDATE raw SET record = $3 WHERE call = $1 AND shape = $2",
];

/// Which of the statements store the links of `rows`, each with its parameters.
pub(crate) fn relink(id: &str, rows: &impl Rows) -> Vec<(usize, Vec<Datum>)> {
    let columns = Table::Calls.columns();
    let mut statements = Vec::new();
    let Ok(()) = rows.each(|row| {
        let mut cells = row.cells;
        let (which, values) = match row.table {
            Table::Calls => {
                let links = columns.iter().zip(&mut cells);
                let links =
                    links.filter(|(name, _)| ["recording_url", "transcript_url"].contains(*name));
                let mut links: Vec<_> = links.map(|(name, cell)| (*name, datum(cell))).collect();
                links.sort_by_key(|(name, _)| *name);
                (0, links.into_iter().map(|(_, link)| link).collect())
            }
            Table::Recordings => (1, vec![datum(row.key), cells.next().map_or(Datum::Null, datum)]),
            Table::Raw => (2, vec![datum(row.key), cells.next().map_or(Datum::Null, datum)]),
            _ => return Ok::<_, Infallible>(()),
        };
        statements.push((which, [Datum::from(id)].into_iter().chain(values).collect()));
        Ok(())
    });
    statements
}

fn datum(cell: Cell<'_>) -> Datum {
    match cell {
        Cell::Null => Datum::Null,
        Cell::Text(text) => Datum::Text(text.into_owned()),
        Cell::Int(number) => Datum::Int(number),
        Cell::Flag(flag) => Datum::Flag(flag),
    }
}
