//! The streams: their fields, keys and schemas, and the rows of a call in each.

use callfold_sync::{content_hash, text_hash};
use callfold_tables::{CALLS, COST_PARTS, CellValue, Column, ColumnKind, TURNS, WARNINGS};
use callfold_unify::{
    RejectedRecord, json,
    model::{Call, Timestamp},
};
use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Value, json as json_value, value::RawValue};
use std::collections::BTreeSet;

/// A stream of records of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// One record per call.
    Calls,
    /// The turns of each conversation.
    Turns,
    /// The components of each cost.
    CostParts,
    /// What was derived, assumed or dropped.
    Warnings,
    /// Records that are not calls, as they have no usable id.
    SetAside,
}

/// The field with the time at which a record was read: it only grows, so that the newest version of
/// a record is the one to keep.
pub(crate) const READ_AT: &str = "read_at";

/// A field of a stream.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: ColumnKind,
    description: String,
}

/// The rows of one batch, each a JSON object as text.
pub(crate) type Rows = Vec<(Stream, Vec<u8>)>;

impl Stream {
    /// All streams.
    pub(crate) const ALL: [Self; 5] =
        [Self::Calls, Self::Turns, Self::CostParts, Self::Warnings, Self::SetAside];

    /// The name of the stream.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Turns => "turns",
            Self::CostParts => "cost_parts",
            Self::Warnings => "warnings",
            Self::SetAside => "set_aside",
        }
    }

    /// The stream with this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }

    /// The fields that identify a record.
    pub(crate) const fn primary_key(self) -> &'static [&'static str] {
        match self {
            Self::Calls => &["id"],
            Self::SetAside => &["vendor", "account", "hash"],
            _ => &["call", "position"],
        }
    }

    /// The fields, in the order of the records; with `raw` also those that hold a vendor's record.
    pub(crate) fn fields(self, raw: bool) -> Vec<Field> {
        let field = |name, kind, description: &str| Field {
            name,
            kind,
            description: description.to_owned(),
        };
        let mut fields = match self {
            Self::Calls => fields_of(CALLS),
            Self::SetAside => vec![
                field("vendor", ColumnKind::Word, "the vendor's name"),
                field("account", ColumnKind::Word, "the name the user gave the source"),
                field("hash", ColumnKind::Text, "the hash of the record"),
                field("reason", ColumnKind::Text, "why it is not a call, without any value of it"),
            ],
            _ => {
                let mut fields = vec![
                    field(
                        "call",
                        ColumnKind::Text,
                        "the key of the call: `id` of the stream calls",
                    ),
                    field("position", ColumnKind::Count, "the row's position in the call, from 0"),
                ];
                fields.extend(match self {
                    Self::Turns => fields_of(TURNS),
                    Self::CostParts => fields_of(COST_PARTS),
                    _ => fields_of(WARNINGS),
                });
                fields
            }
        };
        match self {
            Self::Calls if raw => {
                fields.push(field("raw", ColumnKind::Text, "the vendor's record, as JSON text"))
            }
            Self::SetAside if raw => {
                fields.push(field("record", ColumnKind::Text, "the vendor's record, as JSON text"));
            }
            _ => {}
        }
        fields.push(field(
            READ_AT,
            ColumnKind::Time,
            "when this version of the record was read, in UTC",
        ));
        fields
    }

    /// The JSON Schema of a record. Money and other decimals are strings, so that no engine rounds
    /// them.
    pub(crate) fn json_schema(self, raw: bool) -> Value {
        let is_key = |name: &str| name == READ_AT || self.primary_key().contains(&name);
        let property = |field: Field| {
            let kind = match field.kind {
                ColumnKind::Millis | ColumnKind::Count => "integer",
                ColumnKind::Number => "number",
                ColumnKind::Flag => "boolean",
                _ => "string",
            };
            let kind = match is_key(field.name) {
                true => json_value!(kind),
                false => json_value!(["null", kind]),
            };
            let mut property = json_value!({ "type": kind, "description": field.description });
            if field.kind == ColumnKind::Time {
                property["format"] = "date-time".into();
            }
            (field.name.to_owned(), property)
        };
        let properties: serde_json::Map<_, _> =
            self.fields(raw).into_iter().map(property).collect();
        json_value!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": properties,
        })
    }
}

