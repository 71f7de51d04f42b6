//! Tables with several rows per call. The key of a row, added by the writer of the table, is the
//! call's id and the row's position in the call, from 0.

use crate::{
    CellValue, Column, ColumnKind, Privacy,
    calls::columns,
    value::{closed, unlisted},
};
use callfold_unify::model::{CostPart, CostTotal, Tool, Transfer, Turn, Warning};

/// Turns of a conversation, in the vendor's order.
pub const TURNS: &[Column<Turn>] = columns! {
    "role" Word model None "`agent`, `customer`, `tool`, `system` or `other`: who speaks"
        => |turn| closed!(Some(&turn.role)),
    "role_raw" Word external None "the vendor's label where `role` is `other`"
        => |turn| unlisted!(Some(&turn.role)),
    "kind" Word model None "`speech`, `tool_call` or `tool_result`"
        => |turn| closed!(Some(&turn.kind)),
    "text" Text external Text "what is said; empty for a tool without words"
        => |turn| CellValue::text(&turn.text),
    "tool_id" Word external None "the vendor's id of the tool's use, the same in a call and its result"
        => |turn| tool(turn, |tool| CellValue::word(tool.id.as_deref())),
    "tool_name" Word external None "the tool's name"
        => |turn| tool(turn, |tool| CellValue::word(tool.name.as_deref())),
    "tool_arguments" Text external Text "what was asked of the tool, as JSON"
        => |turn| tool(turn, |tool| CellValue::word(tool.arguments.as_ref().map(|json| json.get()))),
    "tool_result" Text external Text "what the tool returned, as JSON"
        => |turn| tool(turn, |tool| CellValue::word(tool.result.as_ref().map(|json| json.get()))),
    "tool_ok" Flag model None "whether the tool worked"
        => |turn| tool(turn, |tool| CellValue::flag(tool.ok)),
    "tool_duration_ms" Millis model None "how long the tool took, in milliseconds"
        => |turn| tool(turn, |tool| CellValue::millis(tool.duration)),
    "at" Time model None "when, by the vendor's clock, in UTC"
        => |turn| CellValue::time(turn.at),
    "offset_ms" Count model None "milliseconds since pick-up, or the call's start where none is known, where the vendor counts from there"
        => |turn| CellValue::count(turn.offset_ms),
    "end_offset_ms" Count model None "when it was over, counted as `offset_ms` is"
        => |turn| CellValue::count(turn.end_offset_ms),
    "interrupted" Flag model None "whether the other side cut it off"
        => |turn| CellValue::flag(turn.interrupted),
    "latency_ms" Number model None "how long the other side waited for it, in milliseconds"
        => |turn| CellValue::number_of(turn.latency_ms),
};

fn tool<'a>(turn: &'a Turn, value: impl FnOnce(&'a Tool) -> CellValue<'a>) -> CellValue<'a> {
    turn.tool.as_ref().map_or(CellValue::Null, value)
}

/// Hand-overs that were tried, in the vendor's order.
pub const TRANSFERS: &[Column<Transfer>] = columns! {
    "to_number" Text external Number "where to: a number, E.164 where it can be, or the vendor's name of the target"
        => |transfer| CellValue::word(transfer.to.as_ref().map(|to| to.as_str())),
    "kind" Word model None "`cold`, `warm` or `other`"
        => |transfer| closed!(transfer.kind.as_ref()),
    "kind_raw" Word external None "the vendor's word where `kind` is `other`"
        => |transfer| unlisted!(transfer.kind.as_ref()),
    "status" Word model None "what came of it"
        => |transfer| closed!(transfer.status.as_ref()),
    "status_raw" Word external None "the vendor's word where `status` is `other`"
        => |transfer| unlisted!(transfer.status.as_ref()),
    "at" Time model None "when it was tried, in UTC"
        => |transfer| CellValue::time(transfer.at),
};

/// Components of a cost, as far as the vendor states them.
pub const COST_PARTS: &[Column<CostPart>] = columns! {
    "name" Text external None "the vendor's name of the component"
        => |part| CellValue::text(&part.name),
    "kind" Word model None "`llm`, `tts`, `stt`, `telephony`, `platform` or `other`: what was paid for"
        => |part| closed!(Some(&part.kind)),
    "amount" Decimal model None "how much, exact, in `unit`"
        => |part| CellValue::Decimal(part.amount),
    "unit" Word model None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |part| CellValue::text(part.unit.as_str()),
};

/// Further totals of the same call in other units; they are not added to `cost_total`.
pub const OTHER_TOTALS: &[Column<CostTotal>] = columns! {
    "amount" Decimal model None "how much, exact, in `unit`"
        => |total| CellValue::Decimal(total.amount),
    "unit" Word model None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |total| CellValue::text(total.unit.as_str()),
};

/// What was derived, assumed or dropped.
pub const WARNINGS: &[Column<Warning>] = columns! {
    "code" Word model None "what kind of finding it is"
        => |warning| CellValue::text(warning.code.as_str()),
    "pointer" Text external None "JSON pointer (RFC 6901) into the vendor's record"
        => |warning| CellValue::text(&warning.pointer),
    "message" Text external None "what was found and what was done, without a person's data"
        => |warning| CellValue::text(&warning.message),
};
