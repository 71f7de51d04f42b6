//! Merges a new record of a call with the rows that are stored of it.
//!
//! Stored rows are merged, not their raw records mapped again: details come from
//! requests whose responses are not all kept as raw records.

use crate::{
    packed_rows::PackedRows,
    row::{RecordOrigin, position},
    schema::{TABLES, Table},
    sql_value::SqlValue,
};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashSet};

/// The rows of one table, each with its key within the call.
pub(crate) type TableRows<'a> = Vec<(SqlValue<'a>, Vec<SqlValue<'a>>)>;

/// All rows of one call, by table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallRows<'a>(pub(crate) [TableRows<'a>; TABLES]);

impl<'a> From<&'a PackedRows> for CallRows<'a> {
    fn from(packed: &'a PackedRows) -> Self {
        let mut rows = Self::default();
        for row in packed.rows() {
            rows.0[row.table as usize].push((row.key(), row.values().collect()));
        }
        rows
    }
}

/// The stored rows with those of the new record over them:
///
/// - A value that the new record leaves empty stays, and so do turns, cost parts
///   and recordings if it has none.
/// - Warnings of both are kept, but for those about the list record that is
///   replaced.
/// - The raw records of both shapes are kept.
pub(crate) fn merge<'a>(stored: CallRows<'a>, new: CallRows<'a>) -> PackedRows {
    let list_record = list_record(&stored);
    let mut merged = PackedRows::with_capacity(4_096);
    let mut tables: Vec<_> = stored.0.into_iter().zip(new.0).collect();
    let (mut before, now) = std::mem::take(&mut tables[Table::Warnings as usize]);
    if let Some(replaced) = list_record {
        before.retain(|(_, values)| !is_about(values, &replaced));
    }
    let warnings = distinct(before, now);
    for (table, (before, now)) in Table::ALL.into_iter().zip(tables) {
        let rows = match table {
            Table::Calls => {
                let pairs = before.into_iter().zip(now);
                pairs.map(|((key, old), (_, new))| (key, call(old, new, &warnings))).collect()
            }
            Table::Warnings => warnings.clone(),
            Table::Raw => records(before, now),
            _ if now.is_empty() => before,
            _ => now,
        };
        rows.into_iter().for_each(|(key, values)| merged.push(table, key, values));
    }
    merged
}

/// The stored record of the list.
fn list_record(stored: &CallRows<'_>) -> Option<serde_json::Value> {
    let mut rows = stored.0[Table::Raw as usize].iter();
    let (_, values) = rows.find(|(key, _)| key.as_str() == Some(RecordOrigin::List.as_str()))?;
    serde_json::from_str(values.first()?.as_str()?).ok()
}

/// Whether a warning points at a member of the record.
fn is_about(warning: &[SqlValue<'_>], record: &serde_json::Value) -> bool {
    let pointer = warning.get(1).and_then(SqlValue::as_str).unwrap_or_default();
    !pointer.is_empty() && record.pointer(pointer).is_some()
}

fn call<'a>(
    old: Vec<SqlValue<'a>>,
    new: Vec<SqlValue<'a>>,
    warnings: &TableRows<'_>,
) -> Vec<SqlValue<'a>> {
    let columns = Table::Calls.columns();
    let present: HashSet<&str> = columns
        .iter()
        .zip(&new)
        .filter(|(_, value)| **value != SqlValue::Null)
        .map(|(column, _)| *column)
        .collect();
    // The vendor's word belongs to that of the closed column beside it.
    let is_replaced =
        |column: &str| column.strip_suffix("_raw").is_some_and(|it| present.contains(it));
    let values = columns.iter().zip(old.into_iter().zip(new));
    values
        .map(|(column, (old, new))| match *column {
            "warnings" => codes(warnings),
            "transcript_state" if old.as_str() == Some("inline") => old,
            "alternate_ids" | "analysis" | "metadata" | "facts" => overlay(old, new),
            column if new == SqlValue::Null && !is_replaced(column) => old,
            _ => new,
        })
        .collect()
}

/// The members of both objects; those of the new one win.
fn overlay<'a>(old: SqlValue<'a>, new: SqlValue<'a>) -> SqlValue<'a> {
    type Members<'m> = BTreeMap<String, &'m RawValue>;
    let (Some(before), Some(now)) = (old.as_str(), new.as_str()) else {
        return if new == SqlValue::Null { old } else { new };
    };
    let both = serde_json::from_str::<Members<'_>>(before).and_then(|mut members| {
        members.extend(serde_json::from_str::<Members<'_>>(now)?);
        serde_json::to_string(&members)
    });
    both.map_or_else(|_| new.clone(), SqlValue::text)
}

/// The rows of both, each once.
fn distinct<'a>(old: TableRows<'a>, new: TableRows<'a>) -> TableRows<'a> {
    let mut all: Vec<Vec<SqlValue<'a>>> = Vec::new();
    for (_, values) in old.into_iter().chain(new) {
        if !all.contains(&values) {
            all.push(values);
        }
    }
    all.into_iter().enumerate().map(|(at, values)| (position(at), values)).collect()
}

