//! One call as a person reads it.

use super::{
    OutputStyle,
    call_table::{cost, duration, number},
    text::{sanitise, sanitise_lines, wrap},
};
use anstyle::{AnsiColor, Style};
use callfold_unify::model::{Call, Party, Speaker, Timestamp, Transfer, Turn, TurnKind};
use std::{borrow::Cow, time::Duration};

/// Columns before the value.
const INDENT: usize = 16;

/// All fields of a call that have a value, one per line, and its transcript.
pub(crate) fn render(call: &Call, style: &OutputStyle) -> String {
    let mut text = CallText { text: String::new(), style };
    for (name, value) in facts(call, style) {
        text.field(&name, &value);
    }
    text.transcript(call);
    text.text
}

/// The transcript, or where it is.
pub(crate) fn transcript(call: &Call, style: &OutputStyle) -> String {
    match call.transcript.turns.is_empty() {
        true => format!("{}\n", sanitise_lines(&without_turns(call))),
        false => turns(call, style, style.columns),
    }
}

/// What is known of a call but its transcript: names and values, which can have several lines.
pub(crate) fn facts(call: &Call, style: &OutputStyle) -> Vec<(String, String)> {
    let mut facts = CallFacts(Vec::new());
    facts.add("call", Some(call.id.to_string()));
    for (name, id) in &call.alternate_ids {
        facts.add("also known as", Some(format!("{id} ({name})")));
    }
    facts.add("organization", call.organization.as_ref().map(|it| entity(&it.id, &it.name)));
    facts.add("agent", call.agent.as_ref().map(|agent| entity(&agent.id, &agent.name)));
    facts.add("campaign", call.campaign.as_ref().map(|it| entity(&it.id, &it.name)));
    facts.add("contact", call.contact_id.clone());
    facts.add("direction", call.direction.as_ref().map(ToString::to_string));
    facts.add("channel", call.channel.as_ref().map(ToString::to_string));
    facts.add("from", call.from.as_ref().map(|party| person(party, style)));
    facts.add("to", call.to.as_ref().map(|party| person(party, style)));
    facts.add("status", Some(call.status.to_string()));
    facts.add("disposition", call.disposition.as_ref().map(ToString::to_string));
    facts.add("answered by", call.answered_by.as_ref().map(ToString::to_string));
    facts.add(
        "end reason",
        call.end
            .as_ref()
            .map(|end| format!("{}, by {} (vendor: \"{}\")", end.kind, end.ended_by, end.raw)),
    );
    facts.add("error", call.error_message.clone());
    facts.times(call, style);
    for to in &call.transfers {
        facts.add("transfer", Some(transfer(to)));
    }
    facts.add("cost", call.cost.as_ref().map(|total| cost(Some(total))));
    for part in call.cost.iter().flat_map(|cost| &cost.parts) {
        facts.add("", Some(format!("{} {} {}", part.name, part.amount, part.unit)));
    }
    for total in call.cost.iter().flat_map(|cost| &cost.other_totals) {
        facts.add("also", Some(format!("{} {}", total.amount, total.unit)));
    }
    facts.outcome(call);
    facts.add("summary", call.summary.clone());
    for recording in &call.recordings {
        let key = if recording.needs_auth { " (needs the vendor's key)" } else { "" };
        facts.add("recording", Some(format!("{}{key}", recording.url)));
    }
    for warning in &call.warnings {
        facts.add(
            "warning",
            Some(format!("{} at {}: {}", warning.code, warning.pointer, warning.message)),
        );
    }
    facts.0
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
        party.withheld.then(|| "withheld".to_owned()),
        party.name.clone(),
        party.email.clone(),
        party.role.as_ref().map(|role| format!("({role})")),
    ];
    known.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn transfer(transfer: &Transfer) -> String {
    let known = [
        transfer.kind.as_ref().map(ToString::to_string),
        transfer.to.as_ref().map(|to| format!("to {}", to.as_str())),
        transfer.status.as_ref().map(|status| format!("({status})")),
    ];
    let text = known.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "tried".to_owned() } else { text }
}

/// Names and values of a call.
struct CallFacts(Vec<(String, String)>);

