//! What columns there are, and of what type.

use super::{cells::Cells, list::List};
use crate::{EncodeError, json::write_json};
use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use callfold_tables::{CALLS, COST_PARTS, Column, Kind, Privacy, TURNS, Value, WARNINGS};
use callfold_unify::model::{Call, CostPart, Recording, Turn, Warning};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc};

/// The version of the schema: it changes when a column changes its type or
/// its meaning, or goes. A new column comes last and leaves it as it is.
pub(super) const SCHEMA_VERSION: &str = "1";

pub(super) const RECORDINGS: &[Column<Recording>] = &[
    Column {
        name: "url",
        kind: Kind::Text,
        foreign: true,
        privacy: Privacy::None,
        about: "where it can be fetched",
        value: |recording| Value::Text(recording.url.as_str().into()),
    },
    Column {
        name: "media_type",
        kind: Kind::Word,
        foreign: true,
        privacy: Privacy::None,
        about: "the media type, where it is known",
        value: |recording| match recording.media_type.as_deref() {
            Some(text) => Value::Text(text.into()),
            None => Value::Null,
        },
    },
    Column {
        name: "needs_auth",
        kind: Kind::Flag,
        foreign: false,
        privacy: Privacy::None,
        about: "whether the vendor's key is needed",
        value: |recording| Value::Flag(recording.needs_auth),
    },
];

/// Columns of what a call has no flat value for: their name and meaning.
pub(super) const JSON: [(&str, &str); 4] = [
    ("alternate_ids", "other ids of the call, by the vendor's name for them; a JSON object"),
    ("analysis", "the vendor's extraction; a JSON object"),
    ("metadata", "the caller's keys and the vendor's remaining facts; a JSON object"),
    ("latency", "response latency by stage, in milliseconds; a JSON array"),
];

pub(super) const TRANSCRIPT_TEXT: (&str, &str) =
    ("transcript_text", "the vendor's own running text");
pub(super) const RAW: (&str, &str) =
    ("raw", "the vendor's record, as JSON; only with the raw option");

/// Gathers calls as columns.
pub(super) struct Rows {
    schema: SchemaRef,
    length: usize,
    calls: Vec<(&'static Column<Call>, Cells)>,
    turns: List<Turn>,
    cost_parts: List<CostPart>,
    warnings: List<Warning>,
    recordings: List<Recording>,
    transcript: Cells,
    json: [Cells; JSON.len()],
    raw: Option<Cells>,
    scratch: Vec<u8>,
}

impl Rows {
    pub(super) fn new(raw: bool, omit: &[String]) -> Self {
        // The table has codes only; here the warnings are a list.
        let flat = CALLS.iter().filter(|column| column.name != "warnings");
        let flat = flat.filter(|column| omit.iter().all(|name| name != column.name));
        let mut rows = Self {
            schema: Arc::new(Schema::empty()),
            length: 0,
            calls: flat.map(|column| (column, Cells::new(column.kind))).collect(),
            turns: List::new(TURNS),
            cost_parts: List::new(COST_PARTS),
            warnings: List::new(WARNINGS),
            recordings: List::new(RECORDINGS),
            transcript: Cells::new(Kind::Text),
            json: std::array::from_fn(|_| Cells::new(Kind::Text)),
            raw: raw.then(|| Cells::new(Kind::Text)),
            scratch: Vec::new(),
        };
        let mut fields = Vec::new();
        for (column, cells) in &rows.calls {
            let required = matches!(column.name, "id" | "vendor" | "account" | "call_id");
            push_fields(&mut fields, column, cells, !required);
        }
        fields.push(rows.turns.field("turns", "what was said, in the vendor's order"));
        fields.push(rows.cost_parts.field("cost_parts", "what the cost is made of"));
        fields.push(rows.warnings.field("warnings", "what was derived, assumed or dropped"));
        fields.push(rows.recordings.field("recordings", "all recordings of the call"));
        let texts = [TRANSCRIPT_TEXT].into_iter().chain(JSON).chain(raw.then_some(RAW));
        fields.extend(texts.map(|(name, about)| field(name, DataType::Utf8, true, about)));
        rows.schema = Arc::new(Schema::new(fields));
        rows
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The flat columns.
    pub(super) fn flat(&self) -> impl Iterator<Item = &'static Column<Call>> {
        self.calls.iter().map(|(column, _)| *column)
    }

