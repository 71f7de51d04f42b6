//! Records that cannot be stored as calls: the rows of `set_aside`.

use crate::{
    record_hash::text_hash, row::PreparedCall, schema::Table, sql_value::SqlValue, store::Statement,
};
use callfold_unify::RejectedRecord;

/// The statement that stores a rejected record, unless it is stored already.
pub(crate) fn store_rejected(record: &RejectedRecord, run: i64) -> Statement {
    let RejectedRecord { vendor, account, reason, raw, .. } = record;
    insert([(*vendor).into(), account.as_str().into(), reason.as_str().into()], raw.get(), run)
}

/// The same for a call that the database refuses. `reason` holds no value of it.
pub(crate) fn store_refused_call(call: &PreparedCall, reason: &str, run: i64) -> Statement {
    let value = |table, column| {
        let row = call.rows.rows().find(|row| row.table == table);
        row.map_or(SqlValue::Null, |row| row.value(column).into_owned())
    };
    let record = value(Table::Raw, "record");
    let source = [value(Table::Calls, "vendor"), value(Table::Calls, "account"), reason.into()];
    insert(source, record.as_str().unwrap_or_default(), run)
}

fn insert(source_and_reason: [SqlValue<'static>; 3], record: &str, run: i64) -> Statement {
    let sql = "INSERT INTO set_aside (vendor, account, reason, hash, record, first_seen_run) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let mut parameters = source_and_reason.to_vec();
    parameters.extend([text_hash(record).to_vec().into(), record.into(), run.into()]);
    Statement::new(sql, parameters)
}
