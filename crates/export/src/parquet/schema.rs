//! The columns of the files, and their types.

use super::{
    column_builder::ColumnBuilder,
    fields::{field, push_fields},
    list_column::ListColumn,
};
use crate::{EncodeError, json::write_json};
use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use callfold_tables::{
    CALLS, COST_PARTS, CellValue, Column, ColumnKind, OTHER_TOTALS, Privacy, TRANSFERS, TURNS,
    WARNINGS,
};
use callfold_unify::model::{Call, CostPart, CostTotal, Recording, Transfer, Turn, Warning};
use serde::Serialize;
use std::sync::Arc;

/// The version of the schema. It changes when a column changes its type or meaning, or is removed; a
/// new column at the end does not change it.
pub(super) const SCHEMA_VERSION: &str = "2";

pub(super) const RECORDINGS: &[Column<Recording>] = &[
    Column {
        name: "url",
        kind: ColumnKind::Text,
        external_text: true,
        privacy: Privacy::None,
        description: "the URL of the audio",
        value: |recording| CellValue::Text(recording.url.as_str().into()),
    },
    Column {
        name: "media_type",
        kind: ColumnKind::Word,
        external_text: true,
        privacy: Privacy::None,
        description: "the media type, if known",
        value: |recording| match recording.media_type.as_deref() {
            Some(text) => CellValue::Text(text.into()),
            None => CellValue::Null,
        },
    },
    Column {
        name: "needs_auth",
        kind: ColumnKind::Flag,
        external_text: false,
        privacy: Privacy::None,
        description: "whether the vendor's key is needed",
        value: |recording| CellValue::Flag(recording.needs_auth),
    },
];

/// Columns of nested values: their name and description.
pub(super) const JSON: [(&str, &str); 5] = [
    ("alternate_ids", "other ids of the call, by the vendor's name for them; a JSON object"),
    ("analysis", "the vendor's extraction; a JSON object"),
    ("metadata", "the caller's own keys; a JSON object"),
    ("facts", "what the record states that no other column holds; a JSON object"),
    ("latency", "response latency by stage, in milliseconds; a JSON array"),
];

pub(super) const TRANSCRIPT_TEXT: (&str, &str) =
    ("transcript_text", "the vendor's own running text");
pub(super) const RAW: (&str, &str) =
    ("raw", "the vendor's record, as JSON; only with the raw option");

/// Buffers calls as columns.
pub(super) struct RowBuffer {
    schema: SchemaRef,
    length: usize,
    calls: Vec<(&'static Column<Call>, ColumnBuilder)>,
    turns: ListColumn<Turn>,
    transfers: ListColumn<Transfer>,
    cost_parts: ListColumn<CostPart>,
    other_totals: ListColumn<CostTotal>,
    warnings: ListColumn<Warning>,
    recordings: ListColumn<Recording>,
    transcript: ColumnBuilder,
    json: [ColumnBuilder; JSON.len()],
    raw: Option<ColumnBuilder>,
    scratch: Vec<u8>,
}

impl RowBuffer {
    pub(super) fn new(raw: bool, omit: &[String]) -> Self {
        // Here, warnings are a list with more than their codes.
        let flat = CALLS.iter().filter(|column| column.name != "warnings");
        let flat = flat.filter(|column| omit.iter().all(|name| name != column.name));
        let mut rows = Self {
            schema: Arc::new(Schema::empty()),
            length: 0,
            calls: flat.map(|column| (column, ColumnBuilder::new(column.kind))).collect(),
            turns: ListColumn::new(TURNS),
            transfers: ListColumn::new(TRANSFERS),
            cost_parts: ListColumn::new(COST_PARTS),
            other_totals: ListColumn::new(OTHER_TOTALS),
            warnings: ListColumn::new(WARNINGS),
            recordings: ListColumn::new(RECORDINGS),
            transcript: ColumnBuilder::new(ColumnKind::Text),
            json: std::array::from_fn(|_| ColumnBuilder::new(ColumnKind::Text)),
            raw: raw.then(|| ColumnBuilder::new(ColumnKind::Text)),
            scratch: Vec::new(),
        };
        let mut fields = Vec::new();
        for (column, builder) in &rows.calls {
            let required = matches!(column.name, "id" | "vendor" | "account" | "call_id");
            push_fields(&mut fields, column, builder, !required);
        }
        fields
            .push(rows.turns.field("turns", "the turns of the transcript, in the vendor's order"));
        fields.push(
            rows.transfers.field("transfers", "hand-overs that were tried, in the vendor's order"),
        );
        fields.push(rows.cost_parts.field("cost_parts", "the components of the cost"));
        let about = "further totals in other units, which are not added to `cost_total`";
        fields.push(rows.other_totals.field("other_totals", about));
        fields.push(rows.warnings.field("warnings", "what was derived, assumed or dropped"));
        fields.push(rows.recordings.field("recordings", "all recordings of the call"));
        let texts = [TRANSCRIPT_TEXT].into_iter().chain(JSON).chain(raw.then_some(RAW));
        fields.extend(
            texts.map(|(name, description)| field(name, DataType::Utf8, true, description)),
        );
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

    /// The number of buffered calls.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The size of the buffered texts, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let json = self.json.iter().chain(&self.raw).chain([&self.transcript]);
        let calls = self.calls.iter().map(|(_, builder)| builder);
        json.chain(calls).map(ColumnBuilder::bytes).sum::<usize>() + self.turns.bytes()
    }

