//! What follows from the fields of a call, once a mapping has filled them.

use super::{Connection, party};
use crate::{Context, model::Call};

/// Fills the direction by the source's own numbers, both sides, the local start, and whether the
/// call connected.
pub(crate) fn finish(call: &mut Call, connection: Connection<'_>, context: &Context) {
    party::direction_by_own_numbers(call, context);
    party::fill_sides(call);
    call.started_at_local = call
        .started_at
        .zip(context.time_zone)
        .map(|(at, zone)| at.with_timezone(&zone).fixed_offset());
    connection.fill(call);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CallId;

    #[test]
    fn start_is_given_in_the_time_zone_of_the_source() {
        let local = |at: &str, context: &Context| {
            let mut call = Call::new(CallId::new("vendor", "account", "1"));
            call.started_at = Some(at.parse().unwrap());
            finish(&mut call, Connection::default(), context);
            call.started_at_local.map(|at| at.to_rfc3339())
        };
        let context = Context::default();
        assert_eq!(local("2026-04-21T20:00:00Z", &context), None);
        let context = context.with_time_zone(chrono_tz::Europe::Berlin);
        let summer = local("2026-04-21T20:00:00Z", &context);
        assert_eq!(summer.as_deref(), Some("2026-04-21T22:00:00+02:00"));
        let winter = local("2026-01-21T23:30:00Z", &context);
        assert_eq!(winter.as_deref(), Some("2026-01-22T00:30:00+01:00"));
    }
}
