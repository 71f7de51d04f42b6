//! Calls read back from Parquet: the columns that figures need.

use crate::{
    ExportError, ExportErrorKind,
    exported_call::{ExportedCall, FileSummary},
};
use arrow_array::{
    Array, BooleanArray, Decimal128Array, Float64Array, Int64Array, LargeStringArray, ListArray,
    RecordBatch, StringArray, StructArray, TimestampMicrosecondArray, cast::AsArray,
};
use callfold_tables::{
    CALLS, TurnFigures, read_call, read_cost_part, read_other_total, read_transfer, read_turn,
};
use chrono::{DateTime, SecondsFormat};
use parquet::{
    arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder},
    schema::types::SchemaDescriptor,
};
use rust_decimal::Decimal;
use std::{borrow::Cow, fs::File, path::Path};

/// Calls in memory at a time.
const BATCH: usize = 2_000;

/// Lists whose rows are read, and their columns.
const LISTS: [(&str, &[&str]); 5] = [
    ("cost_parts", &["kind", "amount", "amount_text", "unit"]),
    ("other_totals", &["amount", "amount_text", "unit"]),
    ("transfers", &["kind", "kind_raw", "status", "status_raw"]),
    ("turns", &["kind", "tool_id", "tool_name", "tool_ok"]),
    ("warnings", &["code"]),
];

pub(crate) fn read_parquet(
    file: File,
    path: &Path,
    visit: &mut dyn FnMut(ExportedCall),
) -> Result<FileSummary, ExportError> {
    let failed = |error: String| {
        let problem = format!("{} is not a Parquet file with calls: {error}", path.display());
        ExportError::new(ExportErrorKind::Io, problem, "export it again")
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file);
    let reader = reader.map_err(|error| failed(error.to_string()))?;
    if !reader.schema().fields().iter().any(|field| field.name() == "id") {
        return Err(failed("it has no column id".to_owned()));
    }
    let mask = ProjectionMask::leaves(reader.parquet_schema(), wanted(reader.parquet_schema()));
    let reader = reader.with_projection(mask).with_batch_size(BATCH).build();
    let mut read = FileSummary::default();
    for batch in reader.map_err(|error| failed(error.to_string()))? {
        let batch = batch.map_err(|error| failed(error.to_string()))?;
        for row in 0..batch.num_rows() {
            read.add(call(&batch, row), visit);
        }
    }
    Ok(read)
}

/// The places of the leaves that are read.
fn wanted(schema: &SchemaDescriptor) -> Vec<usize> {
    let is_wanted = |parts: &[String]| match parts {
        [name] => {
            CALLS.iter().any(|column| name.strip_suffix("_text").unwrap_or(name) == column.name)
        }
        [list, .., name] => {
            LISTS.iter().any(|(known, names)| list == known && names.contains(&&**name))
        }
        [] => false,
    };
    let leaves = schema.columns().iter().enumerate();
    leaves.filter(|(_, leaf)| is_wanted(leaf.path().parts())).map(|(at, _)| at).collect()
}

fn call(batch: &RecordBatch, row: usize) -> Option<ExportedCall> {
    let cells = |name: &str| text(batch.column_by_name(name)?, row);
    let mut call = read_call(&cells)?;
    let turns = TurnFigures::read(&cells);
    for (list, _) in LISTS {
        let Some(items) = batch.column_by_name(list).and_then(|column| items(column, row)) else {
            continue;
        };
        for item in 0..items.len() {
            let cells = |name: &str| text(items.column_by_name(name)?, item);
            match (list, &mut call.cost) {
                ("cost_parts", Some(cost)) => cost.parts.extend(read_cost_part(&cells)),
                ("other_totals", Some(cost)) => cost.other_totals.extend(read_other_total(&cells)),
                ("transfers", _) => call.transfers.push(read_transfer(&cells)),
                ("turns", _) => {
                    let turn = read_turn(&cells);
                    if turn.tool.is_some() {
                        call.transcript.turns.push(turn);
                    }
                }
                ("warnings", _) => call.warnings.push(callfold_tables::read_warning(&cells)),
                _ => {}
            }
        }
    }
    Some(ExportedCall { call, turns })
}

/// The items of a list in a row.
fn items(column: &dyn Array, row: usize) -> Option<StructArray> {
    let list: &ListArray = column.as_any().downcast_ref()?;
    list.is_valid(row).then(|| list.value(row).as_struct().clone())
}

/// A value as text.
fn text<'a>(column: &'a dyn Array, row: usize) -> Option<Cow<'a, str>> {
    if column.is_null(row) {
        return None;
    }
    let any = column.as_any();
    let owned = |text: String| Some(Cow::Owned(text));
    if let Some(column) = any.downcast_ref::<StringArray>() {
        Some(Cow::Borrowed(column.value(row)))
    } else if let Some(column) = any.downcast_ref::<LargeStringArray>() {
        Some(Cow::Borrowed(column.value(row)))
    } else if let Some(column) = any.downcast_ref::<Int64Array>() {
        owned(column.value(row).to_string())
    } else if let Some(column) = any.downcast_ref::<BooleanArray>() {
        owned(column.value(row).to_string())
    } else if let Some(column) = any.downcast_ref::<Float64Array>() {
        owned(column.value(row).to_string())
    } else if let Some(column) = any.downcast_ref::<TimestampMicrosecondArray>() {
        let at = DateTime::from_timestamp_micros(column.value(row))?;
        owned(at.to_rfc3339_opts(SecondsFormat::Micros, true))
    } else if let Some(column) = any.downcast_ref::<Decimal128Array>() {
        let scale = u32::try_from(column.scale()).ok()?;
        let number = Decimal::try_from_i128_with_scale(column.value(row), scale);
        // With more digits than a decimal has, those at the end are zeros.
        let number = number.ok().or_else(|| trimmed(column.value(row), scale))?;
        owned(number.normalize().to_string())
    } else {
        None
    }
}

fn trimmed(mut value: i128, mut scale: u32) -> Option<Decimal> {
    while scale > 0 && value % 10 == 0 {
        (value, scale) = (value / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(value, scale).ok()
}
