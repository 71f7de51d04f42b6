//! A call as rows of tables, and the hash that shows whether it changed.

use crate::{
    packed_rows::PackedRows,
    record_hash::{Hash, RecordHash, volatile_fields},
    schema::{EXTRA, Table},
    sql_value::{SqlValue, safe_json},
};
use callfold_reader::Detail;
use callfold_tables::{CALLS, COST_PARTS, Column, OTHER_TOTALS, TRANSFERS, TURNS, WARNINGS};
use callfold_unify::model::Call;
use serde::Serialize;

/// The kind of record that a call was mapped from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RecordOrigin {
    /// A record of a list.
    List,
    /// The record of a lookup.
    Single,
}

impl RecordOrigin {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Single => "single",
        }
    }
}

/// The call's key, as every table has it.
pub(crate) fn key(call: &Call) -> String {
    call.id.to_string()
}

/// The longest key in bytes: what an index entry of PostgreSQL holds beside its
/// other columns.
const MAX_KEY: usize = 2_000;

/// Why a database cannot store a call with this key; `None` if it can.
pub(crate) fn unusable_key(key: &str) -> Option<String> {
    if key.contains('\0') {
        return Some("its id holds U+0000, which databases cannot store".to_owned());
    }
    let is_long = key.len() > MAX_KEY;
    is_long.then(|| format!("its key is longer than {MAX_KEY} bytes"))
}

/// The rows of a call that was made of a record of this origin.
fn pack(call: &Call, origin: RecordOrigin) -> PackedRows {
    let mut rows = PackedRows::with_capacity(call.raw.get().len() + 1_024);
    let columns = CALLS.iter().map(|column| SqlValue::from((column.value)(call)));
    rows.push(Table::Calls, SqlValue::Null, columns.chain(extra(call)));
    pack_items(&mut rows, Table::Turns, TURNS, &call.transcript.turns);
    pack_items(&mut rows, Table::Transfers, TRANSFERS, &call.transfers);
    let parts = call.cost.as_ref().map_or(&[][..], |cost| &cost.parts);
    pack_items(&mut rows, Table::CostParts, COST_PARTS, parts);
    let totals = call.cost.as_ref().map_or(&[][..], |cost| &cost.other_totals);
    pack_items(&mut rows, Table::OtherTotals, OTHER_TOTALS, totals);
    pack_items(&mut rows, Table::Warnings, WARNINGS, &call.warnings);
    for (at, recording) in call.recordings.iter().enumerate() {
        let values = [
            SqlValue::text(&recording.url),
            SqlValue::option(recording.media_type.as_deref()),
            SqlValue::Flag(recording.needs_auth),
        ];
        rows.push(Table::Recordings, position(at), values);
    }
    // Raw JSON holds U+0000 only as an escape.
    let record = SqlValue::Text(call.raw.get().into());
    rows.push(Table::Raw, SqlValue::text(origin.as_str()), [record]);
    rows
}

fn pack_items<T>(rows: &mut PackedRows, table: Table, columns: &'static [Column<T>], items: &[T]) {
    for (at, item) in items.iter().enumerate() {
        let values = columns.iter().map(|column| SqlValue::from((column.value)(item)));
        rows.push(table, position(at), values);
    }
}

/// The key of a row that stands at this place in its list.
pub(crate) fn position(at: usize) -> SqlValue<'static> {
    SqlValue::Int(i64::try_from(at).unwrap_or(i64::MAX))
}

/// The values of [`EXTRA`].
fn extra(call: &Call) -> [SqlValue<'_>; EXTRA.len()] {
    [
        json(&call.alternate_ids, call.alternate_ids.is_empty()),
        SqlValue::option(call.transcript.text.as_deref()),
        json(&call.latency, call.latency.is_empty()),
        json(&call.analysis, call.analysis.is_empty()),
        json(&call.metadata, call.metadata.is_empty()),
        json(&call.facts, call.facts.is_empty()),
    ]
}

fn json<T: Serialize>(value: &T, is_empty: bool) -> SqlValue<'static> {
    if is_empty {
        return SqlValue::Null;
    }
    let text = serde_json::to_string(value).ok();
    SqlValue::option(text.as_deref().and_then(safe_json)).into_owned()
}

/// A call that can be compared with what is stored, and written.
#[derive(Debug)]
pub(crate) struct PreparedCall {
    /// The call's key.
    pub(crate) id: String,
    pub(crate) rows: PackedRows,
    pub(crate) origin: RecordOrigin,
    /// The hash of the rows.
    pub(crate) content: Hash,
    /// The hash of its list record, if that was read.
    pub(crate) list_hash: Option<Hash>,
    /// The hash of the record's signed links, of the list record if that was read;
    /// `None` if it has none.
    pub(crate) links: Option<Hash>,
    /// The fields that hold such links.
    pub(crate) volatile: &'static [&'static str],
    /// The details that were fetched beyond the list record.
    pub(crate) detail: DetailParts,
    pub(crate) is_final: bool,
}