fn fields_of<T>(columns: &[Column<T>]) -> Vec<Field> {
    let field = |column: &Column<T>| Field {
        name: column.name,
        kind: column.kind,
        description: column.description.to_owned(),
    };
    columns.iter().map(field).collect()
}

/// A selected stream.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub(crate) stream: Stream,
    /// Whether to ignore the state and read everything.
    pub(crate) full_refresh: bool,
    /// The fields to send beside those that are always sent; `None` for all.
    pub(crate) fields: Option<BTreeSet<String>>,
}

impl Selected {
    pub(crate) fn all(stream: Stream) -> Self {
        Self { stream, full_refresh: false, fields: None }
    }

    /// Whether records have the field.
    pub(crate) fn has(&self, name: &str) -> bool {
        name == READ_AT
            || self.stream.primary_key().contains(&name)
            || self.fields.as_ref().is_none_or(|fields| fields.contains(name))
    }
}

/// The rows of a call in the selected streams.
pub(crate) fn call_rows(call: &Call, selected: &[Selected], raw: bool, read_at: Timestamp) -> Rows {
    let mut rows = Vec::new();
    for selected in selected {
        let stream = selected.stream;
        let mut add = |write: &WriteRow<'_>| {
            let mut row = RowWriter::new(Some(selected));
            write(&mut row);
            rows.push((stream, row.finish(read_at)));
        };
        match stream {
            Stream::Calls => add(&|row| {
                row.columns(CALLS, call);
                if raw && call.raw.get() != RawValue::NULL.get() {
                    row.value("raw", call.raw.get());
                }
            }),
            Stream::Turns => children(call, TURNS, &call.transcript.turns, &mut add),
            Stream::CostParts => {
                let parts = call.cost.as_ref().map_or(&[][..], |cost| &cost.parts);
                children(call, COST_PARTS, parts, &mut add);
            }
            Stream::Warnings => children(call, WARNINGS, &call.warnings, &mut add),
            Stream::SetAside => {}
        }
    }
    rows
}

/// Writes the fields of a row.
type WriteRow<'a> = dyn Fn(&mut RowWriter<'_>) + 'a;

