//! One call as a page.

use crate::html::document;
use callfold_unify::model::{Call, Turn, TurnKind};
use maud::{Markup, html};

/// A call as one HTML file: a head of names and values, and the conversation. `facts` are the lines
/// of the head; a value can have several lines.
pub fn call_html(call: &Call, facts: &[(String, String)]) -> String {
    let title = format!("Call {}", call.id.call_id);
    let turns = &call.transcript.turns;
    let start = call.answered_at.or(call.started_at);
    let at = |turn: &Turn| {
        let stamp = turn.at.zip(start).map(|(at, start)| (at - start).num_milliseconds());
        let ms = turn.offset_ms.or(stamp).and_then(|ms| u64::try_from(ms).ok());
        ms.map_or(String::new(), |ms| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60))
    };
    let body = html! {
        header { h1 { "Call " bdi { (call.id.to_string()) } } }
        main {
            section aria-labelledby="facts" {
                h2 id="facts" { "About the call" }
                table {
                    tbody {
                        @for (name, value) in facts {
                            tr { th scope="row" { (name) } td { bdi { (value) } } }
                        }
                    }
                }
            }
            section aria-labelledby="said" {
                h2 id="said" { "Transcript" }
                @if !turns.is_empty() {
                    ol class="turns" { @for turn in turns { (turn_html(turn, &at(turn))) } }
                } @else if let Some(text) = &call.transcript.text {
                    ol class="turns" { li { span class="at" {} p { (text) } } }
                } @else {
                    p { "There is no transcript here: " (call.transcript.state.as_str()) "." }
                }
            }
        }
        footer { p { "This page sends no request." } }
    };
    document(&title, &body, "")
}

fn turn_html(turn: &Turn, at: &str) -> Markup {
    let role = match turn.role.as_str() {
        "agent" => "agent",
        "customer" => "customer",
        _ => "other",
    };
    let tool = turn.tool.as_ref();
    let name = tool.and_then(|tool| tool.name.as_deref()).unwrap_or("a tool");
    html! {
        li class=(role) {
            span class="at" { (at) }
            div {
                span class="who" { bdi { (turn.role.as_str()) } }
                @if turn.interrupted == Some(true) { span class="soft" { " (interrupted)" } }
                @if turn.kind == TurnKind::ToolCall { span class="soft" { " calls " bdi { (name) } } }
                @if turn.kind == TurnKind::ToolResult {
                    span class="soft" {
                        " result of " bdi { (name) }
                        @if tool.is_some_and(|tool| tool.ok == Some(false)) { ", failed" }
                    }
                }
                @if !turn.text.is_empty() { p { (turn.text) } }
                @if let Some(json) = tool.and_then(|tool| tool.arguments.as_ref()) { code { (json.get()) } }
                @if let Some(json) = tool.and_then(|tool| tool.result.as_ref()) { code { (json.get()) } }
            }
        }
    }
}
