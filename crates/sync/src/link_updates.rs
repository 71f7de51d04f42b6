//! Stores newly signed links of a call, and touches nothing else of it.

use crate::{packed_rows::PackedRows, schema::Table, sql_value::SqlValue, store::Statement};

/// The statements that store the links in these rows.
pub(crate) fn link_updates(id: &str, rows: &PackedRows) -> impl Iterator<Item = Statement> {
    rows.rows().filter_map(move |row| {
        let (sql, parameters) = match row.table {
            Table::Calls => (
                "UPDATE calls SET recording_url = coalesce($2, recording_url), \
                 transcript_url = coalesce($3, transcript_url) WHERE id = $1",
                [row.value("recording_url"), row.value("transcript_url")],
            ),
            Table::Recordings => (
                "UPDATE recordings SET url = $3 WHERE call = $1 AND position = $2",
                [row.key(), row.value("url")],
            ),
            Table::Raw => (
                "UPDATE raw SET record = $3 WHERE call = $1 AND shape = $2",
                [row.key(), row.value("record")],
            ),
            _ => return None,
        };
        let [first, second] = parameters.map(SqlValue::into_owned);
        Some(Statement::new(sql, vec![id.into(), first, second]))
    })
}
