//! A light record over a call whose details were fetched before.

use crate::{
    cell::Cell,
    row::{Row, Rows, Shape},
    schema::Table,
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, convert::Infallible};

/// All rows of one call, on their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Whole {
    /// In the order of the tables, each with its key within the call.
    pub(crate) rows: Vec<(Table, Cell<'static>, Vec<Cell<'static>>)>,
}

impl Whole {
    pub(crate) fn of(rows: &impl Rows) -> Self {
        let mut whole = Self::default();
        let Ok(()) = rows.each(|row| {
            let cells = row.cells.map(Cell::into_owned).collect();
            whole.rows.push((row.table, row.key.into_owned(), cells));
            Ok::<_, Infallible>(())
        });
        whole
    }

    fn take(&mut self, table: Table) -> Vec<(Cell<'static>, Vec<Cell<'static>>)> {
        let taken = self.rows.extract_if(.., |row| row.0 == table);
        taken.map(|(_, key, cells)| (key, cells)).collect()
    }
}

impl Rows for Whole {
    fn each<E>(&self, mut take: impl FnMut(Row<'_, '_>) -> Result<(), E>) -> Result<(), E> {
        for (table, key, cells) in &self.rows {
            let mut cells = cells.iter().cloned();
            take(Row { table: *table, key: key.clone(), cells: &mut cells })?;
        }
        Ok(())
    }
}

/// What is stored of a call, with what `new` tells instead: a cell that the
/// new record leaves empty stays, and so do turns, parts of the cost and
/// recordings where it has none. Warnings about the list record that is replaced
/// go, all others are kept.
pub(crate) fn merge(mut stored: Whole, mut new: Whole) -> Whole {
    let mut merged = Whole::default();
    let mut before = stored.take(Table::Warnings);
    if let Some(replaced) = list_record(&stored) {
        before.retain(|(_, cells)| !is_about(cells, &replaced));
    }
    let warnings = both(before, new.take(Table::Warnings));
    for table in Table::ALL {
        let (before, now) = (stored.take(table), new.take(table));
        let rows = match table {
            Table::Calls => {
                let cells = before.into_iter().zip(now);
                cells.map(|((key, old), (_, new))| (key, call(old, new, &warnings))).collect()
            }
            Table::Warnings => warnings.clone(),
            Table::Raw => records(before, now),
            _ if now.is_empty() => before,
            _ => now,
        };
        merged.rows.extend(rows.into_iter().map(|(key, cells)| (table, key, cells)));
    }
    merged
}

/// The record of the list that is stored.
fn list_record(stored: &Whole) -> Option<serde_json::Value> {
    let mut rows = stored.rows.iter();
    let (.., cells) = rows.find(|(table, key, _)| {
        *table == Table::Raw && key.as_str() == Some(Shape::List.as_str())
    })?;
    serde_json::from_str(cells.first()?.as_str()?).ok()
}

/// Whether a warning points at a member of the record.
fn is_about(warning: &[Cell<'static>], record: &serde_json::Value) -> bool {
    let pointer = warning.get(1).and_then(Cell::as_str).unwrap_or_default();
    !pointer.is_empty() && record.pointer(pointer).is_some()
}

type Keyed = Vec<(Cell<'static>, Vec<Cell<'static>>)>;

fn call(old: Vec<Cell<'static>>, new: Vec<Cell<'static>>, warnings: &Keyed) -> Vec<Cell<'static>> {
    let columns = Table::Calls.columns().into_iter();
    let cells = columns.zip(old.into_iter().zip(new));
    cells
        .map(|(column, (old, new))| match column {
            "warnings" => codes(warnings),
            "transcript_state" => {
                let is_at_hand = |cell: &Cell<'_>| matches!(cell.as_str(), Some("inline"));
                if is_at_hand(&old) { old } else { new }
            }
            "alternate_ids" | "analysis" | "metadata" => overlay(old, new),
            _ if new == Cell::Null => old,
            _ => new,
        })
        .collect()
}

/// The members of both objects; those of the new one win.
fn overlay(old: Cell<'static>, new: Cell<'static>) -> Cell<'static> {
    type Members<'a> = BTreeMap<String, &'a RawValue>;
    let (Some(before), Some(now)) = (old.as_str(), new.as_str()) else {
        return if new == Cell::Null { old } else { new };
    };
    let both = serde_json::from_str::<Members<'_>>(before).and_then(|mut members| {
        members.extend(serde_json::from_str::<Members<'_>>(now)?);
        serde_json::to_string(&members)
    });
    both.map_or_else(|_| new.clone(), Cell::text)
}

