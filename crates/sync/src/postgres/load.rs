//! A stored call, as it was written.

use crate::{
    cell::Cell,
    datum::Datum,
    merge::Whole,
    schema::{Table, Type},
};
use tokio_postgres::{Error, Transaction};

/// All rows of a stored call, in the form in which they were written.
pub(super) async fn load(transaction: &Transaction<'_>, id: &str) -> Result<Whole, Error> {
    let mut whole = Whole::default();
    for table in Table::ALL {
        let (key, whose) = match table {
            Table::Calls => ("NULL", "id"),
            Table::Raw => ("shape", "call"),
            _ => ("position", "call"),
        };
        let columns: Vec<_> =
            table.typed_columns().into_iter().map(|(name, kind)| as_written(name, kind)).collect();
        let (columns, name) = (columns.join(", "), table.name());
        let sql = format!("SELECT {key}, {columns} FROM {name} WHERE {whose} = $1 ORDER BY 1");
        for row in transaction.query(&sql, &[&id]).await? {
            let cell = |at: usize| row.try_get::<_, Datum>(at).map(cell);
            let cells = (1..row.len()).map(cell).collect::<Result<_, _>>()?;
            whole.rows.push((table, cell(0)?, cells));
        }
    }
    Ok(whole)
}

fn as_written(name: &str, kind: Type) -> String {
    match kind {
        Type::Time => {
            let form = r#"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#;
            format!("to_char({name} AT TIME ZONE 'UTC', {form})")
        }
        Type::Exact | Type::Json => format!("{name}::text"),
        Type::Text | Type::Whole | Type::Flag => name.to_owned(),
    }
}

fn cell(value: Datum) -> Cell<'static> {
    match value {
        Datum::Text(text) => Cell::text(text),
        Datum::Int(number) => Cell::Int(number),
        Datum::Flag(flag) => Cell::Flag(flag),
        Datum::Null | Datum::Time(_) | Datum::Bytes(_) => Cell::Null,
    }
}