    /// How many calls are gathered.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// How many bytes the larger texts have that are gathered.
    pub(super) fn bytes(&self) -> usize {
        let json = self.json.iter().chain(&self.raw).chain([&self.transcript]);
        let calls = self.calls.iter().map(|(_, cells)| cells);
        json.chain(calls).map(Cells::bytes).sum::<usize>() + self.turns.bytes()
    }

    pub(super) fn push(&mut self, call: &Call) -> Result<(), EncodeError> {
        for (column, cells) in &mut self.calls {
            cells.push((column.value)(call));
        }
        self.turns.push(&call.transcript.turns);
        self.cost_parts.push(call.cost.as_ref().map_or(&[], |cost| &cost.parts));
        self.warnings.push(&call.warnings);
        self.recordings.push(&call.recordings);
        let text = call.transcript.text.as_deref();
        self.transcript.push(text.map_or(Value::Null, |text| Value::Text(text.into())));
        let Self { json: [alternate_ids, analysis, metadata, latency], scratch, .. } = self;
        push_json(alternate_ids, scratch, &call.alternate_ids, call.alternate_ids.is_empty())?;
        push_json(analysis, scratch, &call.analysis, call.analysis.is_empty())?;
        push_json(metadata, scratch, &call.metadata, call.metadata.is_empty())?;
        push_json(latency, scratch, &call.latency, call.latency.is_empty())?;
        if let Some(raw) = &mut self.raw {
            let none = call.raw.get() == "null";
            push_json(raw, scratch, &call.raw, none)?;
        }
        self.length += 1;
        Ok(())
    }

    /// The columns of what was gathered, in the order of the schema.
    pub(super) fn take(&mut self) -> Result<Vec<ArrayRef>, EncodeError> {
        self.length = 0;
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for (_, cells) in &mut self.calls {
            columns.extend(cells.take().into_iter().flatten());
        }
        columns.push(self.turns.take()?);
        columns.push(self.cost_parts.take()?);
        columns.push(self.warnings.take()?);
        columns.push(self.recordings.take()?);
        let texts = [&mut self.transcript].into_iter().chain(&mut self.json).chain(&mut self.raw);
        columns.extend(texts.flat_map(|cells| cells.take().into_iter().flatten()));
        Ok(columns)
    }
}

fn push_json<T: Serialize + ?Sized>(
    cells: &mut Cells,
    scratch: &mut Vec<u8>,
    value: &T,
    empty: bool,
) -> Result<(), EncodeError> {
    if empty {
        cells.push(Value::Null);
        return Ok(());
    }
    scratch.clear();
    write_json(scratch, value)?;
    cells.push(Value::Text(String::from_utf8_lossy(scratch)));
    Ok(())
}

/// The field of a column, and of the one beside it.
pub(super) fn push_fields<T>(
    fields: &mut Vec<Field>,
    column: &Column<T>,
    cells: &Cells,
    nullable: bool,
) {
    fields.push(field(column.name, cells.data_type(), nullable, column.about));
    if let Cells::Decimal(..) = cells {
        let about = format!("`{}` in full where it does not fit there", column.name);
        fields.push(field(&format!("{}_text", column.name), DataType::Utf8, true, &about));
    }
}

pub(super) fn field(name: &str, data_type: DataType, nullable: bool, about: &str) -> Field {
    let metadata = HashMap::from([("description".to_owned(), about.to_owned())]);
    Field::new(name, data_type, nullable).with_metadata(metadata)
}

/// A column of the Parquet schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetField {
    /// Its name.
    pub name: String,
    /// Its type, in words.
    pub data_type: String,
    /// What it means.
    pub about: String,
}

/// The columns of the files, in their order, with the vendor's record or without.
pub fn parquet_fields(raw: bool) -> Vec<ParquetField> {
    let describe = |field: &Arc<Field>| ParquetField {
        name: field.name().clone(),
        data_type: in_words(field.data_type()),
        about: field.metadata().get("description").cloned().unwrap_or_default(),
    };
    Rows::new(raw, &[]).schema.fields().iter().map(describe).collect()
}

fn in_words(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "string".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "timestamp(µs, UTC)".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::List(element) => format!("list<{}>", in_words(element.data_type())),
        DataType::Struct(fields) => {
            let member = |f: &Arc<Field>| format!("{}: {}", f.name(), in_words(f.data_type()));
            format!("struct<{}>", fields.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