/// Adds a row for each child of a call.
fn children<T>(
    call: &Call,
    columns: &[Column<T>],
    children: &[T],
    add: &mut dyn FnMut(&WriteRow<'_>),
) {
    let id = call.id.to_string();
    for (position, child) in children.iter().enumerate() {
        add(&|row| {
            row.value("call", &id);
            row.value("position", &position);
            row.columns(columns, child);
        });
    }
}

/// The row of a record that is not a call.
pub(crate) fn rejected_row(
    record: &RejectedRecord,
    selected: &Selected,
    raw: bool,
    read_at: Timestamp,
) -> Vec<u8> {
    let mut row = RowWriter::new(Some(selected));
    row.value("vendor", record.vendor);
    row.value("account", &record.account);
    row.value("hash", &hex(&text_hash(record.raw.get())));
    row.value("reason", &record.reason);
    if raw {
        row.value("record", record.raw.get());
    }
    row.finish(read_at)
}

/// The version of a call: another content has another number. The signature of a link is no content.
pub(crate) fn call_version(call: &Call) -> u64 {
    let mut content = RowWriter::new(None);
    content.columns(CALLS, call);
    let mut add = |write: &WriteRow<'_>| write(&mut content);
    children(call, TURNS, &call.transcript.turns, &mut add);
    let parts = call.cost.as_ref().map_or(&[][..], |cost| &cost.parts);
    children(call, COST_PARTS, parts, &mut add);
    children(call, WARNINGS, &call.warnings, &mut add);
    if call.raw.get() != RawValue::NULL.get() {
        content.value("raw", &hex(&content_hash(&call.id.vendor, call.raw.get())));
    }
    version(&text_hash(&String::from_utf8_lossy(&content.text)))
}

/// The version of a call as its list has it, before details are added: never one of
/// [`call_version`].
pub(crate) fn list_version(call: &Call) -> u64 {
    !call_version(call)
}

/// Stands for all versions of a call.
pub(crate) fn id_version(call: &Call) -> u64 {
    version(&text_hash(&format!("id {}", call.id)))
}

/// The version of a record that is not a call.
pub(crate) fn rejected_version(record: &RejectedRecord) -> u64 {
    version(&text_hash(record.raw.get()))
}

fn version(hash: &[u8; 16]) -> u64 {
    hash.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The URL columns whose links a vendor may sign newly in each response.
const LINKS: [&str; 2] = ["recording_url", "transcript_url"];

/// Writes a row as a JSON object; without a selection, its content for comparison.
struct RowWriter<'a> {
    text: Vec<u8>,
    selected: Option<&'a Selected>,
}

impl<'a> RowWriter<'a> {
    fn new(selected: Option<&'a Selected>) -> Self {
        Self { text: Vec::with_capacity(2 << 10), selected }
    }

    fn columns<T>(&mut self, columns: &[Column<T>], row: &T) {
        for column in columns {
            if self.selected.is_none_or(|selected| selected.has(column.name)) {
                self.cell(column.name, (column.value)(row));
            }
        }
    }

    fn cell(&mut self, name: &str, value: CellValue<'_>) {
        match value {
            CellValue::Null => self.write(name, &()),
            CellValue::Text(text) if self.selected.is_none() && LINKS.contains(&name) => {
                self.write(name, text.split(['?', '#']).next().unwrap_or_default());
            }
            CellValue::Millis(number) => self.write(name, &number),
            CellValue::Flag(flag) => self.write(name, &flag),
            CellValue::Count(number) => self.write(name, &number),
            CellValue::Number(number) => self.write(name, &number),
            // Decimals too: as strings they stay exact.
            other => self.write(name, &other.into_text()),
        }
    }

    /// Writes a field that is no column, if it is selected.
    fn value(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        if self.selected.is_none_or(|selected| selected.has(name)) {
            self.write(name, value);
        }
    }

    fn write(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.text.push(if self.text.is_empty() { b'{' } else { b',' });
        // Writing to memory cannot fail, and all values serialise.
        let _ = json::write(&mut self.text, name);
        self.text.push(b':');
        let _ = json::write(&mut self.text, value);
    }

    fn finish(mut self, read_at: Timestamp) -> Vec<u8> {
        self.write(READ_AT, &read_at.to_rfc3339_opts(SecondsFormat::Millis, true));
        self.text.push(b'}');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::CallId;

    fn fields(rows: &Rows) -> Vec<Vec<String>> {
        let names = |row: &[u8]| {
            let row: serde_json::Map<String, Value> = serde_json::from_slice(row).unwrap();
            row.into_iter().map(|(name, _)| name).collect()
        };
        rows.iter().map(|(_, row)| names(row)).collect()
    }

    #[test]
    fn record_has_the_fields_of_its_schema() {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        call.raw = RawValue::from_string("{}".to_owned()).unwrap();
        for raw in [false, true] {
            let rows = call_rows(&call, &[Selected::all(Stream::Calls)], raw, Timestamp::MIN_UTC);
            let schema = Stream::Calls.json_schema(raw);
            let mut names: Vec<_> =
                schema["properties"].as_object().unwrap().keys().cloned().collect();
            let mut found = fields(&rows)[0].clone();
            names.sort();
            found.sort();
            assert_eq!(found, names);
        }
    }

    #[test]
    fn fields_that_are_not_selected_are_left_out_but_for_keys() {
        let selected =
            Selected { fields: Some(["status".to_owned()].into()), ..Selected::all(Stream::Calls) };
        let call = Call::new(CallId::new("acme", "a", "1"));
        let rows = call_rows(&call, &[selected], true, Timestamp::MIN_UTC);
        let mut found = fields(&rows)[0].clone();
        found.sort();
        assert_eq!(found, ["id", "read_at", "status"]);
    }

    #[test]
    fn new_signature_of_a_link_is_the_same_version_and_another_status_is_not() {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        call.transcript.url = Some("https://a.example/t?signature=1".to_owned());
        let first = call_version(&call);
        call.transcript.url = Some("https://a.example/t?signature=2".to_owned());
        assert_eq!(call_version(&call), first);
        call.status = "ended".into();
        assert_ne!(call_version(&call), first);
    }
}
