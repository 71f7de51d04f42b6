//! Reading calls back from a database. It changes nothing, and works while a sync is running.

use crate::{
    StoreError, StoreErrorKind,
    schema::{ColumnType, Dialect, Table},
};
use callfold_tables::{
    TurnFigures, read_call, read_cost_part, read_other_total, read_transfer, read_turn,
    read_warning,
};
use callfold_unify::model::{Call, Latency, Recording, Timestamp};
use serde_json::Value;
use std::borrow::Cow;

/// The oldest tables that have all columns.
pub(crate) const OLDEST_VERSION: i64 = 7;
/// The first tables with a full-text index.
pub(crate) const SEARCH_VERSION: i64 = 8;

/// Which stored calls to read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoredQuery {
    /// Calls that started at this time or later.
    pub since: Option<Timestamp>,
    /// Calls that started before this time.
    pub until: Option<Timestamp>,
    /// Calls with this `id` or `call_id`, or with a `call_id` that it is another name for.
    pub id: Option<String>,
    /// Calls whose summary or transcript has all of these words or phrases.
    pub terms: Vec<String>,
    /// Whether to read calls in full. Otherwise they lack what figures do not need: the text of
    /// turns, the vendor's extraction, and the places and messages of warnings.
    pub in_full: bool,
}

/// A call of a database.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredCall {
    /// The call.
    pub call: Call,
    /// What its row tells about its turns.
    pub turns: TurnFigures,
}

/// A table of older columns.
pub(crate) fn too_old(name: impl std::fmt::Display, version: i64) -> StoreError {
    let problem = format!("{name} is of version {version}, which lacks columns");
    let help = "run `callfold sync` with it once, which brings it up to date";
    StoreError::new(StoreErrorKind::Foreign, problem, help)
}

/// The parts of a call that are read with its row, as arrays of rows: the table, its condition,
/// whether it is left out of calls that are not read in full, and its columns.
pub(crate) const PARTS: [(Table, &str, &[&str]); 7] = [
    (Table::CostParts, "", &["name", "kind", "amount", "unit"]),
    (Table::OtherTotals, "", &["amount", "unit"]),
    (Table::Transfers, "", &["to_number", "kind", "kind_raw", "status", "status_raw", "at"]),
    (
        Table::Turns,
        " AND kind IN ('tool_call', 'tool_result')",
        &["role", "kind", "tool_id", "tool_name", "tool_ok"],
    ),
    (Table::Turns, "", ALL_OF_TURNS),
    (Table::Warnings, "", &["code", "pointer", "message"]),
    (Table::Recordings, "", &["url", "media_type", "needs_auth"]),
];

const ALL_OF_TURNS: &[&str] = &[
    "role",
    "role_raw",
    "kind",
    "text",
    "tool_id",
    "tool_name",
    "tool_arguments",
    "tool_result",
    "tool_ok",
    "tool_duration_ms",
    "at",
    "offset_ms",
    "end_offset_ms",
    "interrupted",
    "latency_ms",
];