    pub(super) fn push(&mut self, call: &Call) -> Result<(), EncodeError> {
        for (column, builder) in &mut self.calls {
            builder.push((column.value)(call));
        }
        self.turns.push(&call.transcript.turns);
        self.transfers.push(&call.transfers);
        self.cost_parts.push(call.cost.as_ref().map_or(&[], |cost| &cost.parts));
        self.other_totals.push(call.cost.as_ref().map_or(&[], |cost| &cost.other_totals));
        self.warnings.push(&call.warnings);
        self.recordings.push(&call.recordings);
        let text = call.transcript.text.as_deref();
        self.transcript.push(text.map_or(CellValue::Null, |text| CellValue::Text(text.into())));
        let Self { json: [alternate_ids, analysis, metadata, facts, latency], scratch, .. } = self;
        push_json(alternate_ids, scratch, &call.alternate_ids, call.alternate_ids.is_empty())?;
        push_json(analysis, scratch, &call.analysis, call.analysis.is_empty())?;
        push_json(metadata, scratch, &call.metadata, call.metadata.is_empty())?;
        push_json(facts, scratch, &call.facts, call.facts.is_empty())?;
        push_json(latency, scratch, &call.latency, call.latency.is_empty())?;
        if let Some(raw) = &mut self.raw {
            let none = call.raw.get() == "null";
            push_json(raw, scratch, &call.raw, none)?;
        }
        self.length += 1;
        Ok(())
    }

    /// Takes the buffered columns, in the order of the schema.
    pub(super) fn take(&mut self) -> Result<Vec<ArrayRef>, EncodeError> {
        self.length = 0;
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for (_, builder) in &mut self.calls {
            columns.extend(builder.take().into_iter().flatten());
        }
        columns.push(self.turns.take()?);
        columns.push(self.transfers.take()?);
        columns.push(self.cost_parts.take()?);
        columns.push(self.other_totals.take()?);
        columns.push(self.warnings.take()?);
        columns.push(self.recordings.take()?);
        let texts = [&mut self.transcript].into_iter().chain(&mut self.json).chain(&mut self.raw);
        columns.extend(texts.flat_map(|builder| builder.take().into_iter().flatten()));
        Ok(columns)
    }
}

fn push_json<T: Serialize + ?Sized>(
    builder: &mut ColumnBuilder,
    scratch: &mut Vec<u8>,
    value: &T,
    empty: bool,
) -> Result<(), EncodeError> {
    if empty {
        builder.push(CellValue::Null);
        return Ok(());
    }
    scratch.clear();
    write_json(scratch, value)?;
    builder.push(CellValue::Text(String::from_utf8_lossy(scratch)));
    Ok(())
}

/// A column of the Parquet schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParquetField {
    /// Its name.
    pub name: String,
    /// Its type, as text.
    pub data_type: String,
    /// Its description.
    pub description: String,
}

/// The columns of the files, in their order, with the vendor's record or without.
pub fn parquet_fields(raw: bool) -> Vec<ParquetField> {
    let describe = |field: &Arc<Field>| ParquetField {
        name: field.name().clone(),
        data_type: type_name(field.data_type()),
        description: field.metadata().get("description").cloned().unwrap_or_default(),
    };
    RowBuffer::new(raw, &[]).schema.fields().iter().map(describe).collect()
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "string".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Timestamp(..) => "timestamp(µs, UTC)".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::List(element) => format!("list<{}>", type_name(element.data_type())),
        DataType::Struct(fields) => {
            let member = |f: &Arc<Field>| format!("{}: {}", f.name(), type_name(f.data_type()));
            format!("struct<{}>", fields.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