/// The column of `calls` that names the codes of its warnings.
fn codes(warnings: &TableRows<'_>) -> SqlValue<'static> {
    let mut codes: Vec<_> =
        warnings.iter().filter_map(|(_, values)| values.first()?.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { SqlValue::Null } else { SqlValue::text(codes.join(" ")) }
}

/// The records of both shapes; a new one replaces the stored one of its shape.
fn records<'a>(old: TableRows<'a>, new: TableRows<'a>) -> TableRows<'a> {
    let rows = old.into_iter().chain(new);
    let by_shape: BTreeMap<_, _> =
        rows.map(|row| (row.0.as_str().unwrap_or_default().to_owned(), row)).collect();
    by_shape.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{DetailParts, PreparedCall};
    use callfold_unify::model::{
        Call, CallId, Sentiment, Speaker, Status, Transcript, TranscriptState, Turn, Warning,
        WarningCode,
    };

    fn packed(origin: RecordOrigin, change: impl FnOnce(&mut Call)) -> PackedRows {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        change(&mut call);
        PreparedCall::new(&call, origin, DetailParts::default()).rows
    }

    fn merged(stored: &PackedRows, new: &PackedRows) -> PackedRows {
        merge(stored.into(), new.into())
    }

    fn text(rows: &PackedRows, column: &str) -> String {
        rows.rows().next().unwrap().value(column).as_str().unwrap().to_owned()
    }

    fn count(rows: &PackedRows, table: Table) -> usize {
        rows.rows().filter(|row| row.table == table).count()
    }

    fn full(call: &mut Call) {
        call.status = Status::InProgress;
        call.summary = Some("a summary".to_owned());
        let turn = Turn::speech(Speaker::from("agent"), "hi");
        call.transcript =
            Transcript { turns: vec![turn], ..Transcript::empty(TranscriptState::Inline) };
        call.metadata.insert("order".into(), serde_json::from_str("1").unwrap());
        call.metadata.insert("lead".into(), serde_json::from_str("\"cold\"").unwrap());
        call.warnings.push(Warning::new(WarningCode::UnitUnspecified, "/cost", "no unit"));
    }

    fn listed(call: &mut Call) {
        call.status = Status::Ended;
        call.transcript = Transcript::empty(TranscriptState::NotRequested);
        call.metadata.insert("lead".into(), serde_json::from_str("\"hot\"").unwrap());
        call.warnings.push(Warning::new(WarningCode::NaiveTimestamp, "/start", "no offset"));
        call.warnings.push(Warning::new(WarningCode::UnitUnspecified, "/cost", "no unit"));
    }

    #[test]
    fn details_stay_where_the_list_record_is_silent() {
        let merged =
            merged(&packed(RecordOrigin::Single, full), &packed(RecordOrigin::List, listed));
        let text = |column| text(&merged, column);
        assert_eq!(text("status"), "ended");
        assert_eq!(text("summary"), "a summary");
        assert_eq!(text("transcript_state"), "inline");
        assert_eq!(text("metadata"), r#"{"lead":"hot","order":1}"#);
        assert_eq!(text("warnings"), "naive_timestamp unit_unspecified");
        assert_eq!((count(&merged, Table::Turns), count(&merged, Table::Warnings)), (1, 2));
        assert_eq!(count(&merged, Table::Raw), 2, "the records of both shapes are kept");
    }

    #[test]
    fn warning_about_a_replaced_list_record_goes() {
        let list = |status: &str, is_known: bool| {
            packed(RecordOrigin::List, |call| {
                call.raw = serde_json::from_str(&format!(r#"{{"status":"{status}"}}"#)).unwrap();
                if !is_known {
                    call.warnings.push(Warning::new(WarningCode::UnknownValue, "/status", "odd"));
                }
            })
        };
        let absent = |call: &mut Call| {
            full(call);
            call.warnings.push(Warning::new(WarningCode::DetailUnavailable, "", "status 404"));
        };
        let once = merged(&packed(RecordOrigin::Single, absent), &list("odd", false));
        let codes = |rows: &PackedRows| text(rows, "warnings");
        assert_eq!(codes(&once), "detail_unavailable unit_unspecified unknown_value");
        let twice = merged(&once, &list("ended", true));
        assert_eq!(codes(&twice), "detail_unavailable unit_unspecified");
    }

    #[test]
    fn undocumented_word_goes_with_the_word_that_replaces_it() {
        let odd = packed(RecordOrigin::Single, |call| {
            (call.status, call.sentiment) = (Status::from("odd"), Some(Sentiment::from("meh")));
        });
        let listed = packed(RecordOrigin::List, |call| call.status = Status::Ended);
        let merged = merged(&odd, &listed);
        let row = merged.rows().next().unwrap();
        assert_eq!(
            (row.value("status").as_str(), row.value("status_raw")),
            (Some("ended"), SqlValue::Null)
        );
        assert_eq!(text(&merged, "sentiment_raw"), "meh");
    }

    #[test]
    fn merging_the_same_once_more_changes_nothing() {
        let listed = packed(RecordOrigin::List, listed);
        let once = merged(&packed(RecordOrigin::Single, full), &listed);
        let twice = merged(&once, &listed);
        assert_eq!(CallRows::from(&once), CallRows::from(&twice));
        assert_eq!(once.hash(&[]), twice.hash(&[]));
    }
}