/// The rows of both, each once.
fn both(old: Keyed, new: Keyed) -> Keyed {
    let mut all: Vec<Vec<Cell<'static>>> = Vec::new();
    for (_, cells) in old.into_iter().chain(new) {
        if !all.contains(&cells) {
            all.push(cells);
        }
    }
    let key = |place| Cell::Int(i64::try_from(place).unwrap_or(i64::MAX));
    all.into_iter().enumerate().map(|(place, cells)| (key(place), cells)).collect()
}

/// The column of `calls` that names the codes of its warnings.
fn codes(warnings: &Keyed) -> Cell<'static> {
    let mut codes: Vec<_> =
        warnings.iter().filter_map(|(_, cells)| cells.first()?.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { Cell::Null } else { Cell::text(codes.join(" ")) }
}

/// The records of both shapes; the new one of a shape takes the old one's place.
fn records(old: Keyed, new: Keyed) -> Keyed {
    let mut records: BTreeMap<String, Keyed> = BTreeMap::new();
    for row in old.into_iter().chain(new) {
        records.insert(row.0.as_str().unwrap_or_default().to_owned(), vec![row]);
    }
    records.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Parts, Prepared, hash};
    use callfold_unify::model::{
        Call, CallId, Speaker, Status, Transcript, TranscriptState, Turn, Warning, WarningCode,
    };

    fn whole(shape: Shape, change: impl FnOnce(&mut Call)) -> Whole {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        change(&mut call);
        Whole::of(&Prepared::new(&call, shape, Parts::default()).rows)
    }

    fn cell(whole: &Whole, column: &str) -> Cell<'static> {
        let at = Table::Calls.columns().iter().position(|name| *name == column).unwrap();
        whole.rows[0].2[at].clone()
    }

    fn count(whole: &Whole, table: Table) -> usize {
        whole.rows.iter().filter(|row| row.0 == table).count()
    }

    fn full(call: &mut Call) {
        call.status = Status::InProgress;
        call.summary = Some("a summary".to_owned());
        let turn =
            Turn { role: Speaker::from("agent"), text: "hi".into(), at: None, offset_ms: None };
        call.transcript =
            Transcript { turns: vec![turn], ..Transcript::empty(TranscriptState::Inline) };
        call.metadata.insert("order".into(), serde_json::from_str("1").unwrap());
        call.metadata.insert("lead".into(), serde_json::from_str("\"cold\"").unwrap());
        call.warnings.push(Warning::new(WarningCode::UnitUnspecified, "/cost", "no unit"));
    }

    fn light(call: &mut Call) {
        call.status = Status::Ended;
        call.transcript = Transcript::empty(TranscriptState::NotRequested);
        call.metadata.insert("lead".into(), serde_json::from_str("\"hot\"").unwrap());
        call.warnings.push(Warning::new(WarningCode::NaiveTimestamp, "/start", "no offset"));
        call.warnings.push(Warning::new(WarningCode::UnitUnspecified, "/cost", "no unit"));
    }

    #[test]
    fn details_stay_where_the_light_record_is_silent() {
        let merged = merge(whole(Shape::Single, full), whole(Shape::List, light));
        let text = |column| cell(&merged, column).as_str().unwrap().to_owned();
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
            whole(Shape::List, |call| {
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
        let once = merge(whole(Shape::Single, absent), list("odd", false));
        let codes = |whole: &Whole| cell(whole, "warnings").as_str().unwrap().to_owned();
        assert_eq!(codes(&once), "detail_unavailable unit_unspecified unknown_value");
        let twice = merge(once, list("ended", true));
        assert_eq!(codes(&twice), "detail_unavailable unit_unspecified");
    }

    #[test]
    fn merging_the_same_once_more_changes_nothing() {
        let once = merge(whole(Shape::Single, full), whole(Shape::List, light));
        let twice = merge(once.clone(), whole(Shape::List, light));
        assert_eq!((hash(&once, &[]), &once), (hash(&twice, &[]), &twice));
    }
}