impl CallFacts {
    fn add(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.push((name.to_owned(), value));
        }
    }

    /// The times in their order, each with what has passed since the first, and the lengths.
    fn times(&mut self, call: &Call, style: &OutputStyle) {
        let mut times: Vec<(&str, Timestamp)> = [
            ("created", call.created_at),
            ("dialing", call.dialing_at),
            ("started", call.started_at),
            ("ringing", call.ringing_at),
            ("answered", call.answered_at),
            ("ended", call.ended_at),
        ]
        .into_iter()
        .filter_map(|(name, at)| Some((name, at?)))
        .collect();
        times.sort_by_key(|(_, at)| *at);
        let first = times.first().map(|(_, at)| *at);
        for (name, at) in times {
            let shown = at.with_timezone(&style.zone).format("%Y-%m-%d %H:%M:%S%.f %Z");
            let since = first.and_then(|first| (at - first).to_std().ok());
            let since = since.filter(|since| !since.is_zero());
            let since =
                since.map_or(String::new(), |since| format!("  +{}", duration(Some(since))));
            self.add(name, Some(format!("{shown}{since}")));
        }
        self.add("duration", call.duration.map(|length| duration(Some(length))));
        self.add("talk time", call.talk_time.map(|length| duration(Some(length))));
        // Left out if it looks the same as the duration.
        let shown = duration(call.duration);
        let reported = call.reported_duration.map(|length| duration(Some(length)));
        self.add("reported", reported.filter(|reported| *reported != shown));
    }

    fn outcome(&mut self, call: &Call) {
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        self.add("success", call.outcome.success.map(yes));
        self.add("label", call.outcome.label.clone());
        self.add("intent", call.outcome.intent.clone());
        self.add("appointment", call.outcome.appointment_booked.map(yes));
        self.add("sentiment", call.sentiment.as_ref().map(ToString::to_string));
    }
}

struct CallText<'a> {
    text: String,
    style: &'a OutputStyle,
}

impl CallText<'_> {
    fn field(&mut self, name: &str, value: &str) {
        self.name(name);
        self.value(&sanitise_lines(value));
    }

    fn name(&mut self, name: &str) {
        let name = format!("{name:INDENT$}");
        self.text.push_str(&styled(&name, Style::new().bold(), self.style));
    }

    /// The columns to the right of the names.
    fn room(&self) -> Option<usize> {
        self.style.columns.map(|columns| columns.saturating_sub(INDENT).max(20))
    }

    /// Adds lines to the right of the names.
    fn value(&mut self, lines: &str) {
        let lines = self.room().map_or(lines.into(), |room| Cow::from(wrap(lines, room, 2)));
        self.indented(&lines);
    }

    fn indented(&mut self, lines: &str) {
        let indented = lines.replace('\n', &format!("\n{:INDENT$}", ""));
        self.text.push_str(indented.trim_end());
        self.text.push('\n');
    }

    fn transcript(&mut self, call: &Call) {
        if call.transcript.turns.is_empty() {
            return self.field("transcript", &without_turns(call));
        }
        self.name("transcript");
        let lines = turns(call, self.style, self.room());
        self.indented(&lines);
    }
}

fn styled(text: &str, color: Style, style: &OutputStyle) -> String {
    match style.color {
        true => format!("{}{text}{}", color.render(), color.render_reset()),
        false => text.to_owned(),
    }
}

/// The running text, or else where the transcript is.
fn without_turns(call: &Call) -> String {
    let transcript = &call.transcript;
    let state = transcript.state.to_string();
    let elsewhere = transcript.url.as_ref().map(|url| format!("{state}: {url}"));
    transcript.text.clone().or(elsewhere).unwrap_or(state)
}

/// The turns, each with its time and speaker, wrapped.
fn turns(call: &Call, style: &OutputStyle, columns: Option<usize>) -> String {
    let start = call.answered_at.or(call.started_at);
    let mut text = String::new();
    for turn in &call.transcript.turns {
        let at = turn.at.zip(start).map(|(at, start)| (at - start).num_milliseconds());
        let at = turn.offset_ms.or(at).and_then(|at| u64::try_from(at).ok());
        let at = duration(at.map(Duration::from_millis));
        let role = sanitise(turn.role.as_str());
        let color = match turn.role {
            Speaker::Agent => AnsiColor::Cyan.on_default(),
            Speaker::Customer => AnsiColor::Yellow.on_default(),
            _ => Style::new().dimmed(),
        };
        let line = format!("{at:>5}  {role}: {}\n", sanitise_lines(&said(turn)));
        let line = columns.map_or(line.clone(), |columns| wrap(&line, columns, 2));
        // After the line is cut: colours take no column.
        text.push_str(&line.replacen(&*role, &styled(&role, color, style), 1));
    }
    text
}

/// What is said, or done with a tool.
fn said(turn: &Turn) -> String {
    let tool = turn.tool.as_ref();
    let name = tool.and_then(|tool| tool.name.as_deref()).unwrap_or("a tool");
    let json = |json: Option<&str>| json.map_or(String::new(), |json| format!(" {json}"));
    let what = match turn.kind {
        TurnKind::ToolCall => {
            format!(
                "calls {name}{}",
                json(tool.and_then(|tool| Some(tool.arguments.as_ref()?.get())))
            )
        }
        TurnKind::ToolResult => {
            let failed = tool.is_some_and(|tool| tool.ok == Some(false));
            let failed = if failed { " failed:" } else { "" };
            format!(
                "{name} returns{failed}{}",
                json(tool.and_then(|tool| Some(tool.result.as_ref()?.get())))
            )
        }
        _ => return turn.text.clone(),
    };
    if turn.text.is_empty() { what } else { format!("{what} {}", turn.text) }
}
