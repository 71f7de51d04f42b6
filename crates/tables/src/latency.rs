//! The agent's response time from end to end.

use callfold_unify::model::{Call, Latency};

/// The names that vendors give the stage from the customer's last word to the agent's first.
const END_TO_END: [&str; 6] = ["e2e", "end_to_end", "e2e_latency", "total", "response", "turn"];

/// A percentile in milliseconds: as the vendor states it, or else of the turns, by the nearest rank;
/// `None` where neither is known.
pub(crate) fn percentile(call: &Call, percent: u8) -> Option<f64> {
    let stage = END_TO_END.iter().find_map(|name| stage(call, name));
    let stated = stage.and_then(|stage| if percent == 50 { stage.p50 } else { stage.p95 });
    stated.or_else(|| of_turns(call, percent))
}

fn stage<'a>(call: &'a Call, name: &str) -> Option<&'a Latency> {
    call.latency.iter().find(|latency| latency.stage.eq_ignore_ascii_case(name))
}

fn of_turns(call: &Call, percent: u8) -> Option<f64> {
    let turns = call.transcript.turns.iter();
    let mut lengths: Vec<f64> = turns.filter_map(|turn| turn.latency_ms).collect();
    lengths.sort_unstable_by(f64::total_cmp);
    let rank = (lengths.len() * usize::from(percent)).div_ceil(100);
    lengths.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::{CallId, Speaker, Turn};

    #[test]
    fn percentile_is_the_vendors_or_that_of_the_turns() {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        assert_eq!(percentile(&call, 50), None);
        let turn = |latency_ms| Turn { latency_ms, ..Turn::speech(Speaker::Agent, "") };
        call.transcript.turns = [900.0, 100.0, 300.5, 200.0].map(|ms| turn(Some(ms))).to_vec();
        call.transcript.turns.push(turn(None));
        assert_eq!((percentile(&call, 50), percentile(&call, 95)), (Some(200.0), Some(900.0)));
        let mut stage = Latency::stage("E2E");
        stage.p50 = Some(812.5);
        call.latency = vec![Latency::stage("llm"), stage];
        assert_eq!((percentile(&call, 50), percentile(&call, 95)), (Some(812.5), Some(900.0)));
    }
}
