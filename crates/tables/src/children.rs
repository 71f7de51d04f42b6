//! Tables with several rows per call. The key of a row, added by the writer of the table, is the
//! call's id and the row's position in the call, from 0.

use crate::{Column, Kind, Privacy, Value, calls::columns};
use callfold_unify::model::{CostPart, Turn, Warning};

/// Turns of a conversation, in the vendor's order.
pub const TURNS: &[Column<Turn>] = columns! {
    "role" Word external None "who speaks"
        => |turn| Value::text(turn.role.as_str()),
    "text" Text external Text "what is said"
        => |turn| Value::text(&turn.text),
    "at" Time model None "when, by the vendor's clock, in UTC"
        => |turn| Value::time(turn.at),
    "offset_ms" Count model None "milliseconds since pick-up, or the call's start where none is known, where the vendor counts from there"
        => |turn| Value::count(turn.offset_ms),
};

/// Components of a cost, as far as the vendor states them.
pub const COST_PARTS: &[Column<CostPart>] = columns! {
    "name" Text external None "the vendor's name of the component"
        => |part| Value::text(&part.name),
    "amount" Decimal model None "how much, exact, in `unit`"
        => |part| Value::Decimal(part.amount),
    "unit" Word model None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |part| Value::text(part.unit.as_str()),
};

/// What was derived, assumed or dropped.
pub const WARNINGS: &[Column<Warning>] = columns! {
    "code" Word model None "what kind of finding it is"
        => |warning| Value::text(warning.code.as_str()),
    "pointer" Text external None "JSON pointer (RFC 6901) into the vendor's record"
        => |warning| Value::text(&warning.pointer),
    "message" Text external None "what was found and what was done, without a person's data"
        => |warning| Value::text(&warning.message),
};