impl PreparedCall {
    /// Prepares a call from a list or a lookup. `detail` was requested beyond the
    /// list record.
    pub(crate) fn new(call: &Call, origin: RecordOrigin, detail: DetailParts) -> Self {
        let rows = pack(call, origin);
        let volatile = volatile_fields(&call.id.vendor);
        let RecordHash { content, links } = rows.hash(volatile);
        let is_list_record = origin == RecordOrigin::List && detail.is_empty();
        Self {
            id: key(call),
            list_hash: is_list_record.then_some(content),
            is_final: call.is_final(),
            rows,
            origin,
            content,
            links,
            volatile,
            detail,
        }
    }
}

/// The details of a call beyond its list record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DetailParts(u8);

/// The last word says that some of the others could not be fetched.
const PART_WORDS: [&str; 7] =
    ["transcript", "recording", "analysis", "metrics", "diagnostics", "actions", "missed"];
const MISSED: u8 = 1 << 6;

impl DetailParts {
    pub(crate) const ALL: Self = Self(0b11_1111);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The same, some of which could not be fetched.
    pub(crate) const fn missed(self) -> Self {
        Self(self.0 | MISSED)
    }

    pub(crate) const fn is_missed(self) -> bool {
        self.0 & MISSED != 0
    }

    /// The same, without whether some could not be fetched.
    pub(crate) const fn without_missed(self) -> Self {
        Self(self.0 & !MISSED)
    }

    /// As a query asks for them.
    pub(crate) fn to_detail(self) -> Detail {
        let has = |at: u8| self.0 & (1 << at) != 0;
        Detail {
            transcript: has(0),
            recording: has(1),
            analysis: has(2),
            metrics: has(3),
            diagnostics: has(4),
            actions: has(5),
        }
    }

    /// Whether all parts of `other` were requested.
    pub(crate) const fn covers(self, other: Self) -> bool {
        (self.0 | MISSED) & other.0 == other.0
    }

    /// The parts of both; whether some could not be fetched is of `newer`, unless
    /// that is empty.
    pub(crate) const fn and(self, newer: Self) -> Self {
        let before = if newer.is_empty() { self.0 } else { self.0 & !MISSED };
        Self(before | newer.0)
    }

    /// As it is stored: words in a fixed order, or an empty text.
    pub(crate) fn to_text(self) -> String {
        let has = |at: usize| self.0 & (1 << at) != 0;
        let words: Vec<_> =
            (0..PART_WORDS.len()).filter(|at| has(*at)).map(|at| PART_WORDS[at]).collect();
        words.join(",")
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let bit = |word| PART_WORDS.iter().position(|part| *part == word).map_or(0, |at| 1 << at);
        Self(text.split(',').map(bit).fold(0, |all, bit| all | bit))
    }
}

impl From<Detail> for DetailParts {
    fn from(detail: Detail) -> Self {
        Self(
            detail
                .parts()
                .iter()
                .enumerate()
                .fold(0, |all, (at, wanted)| all | (u8::from(*wanted) << at)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::{AnalysisState, CallId, Disposition, Status};

    fn call(change: impl FnOnce(&mut Call)) -> PreparedCall {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        call.status = Status::Ended;
        change(&mut call);
        PreparedCall::new(&call, RecordOrigin::List, DetailParts::default())
    }

    #[test]
    fn hash_changes_with_everything_that_is_stored() {
        let plain = call(|_| {}).content;
        assert_eq!(plain, call(|_| {}).content);
        let changes: [fn(&mut Call); 5] = [
            |call| call.status = Status::InProgress,
            |call| call.summary = Some(String::new()),
            |call| call.transcript.text = Some("hello".to_owned()),
            |call| call.raw = serde_json::value::to_raw_value(&1).unwrap(),
            |call| drop(call.alternate_ids.insert("a".to_owned(), "b".to_owned())),
        ];
        for change in changes {
            assert_ne!(call(change).content, plain);
        }
    }

    #[test]
    fn call_with_an_end_is_final_unless_its_analysis_is_pending() {
        let ended = |call: &mut Call| call.ended_at = Some("2026-04-21T12:00:00Z".parse().unwrap());
        assert!(call(|_| {}).is_final);
        let pending = |disposition| {
            call(|call| {
                call.analysis_state = Some(AnalysisState::Pending);
                call.disposition = disposition;
            })
        };
        assert!(!pending(Some(Disposition::Answered)).is_final);
        assert!(pending(Some(Disposition::NoAnswer)).is_final && pending(None).is_final);
        assert!(!call(|call| call.status = Status::InProgress).is_final);
        assert!(!call(|call| call.status = Status::from("no-answer")).is_final);
        let odd = call(|call| {
            call.status = Status::from("no-answer");
            ended(call);
        });
        assert!(odd.is_final);
    }

    #[test]
    fn parts_are_words_in_a_fixed_order() {
        let some = DetailParts::from_text("metrics,transcript");
        assert_eq!(some.to_text(), "transcript,metrics");
        assert_eq!(
            (DetailParts::default().to_text(), DetailParts::from_text("")),
            (String::new(), DetailParts(0))
        );
        assert!(
            DetailParts::ALL.covers(some)
                && !some.covers(DetailParts::ALL)
                && some.and(DetailParts::ALL) == DetailParts::ALL
        );
        assert_eq!(DetailParts::from(Detail::FULL), DetailParts::ALL);
    }
}
