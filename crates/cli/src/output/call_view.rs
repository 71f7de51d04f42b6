//! One call in full, as text.

use super::{
    OutputStyle,
    call_table::{cost, duration, number},
    text::{sanitise_lines, wrap},
};
use anstyle::Style;
use callfold_unify::model::{Call, Party, Timestamp};
use std::{borrow::Cow, time::Duration};

/// Columns before the value.
const INDENT: usize = 16;

/// All fields of a call that have a value, one per line.
pub(crate) fn render(call: &Call, style: &OutputStyle) -> String {
    let mut view = CallText { text: String::new(), style };
    view.field("call", Some(call.id.to_string()));
    for (name, id) in &call.alternate_ids {
        view.field("also known as", Some(format!("{id} ({name})")));
    }
    view.field("organization", call.organization.as_ref().map(|it| entity(&it.id, &it.name)));
    view.field("agent", call.agent.as_ref().map(|agent| entity(&agent.id, &agent.name)));
    view.field("campaign", call.campaign.as_ref().map(|it| entity(&it.id, &it.name)));
    view.field("contact", call.contact_id.clone());
    view.field("direction", call.direction.as_ref().map(ToString::to_string));
    view.field("channel", call.channel.as_ref().map(ToString::to_string));
    view.field("from", call.from.as_ref().map(|party| person(party, style)));
    view.field("to", call.to.as_ref().map(|party| person(party, style)));
    view.field("status", Some(call.status.to_string()));
    view.field("disposition", call.disposition.as_ref().map(ToString::to_string));
    view.field("answered by", call.answered_by.as_ref().map(ToString::to_string));
    view.field(
        "end reason",
        call.end
            .as_ref()
            .map(|end| format!("{}, by {} (vendor: \"{}\")", end.kind, end.ended_by, end.raw)),
    );
    view.field("error", call.error_message.clone());
    view.times(call);
    view.field("cost", call.cost.as_ref().map(|total| cost(Some(total))));
    for part in call.cost.iter().flat_map(|cost| &cost.parts) {
        view.field("", Some(format!("{} {} {}", part.name, part.amount, part.unit)));
    }
    view.outcome(call);
    view.field("summary", call.summary.clone());
    for recording in &call.recordings {
        let key = if recording.needs_auth { " (needs the vendor's key)" } else { "" };
        view.field("recording", Some(format!("{}{key}", recording.url)));
    }
    view.transcript(call);
    for warning in &call.warnings {
        view.field(
            "warning",
            Some(format!("{} at {}: {}", warning.code, warning.pointer, warning.message)),
        );
    }
    view.text
}

fn entity(id: &Option<String>, name: &Option<String>) -> String {
    match (name, id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        _ => name.as_ref().or(id.as_ref()).cloned().unwrap_or_default(),
    }
}

fn person(party: &Party, style: &OutputStyle) -> String {
    let known = [
        party.number.as_ref().map(|_| number(Some(party), style)),
        party.name.clone(),
        party.email.clone(),
        party.role.as_ref().map(|role| format!("({role})")),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

struct CallText<'a> {
    text: String,
    style: &'a OutputStyle,
}

impl CallText<'_> {
    fn field(&mut self, name: &str, value: Option<String>) {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return;
        };
        let name = format!("{name:INDENT$}");
        if self.style.color {
            let bold = Style::new().bold();
            self.text.push_str(&format!("{}{name}{}", bold.render(), bold.render_reset()));
        } else {
            self.text.push_str(&name);
        }
        self.value(&sanitise_lines(&value));
    }

    /// Adds lines to the right of the names.
    fn value(&mut self, lines: &str) {
        let room = self.style.columns.map(|columns| columns.saturating_sub(INDENT).max(20));
        let lines = room.map_or(lines.into(), |room| Cow::from(wrap(lines, room, 2)));
        let indented = lines.replace('\n', &format!("\n{:INDENT$}", ""));
        self.text.push_str(indented.trim_end());
        self.text.push('\n');
    }

    fn times(&mut self, call: &Call) {
        let zone = self.style.zone;
        let time = |at: Option<Timestamp>| {
            at.map(|at| at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.f %Z").to_string())
        };
        self.field("created", time(call.created_at));
        self.field("started", time(call.started_at));
        self.field("dialing", time(call.dialing_at));
        self.field("ringing", time(call.ringing_at));
        self.field("answered", time(call.answered_at));
        self.field("ended", time(call.ended_at));
        self.field("duration", call.duration.map(|length| duration(Some(length))));
        self.field("talk time", call.talk_time.map(|length| duration(Some(length))));
        // Left out if it looks the same as the duration.
        let shown = duration(call.duration);
        let reported = call.reported_duration.map(|length| duration(Some(length)));
        self.field("reported", reported.filter(|reported| *reported != shown));
    }

    fn outcome(&mut self, call: &Call) {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        self.field("success", call.outcome.success.map(yes));
        self.field("label", call.outcome.label.clone());
        self.field("intent", call.outcome.intent.clone());
        self.field("appointment", call.outcome.appointment_booked.map(yes));
        self.field("sentiment", call.sentiment.as_ref().map(ToString::to_string));
    }

    fn transcript(&mut self, call: &Call) {
        let transcript = &call.transcript;
        if transcript.turns.is_empty() {
            let state = transcript.state.to_string();
            let elsewhere = transcript.url.as_ref().map(|url| format!("{state}: {url}"));
            self.field("transcript", transcript.text.clone().or(elsewhere).or(Some(state)));
            return;
        }
        let start = call.answered_at.or(call.started_at);
        let turns = transcript.turns.iter().map(|turn| {
            let at = turn.at.zip(start).map(|(at, start)| (at - start).num_milliseconds());
            let at = turn.offset_ms.or(at).and_then(|at| u64::try_from(at).ok());
            let at = duration(at.map(Duration::from_millis));
            format!("{at:>5}  {}: {}", turn.role, turn.text)
        });
        self.field("transcript", Some(turns.collect::<Vec<_>>().join("\n")));
    }
}
