//! What follows from the fields of a call, once a mapping has filled them.

use super::{ConnectionEvidence, party, time};
use crate::{Context, model::Call};

/// Fills the direction by the source's own numbers, both sides, the local start, and whether the
/// call connected.
pub(crate) fn finish(call: &mut Call, connection: ConnectionEvidence<'_>, context: &Context) {
    party::direction_by_own_numbers(call, context);
    party::fill_sides(call);
    call.started_at_local = time::local(call.started_at, context);
    connection.fill(call);
}
