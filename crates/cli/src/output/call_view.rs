//! One call in full, for a person.

use super::{
    Look,
    call_table::{cost, duration, number},
    text::sanitise_lines,
};
use anstyle::Style;
use callfold_unify::model::{Call, Entity, Party, Timestamp};
use chrono::SecondsFormat;

/// Columns before the value.
const INDENT: usize = 16;

/// Everything that is known about a call, a line a fact; what is not known is
/// left out.
pub(crate) fn render(call: &Call, look: &Look) -> String {
    let mut view = View { text: String::new(), look };
    view.fact("call", Some(call.id.to_string()));
    for (name, id) in &call.alternate_ids {
        view.fact("also known as", Some(format!("{id} ({name})")));
    }
    view.fact("organization", call.organization.as_ref().map(entity));
    view.fact("agent", call.agent.as_ref().map(entity));
    view.fact("campaign", call.campaign.as_ref().map(entity));
    view.fact("contact", call.contact_id.clone());
    view.fact("direction", call.direction.as_ref().map(ToString::to_string));
    view.fact("channel", call.channel.as_ref().map(ToString::to_string));
    view.fact("from", call.from.as_ref().map(|party| person(party, look)));
    view.fact("to", call.to.as_ref().map(|party| person(party, look)));
    view.fact("status", Some(call.status.to_string()));
    view.fact("disposition", call.disposition.as_ref().map(ToString::to_string));
    view.fact("answered by", call.answered_by.as_ref().map(ToString::to_string));
    view.fact(
        "end reason",
        call.end.as_ref().map(|end| {
            format!("{}, by {} (the vendor's word: {})", end.kind, end.ended_by, end.raw)
        }),
    );
    view.fact("error", call.error_message.clone());
    view.times(call);
    view.fact("cost", call.cost.as_ref().map(|total| cost(Some(total))));
    for part in call.cost.iter().flat_map(|cost| &cost.parts) {
        view.fact("", Some(format!("{} {} {}", part.name, part.amount, part.unit)));
    }
    view.outcome(call);
    view.fact("summary", call.summary.clone());
    for recording in &call.recordings {
        let key = if recording.needs_auth { " (needs the vendor's key)" } else { "" };
        view.fact("recording", Some(format!("{}{key}", recording.url)));
    }
    view.transcript(call);
    for warning in &call.warnings {
        view.fact(
            "warning",
            Some(format!("{} at {}: {}", warning.code, warning.pointer, warning.message)),
        );
    }
    view.text
}

fn entity(entity: &Entity) -> String {
    match (&entity.name, &entity.id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (name, id) => name.as_ref().or(id.as_ref()).cloned().unwrap_or_default(),
    }
}

fn person(party: &Party, look: &Look) -> String {
    let known = [
        party.number.as_ref().map(|_| number(Some(party), look)),
        party.name.clone(),
        party.email.clone(),
        party.role.as_ref().map(|role| format!("({role})")),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

struct View<'a> {
    text: String,
    look: &'a Look,
}

impl View<'_> {
    fn fact(&mut self, name: &str, value: Option<String>) {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return;
        };
        let name = format!("{name:INDENT$}");
        if self.look.color {
            let bold = Style::new().bold();
            self.text.push_str(&format!("{}{name}{}", bold.render(), bold.render_reset()));
        } else {
            self.text.push_str(&name);
        }
        let indented = sanitise_lines(&value).replace('\n', &format!("\n{:INDENT$}", ""));
        self.text.push_str(indented.trim_end());
        self.text.push('\n');
    }

    fn times(&mut self, call: &Call) {
        let time =
            |at: Option<Timestamp>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        self.fact("created", time(call.created_at));
        self.fact("started", time(call.started_at));
        self.fact("dialing", time(call.dialing_at));
        self.fact("ringing", time(call.ringing_at));
        self.fact("answered", time(call.answered_at));
        self.fact("ended", time(call.ended_at));
        self.fact("duration", call.duration.map(|length| duration(Some(length))));
        self.fact("talk time", call.talk_time.map(|length| duration(Some(length))));
        // What a person would see twice is left out.
        let shown = duration(call.duration);
        let reported = call.reported_duration.map(|length| duration(Some(length)));
        self.fact("reported", reported.filter(|reported| *reported != shown));
    }

    fn outcome(&mut self, call: &Call) {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        self.fact("success", call.outcome.success.map(yes));
        self.fact("label", call.outcome.label.clone());
        self.fact("intent", call.outcome.intent.clone());
        self.fact("appointment", call.outcome.appointment_booked.map(yes));
        self.fact("sentiment", call.sentiment.as_ref().map(ToString::to_string));
    }

    fn transcript(&mut self, call: &Call) {
        let transcript = &call.transcript;
        if transcript.turns.is_empty() {
            let state = transcript.state.to_string();
            let elsewhere = transcript.url.as_ref().map(|url| format!("{state}: {url}"));
            self.fact("transcript", transcript.text.clone().or(elsewhere).or(Some(state)));
            return;
        }
        let turns = transcript.turns.iter().map(|turn| format!("{}: {}", turn.role, turn.text));
        self.fact("transcript", Some(turns.collect::<Vec<_>>().join("\n")));
    }
}