impl StoredQuery {
    /// The places in [`PARTS`] that are read.
    pub(crate) fn parts(&self) -> &'static [usize] {
        if self.in_full { &[0, 1, 2, 4, 5, 6] } else { &[0, 1, 2, 3] }
    }

    /// The statement that reads the calls: the columns of `calls`, then an array for each part.
    /// Parameters are the times, the id and the terms that are set.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        let mut columns: Vec<String> = Table::Calls
            .typed_columns()
            .into_iter()
            .filter(|(name, _)| self.in_full || !UNUSED_IN_FIGURES.contains(name))
            .map(|(name, kind)| text_of(dialect, name, kind))
            .collect();
        for part in self.parts() {
            let (table, condition, names) = PARTS[*part];
            let kinds = table.typed_columns();
            let cells: Vec<_> = names
                .iter()
                .map(|name| {
                    let kind = kinds.iter().find(|(known, _)| known == name);
                    text_of(dialect, name, kind.map_or(ColumnType::Text, |(_, kind)| *kind))
                })
                .collect();
            let (cells, table) = (cells.join(", "), table.name());
            columns.push(match dialect {
                Dialect::Sqlite => format!(
                    "(SELECT json_group_array(json_array({cells})) FROM (SELECT * FROM {table} \
                     WHERE call = calls.id{condition} ORDER BY position))"
                ),
                Dialect::Postgres => format!(
                    "(SELECT json_agg(json_build_array({cells}) ORDER BY position)::text \
                     FROM {table} WHERE call = calls.id{condition})"
                ),
            });
        }
        let mut wheres = Vec::new();
        let mut parameters = 0;
        let mut next = || {
            parameters += 1;
            parameters
        };
        let time = |at: usize| match dialect {
            Dialect::Sqlite => format!("?{at}"),
            Dialect::Postgres => format!("CAST(${at}::text AS timestamptz)"),
        };
        if self.since.is_some() {
            wheres.push(format!("started_at >= {}", time(next())));
        }
        if self.until.is_some() {
            wheres.push(format!("started_at < {}", time(next())));
        }
        if self.id.is_some() {
            let at = next();
            wheres.push(match dialect {
                Dialect::Sqlite => format!(
                    "(id = ?{at} OR call_id = ?{at} OR EXISTS (SELECT 1 FROM \
                     json_each(alternate_ids) WHERE value = ?{at}))"
                ),
                Dialect::Postgres => format!(
                    "(id = ${at}::text OR call_id = ${at}::text OR EXISTS (SELECT 1 FROM \
                     json_each_text(alternate_ids) WHERE value = ${at}::text))"
                ),
            });
        }
        match dialect {
            Dialect::Sqlite if !self.terms.is_empty() => wheres.push(format!(
                "id IN (SELECT search_calls.call FROM call_search JOIN search_calls \
                 ON search_calls.number = call_search.rowid WHERE call_search MATCH ?{})",
                next()
            )),
            Dialect::Postgres => wheres.extend(self.terms.iter().map(|_| {
                format!(
                    "to_tsvector('simple', concat_ws(E'\\n', summary, coalesce((SELECT \
                     string_agg(text, E'\\n' ORDER BY position) FROM turns WHERE call = calls.id), \
                     transcript_text))) @@ phraseto_tsquery('simple', ${}::text)",
                    next()
                )
            })),
            Dialect::Sqlite => {}
        }
        let wheres = match wheres.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", wheres.join(" AND ")),
        };
        format!("SELECT {} FROM calls{wheres}", columns.join(", "))
    }

    /// The names of the columns that come before the parts.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let names = Table::Calls.columns().into_iter();
        names.filter(|name| self.in_full || !UNUSED_IN_FIGURES.contains(name)).collect()
    }

    /// The values of the parameters.
    pub(crate) fn parameters(&self, dialect: Dialect) -> Vec<String> {
        let time = |at: &Option<Timestamp>| {
            at.map(|at| crate::sql_value::time_text(at).unwrap_or_else(|| at.to_rfc3339()))
        };
        let mut values: Vec<String> = time(&self.since).into_iter().collect();
        values.extend(time(&self.until));
        values.extend(self.id.clone());
        match dialect {
            Dialect::Sqlite if !self.terms.is_empty() => {
                let quoted = |term: &String| format!("\"{}\"", term.replace('"', "\"\""));
                values.push(self.terms.iter().map(quoted).collect::<Vec<_>>().join(" AND "));
            }
            Dialect::Postgres => values.extend(self.terms.iter().cloned()),
            Dialect::Sqlite => {}
        }
        values
    }

    /// The call of a row, with the arrays of its parts in the order of [`Self::parts`].
    pub(crate) fn call<'c>(
        &self,
        cells: &dyn Fn(&str) -> Option<Cow<'c, str>>,
        parts: &[Option<Cow<'_, str>>],
    ) -> Option<StoredCall> {
        let mut call = read_call(cells)?;
        let turns = TurnFigures::read(cells);
        if self.in_full {
            // The row has only the codes, and the first URL; their tables have all.
            call.warnings.clear();
            call.recordings.clear();
        }
        for (place, text) in self.parts().iter().zip(parts) {
            let rows = text.as_deref().filter(|text| *text != "[]");
            let rows: Vec<Vec<Value>> =
                rows.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            for row in &rows {
                add_part(&mut call, *place, row);
            }
        }
        if self.in_full {
            let json = |name: &str| cells(name).unwrap_or(Cow::Borrowed("{}"));
            call.alternate_ids = serde_json::from_str(&json("alternate_ids")).unwrap_or_default();
            call.analysis = serde_json::from_str(&json("analysis")).unwrap_or_default();
            call.metadata = serde_json::from_str(&json("metadata")).unwrap_or_default();
            call.facts = serde_json::from_str(&json("facts")).unwrap_or_default();
            let latency: Option<Vec<Latency>> =
                cells("latency").and_then(|text| serde_json::from_str(&text).ok());
            if let Some(latency) = latency {
                call.latency = latency;
            }
        }
        Some(StoredCall { call, turns })
    }
}

/// Columns that only calls in full have.
const UNUSED_IN_FIGURES: [&str; 6] =
    ["transcript_text", "latency", "analysis", "metadata", "facts", "alternate_ids"];

/// A column as text.
fn text_of(dialect: Dialect, name: &str, kind: ColumnType) -> String {
    match (dialect, kind) {
        (Dialect::Postgres, ColumnType::Time) => {
            let form = r#"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#;
            format!("to_char({name} AT TIME ZONE 'UTC', {form})")
        }
        (Dialect::Postgres, kind) if kind != ColumnType::Text => format!("{name}::text"),
        _ => name.to_owned(),
    }
}

/// Adds a row of a part to its call.
fn add_part(call: &mut Call, place: usize, row: &[Value]) {
    let (_, _, names) = PARTS[place];
    let cells = |name: &str| {
        let at = names.iter().position(|known| *known == name)?;
        match row.get(at)? {
            Value::Null => None,
            Value::String(text) => Some(Cow::Borrowed(text.as_str())),
            other => Some(Cow::Owned(other.to_string())),
        }
    };
    match place {
        0 => {
            if let (Some(cost), Some(part)) = (&mut call.cost, read_cost_part(&cells)) {
                cost.parts.push(part);
            }
        }
        1 => {
            if let (Some(cost), Some(total)) = (&mut call.cost, read_other_total(&cells)) {
                cost.other_totals.push(total);
            }
        }
        2 => call.transfers.push(read_transfer(&cells)),
        3 | 4 => call.transcript.turns.push(read_turn(&cells)),
        5 => call.warnings.push(read_warning(&cells)),
        _ => {
            let text = |name| cells(name).map(Cow::into_owned);
            call.recordings.push(Recording {
                url: text("url").unwrap_or_default(),
                media_type: text("media_type"),
                needs_auth: matches!(cells("needs_auth").as_deref(), Some("1" | "true")),
            });
        }
    }
}
