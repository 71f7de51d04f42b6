//! Tables of what a call has several of. A row's key is the call's id and the
//! row's position in the call, from 0, which whoever writes a table adds.

use crate::{Column, Kind, Privacy, Value, calls::columns};
use callfold_unify::model::{CostPart, Turn, Warning};

/// Turns of a conversation, in the vendor's order.
pub const TURNS: &[Column<Turn>] = columns! {
    "role" Word foreign None "who speaks"
        => |turn| Value::text(turn.role.as_str()),
    "text" Text foreign Text "what is said"
        => |turn| Value::text(&turn.text),
    "at" Time ours None "when, by the vendor's clock, in UTC"
        => |turn| Value::time(turn.at),
    "offset_ms" Count ours None "milliseconds since pick-up, or the call's start where none is known, where the vendor counts from there"
        => |turn| Value::count(turn.offset_ms),
};

/// Components of a cost, as far as the vendor says.
pub const COST_PARTS: &[Column<CostPart>] = columns! {
    "name" Text foreign None "the vendor's name of the component"
        => |part| Value::text(&part.name),
    "amount" Decimal ours None "how much, exact, in `unit`"
        => |part| Value::Decimal(part.amount),
    "unit" Word ours None "an ISO 4217 code, `credits`, or `unspecified` where the vendor does not say"
        => |part| Value::text(part.unit.as_str()),
};

/// What was derived, assumed or dropped.
pub const WARNINGS: &[Column<Warning>] = columns! {
    "code" Word ours None "what kind of finding it is"
        => |warning| Value::text(warning.code.as_str()),
    "pointer" Text foreign None "JSON pointer (RFC 6901) into the vendor's record"
        => |warning| Value::text(&warning.pointer),
    "message" Text foreign None "what was found and what was done, without a person's data"
        => |warning| Value::text(&warning.message),
};
