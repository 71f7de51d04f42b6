//! Calls read back from rows: the reverse of the columns.

use crate::latency;
use callfold_unify::model::{
    Agent, Call, CallId, Cost, CostPart, CostTotal, EndReason, Entity, Latency, Party, PhoneNumber,
    Recording, Speaker, Status, Timestamp, Tool, Transcript, Transfer, Turn, TurnKind, Warning,
};
use rust_decimal::Decimal;
use std::{borrow::Cow, time::Duration};

/// The cells of one row, as text, by the name of their column; `None` for an empty cell and for a
/// column that the row does not have.
///
/// Times are RFC 3339, lengths whole milliseconds, flags `true` or `1`, other values as
/// [`CellValue::into_text`](crate::CellValue::into_text) writes them.
pub type Cells<'a, 'c> = &'a dyn Fn(&str) -> Option<Cow<'c, str>>;

/// What the columns of a call tell about its turns, which are rows of another table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TurnFigures {
    /// How often the customer spoke; `None` where turns are not known.
    pub customer_turns: Option<u64>,
    /// Median of the agent's response time from end to end, in milliseconds.
    pub latency_p50_ms: Option<f64>,
}

impl TurnFigures {
    /// Those of a call with its turns, as the columns of its row have them.
    pub fn of(call: &Call) -> Self {
        let turns = &call.transcript.turns;
        let spoke = |turn: &&Turn| turn.kind == TurnKind::Speech && turn.role == Speaker::Customer;
        Self {
            customer_turns: (!turns.is_empty()).then(|| turns.iter().filter(spoke).count() as u64),
            latency_p50_ms: latency::percentile(call, 50),
        }
    }

    /// Those of a row of calls.
    pub fn read(cells: Cells<'_, '_>) -> Self {
        Self {
            customer_turns: number(cells, "customer_turns"),
            latency_p50_ms: number(cells, "latency_p50_ms"),
        }
    }
}

/// The call of a row of calls, without its turns, transfers, cost parts and other totals, which are
/// rows of other tables. `None` without a usable id. A value that cannot be read is left out.
pub fn read_call(cells: Cells<'_, '_>) -> Option<Call> {
    let id: CallId = cells("id")?.parse().ok()?;
    let mut call = Call::new(id);
    let time = |name| time(cells, name);
    let text = |name| owned(cells, name);
    call.started_at = time("started_at");
    call.started_at_local = cells("started_at_local").and_then(|text| text.parse().ok());
    call.ended_at = time("ended_at");
    call.created_at = time("created_at");
    call.updated_at = time("updated_at");
    call.dialing_at = time("dialing_at");
    call.ringing_at = time("ringing_at");
    call.answered_at = time("answered_at");
    call.duration = millis(cells, "duration_ms");
    call.duration_basis = word(cells, "duration_basis", "");
    call.talk_time = millis(cells, "talk_time_ms");
    call.ring_time = millis(cells, "ring_time_ms");
    call.reported_duration = millis(cells, "reported_duration_ms");
    call.direction = word(cells, "direction", "direction_raw");
    call.channel = word(cells, "channel", "channel_raw");
    call.status =
        word(cells, "status", "status_raw").unwrap_or_else(|| Status::Other("unknown".to_owned()));
    call.disposition = word(cells, "disposition", "disposition_raw");
    call.answered_by = word(cells, "answered_by", "answered_by_raw");
    call.end = word(cells, "end_kind", "end_raw").map(|kind| EndReason {
        kind,
        ended_by: word(cells, "end_by", "").unwrap_or(callfold_unify::model::EndedBy::Unknown),
        raw: text("end_raw").unwrap_or_default(),
    });
    call.error_message = text("error_message");
    call.from = party(cells, ["", "from_number", "from_withheld", "from_name", "from_email"]);
    call.to = party(cells, ["", "to_number", "to_withheld", "to_name", "to_email"]);
    call.customer = party(
        cells,
        ["customer_id", "customer_number", "customer_withheld", "customer_name", "customer_email"],
    );
    call.agent_line = party(
        cells,
        ["agent_line_id", "agent_line_number", "", "agent_line_name", "agent_line_email"],
    );
    call.organization = Entity::of(text("organization_id"), text("organization_name"));
    call.agent = Agent::of(text("agent_id"), text("agent_name"))
        .map(|agent| Agent { version: text("agent_version"), ..agent });
    call.campaign = Entity::of(text("campaign_id"), text("campaign_name"));
    call.contact_id = text("contact_id");
    call.parent_id = text("parent_id");
    call.batch_id = text("batch_id");
    call.attempt = number(cells, "attempt");
    call.cost = cells("cost_unit").map(|unit| Cost {
        total: decimal(cells, "cost_total"),
        unit: unit.parse().unwrap_or_else(|never: std::convert::Infallible| match never {}),
        parts: Vec::new(),
        other_totals: Vec::new(),
    });
    let (p50, p95) = (number(cells, "latency_p50_ms"), number(cells, "latency_p95_ms"));
    if p50.is_some() || p95.is_some() {
        call.latency = vec![Latency { p50, p95, ..Latency::stage("e2e") }];
    }
    call.summary = text("summary");
    call.language = text("language");
    call.tags = cells("tags").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    call.is_test = flag(cells, "is_test");
    call.sentiment = word(cells, "sentiment", "sentiment_raw");
    call.outcome.success = flag(cells, "outcome_success");
    call.outcome.label = text("outcome_label");
    call.outcome.score = decimal(cells, "outcome_score");
    call.outcome.evaluation = text("outcome_evaluation");
    call.outcome.intent = text("outcome_intent");
    call.outcome.appointment_booked = flag(cells, "outcome_appointment_booked");
    call.outcome.callback_requested = flag(cells, "outcome_callback_requested");
    if let Some(state) = word(cells, "transcript_state", "") {
        call.transcript = Transcript::empty(state);
    }
    call.transcript.text = text("transcript_text");
    call.transcript.url = text("transcript_url");
    call.recordings = cells("recording_url")
        .map(|url| Recording { url: url.into_owned(), media_type: None, needs_auth: false })
        .into_iter()
        .collect();
    call.analysis_state = word(cells, "analysis_state", "");
    let codes = cells("warnings").unwrap_or_default();
    call.warnings =
        codes.split_ascii_whitespace().map(|code| Warning::new(code.into(), "", "")).collect();
    Some(call)
}

/// The turn of a row of turns.
pub fn read_turn(cells: Cells<'_, '_>) -> Turn {
    let json = |name: &str| cells(name).and_then(|text| serde_json::from_str(&text).ok());
    let tool = Tool {
        id: owned(cells, "tool_id"),
        name: owned(cells, "tool_name"),
        arguments: json("tool_arguments"),
        result: json("tool_result"),
        ok: flag(cells, "tool_ok"),
        duration: millis(cells, "tool_duration_ms"),
    };
    let kind: TurnKind = word(cells, "kind", "").unwrap_or_default();
    let has_tool = kind != TurnKind::Speech || tool != Tool::default();
    Turn {
        kind,
        tool: has_tool.then_some(tool),
        at: time(cells, "at"),
        offset_ms: number(cells, "offset_ms"),
        end_offset_ms: number(cells, "end_offset_ms"),
        interrupted: flag(cells, "interrupted"),
        latency_ms: number(cells, "latency_ms"),
        ..Turn::speech(
            word(cells, "role", "role_raw").unwrap_or_else(|| Speaker::Other("other".to_owned())),
            cells("text").unwrap_or_default(),
        )
    }
}

/// The hand-over of a row of transfers.
pub fn read_transfer(cells: Cells<'_, '_>) -> Transfer {
    Transfer {
        to: owned(cells, "to_number").map(PhoneNumber::new),
        kind: word(cells, "kind", "kind_raw"),
        status: word(cells, "status", "status_raw"),
        at: time(cells, "at"),
    }
}

/// The component of a row of cost parts; `None` without an amount.
pub fn read_cost_part(cells: Cells<'_, '_>) -> Option<CostPart> {
    Some(CostPart {
        name: owned(cells, "name").unwrap_or_default(),
        kind: word(cells, "kind", "").unwrap_or_default(),
        amount: decimal(cells, "amount")?,
        unit: cells("unit").and_then(|unit| unit.parse().ok()).unwrap_or_default(),
    })
}

/// The total of a row of other totals; `None` without an amount.
pub fn read_other_total(cells: Cells<'_, '_>) -> Option<CostTotal> {
    Some(CostTotal {
        amount: decimal(cells, "amount")?,
        unit: cells("unit").and_then(|unit| unit.parse().ok()).unwrap_or_default(),
    })
}

/// The warning of a row of warnings.
pub fn read_warning(cells: Cells<'_, '_>) -> Warning {
    let code = cells("code").unwrap_or_default();
    Warning::new(
        code.as_ref().into(),
        owned(cells, "pointer").unwrap_or_default(),
        owned(cells, "message").unwrap_or_default(),
    )
}

fn owned(cells: Cells<'_, '_>, name: &str) -> Option<String> {
    cells(name).filter(|text| !text.is_empty()).map(Cow::into_owned)
}

/// A word of the model; of `other` the vendor's own word, from the column beside it.
fn word<T: for<'a> From<&'a str>>(cells: Cells<'_, '_>, name: &str, raw: &str) -> Option<T> {
    let word = cells(name).filter(|word| !word.is_empty())?;
    let unlisted = if word == "other" && !raw.is_empty() { cells(raw) } else { None };
    Some(T::from(unlisted.as_deref().unwrap_or(&word)))
}

fn number<T: std::str::FromStr>(cells: Cells<'_, '_>, name: &str) -> Option<T> {
    cells(name)?.parse().ok()
}

fn decimal(cells: Cells<'_, '_>, name: &str) -> Option<Decimal> {
    // Parquet has what does not fit its decimals as text.
    let text = cells(name).or_else(|| cells(&format!("{name}_text")))?;
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

fn millis(cells: Cells<'_, '_>, name: &str) -> Option<Duration> {
    number(cells, name).map(Duration::from_millis)
}

fn time(cells: Cells<'_, '_>, name: &str) -> Option<Timestamp> {
    number(cells, name)
}

fn flag(cells: Cells<'_, '_>, name: &str) -> Option<bool> {
    match cells(name)?.as_ref() {
        "true" | "1" | "t" => Some(true),
        "false" | "0" | "f" => Some(false),
        _ => None,
    }
}

/// A party, by its columns of id, number, withheld, name and e-mail address; `None` if all are
/// empty.
fn party(cells: Cells<'_, '_>, columns: [&str; 5]) -> Option<Party> {
    let text = |name: &str| if name.is_empty() { None } else { owned(cells, name) };
    let [id, number, withheld, name, email] = columns;
    let party = Party {
        id: text(id),
        number: text(number).map(PhoneNumber::new),
        withheld: flag(cells, withheld).unwrap_or(false),
        name: text(name),
        email: text(email),
        role: None,
    };
    (party != Party::default()).then_some(party)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CALLS, Column, TRANSFERS, TURNS};
    use callfold_unify::model::{
        CostUnit, Direction, Disposition, EndReasonKind, EndedBy, TranscriptState, TransferStatus,
    };

    fn cells_of<'c, T>(
        columns: &'static [Column<T>],
        row: &'c T,
    ) -> impl Fn(&str) -> Option<Cow<'c, str>> {
        move |name: &str| {
            let column = columns.iter().find(|column| column.name == name)?;
            (column.value)(row).into_text()
        }
    }

    fn full_call() -> Call {
        let at = |text: &str| Some(text.parse().unwrap());
        let mut call = Call::new(CallId::new("acme", "a", "1:x"));
        call.started_at = at("2026-04-21T12:00:00.250Z");
        call.started_at_local = Some("2026-04-21T17:30:00.250+05:30".parse().unwrap());
        call.ended_at = at("2026-04-21T12:03:00Z");
        call.duration = Some(Duration::from_millis(179_750));
        call.duration_basis = Some("dispatch".into());
        call.talk_time = Some(Duration::ZERO);
        call.direction = Some(Direction::from("webCall"));
        call.status = Status::from("TRANSFERRED");
        call.disposition = Some(Disposition::Answered);
        call.end = Some(EndReason {
            kind: EndReasonKind::from("Call not answered"),
            ended_by: EndedBy::Carrier,
            raw: "Call not answered".to_owned(),
        });
        call.customer = Some(Party {
            number: Some(PhoneNumber::new("+19195550100")),
            name: Some("Jane".to_owned()),
            ..Party::default()
        });
        call.from = Some(Party { withheld: true, ..Party::default() });
        call.agent = Agent::of(Some("7".to_owned()), None);
        call.cost = Some(Cost::new("12.50".parse().unwrap(), CostUnit::Credits));
        call.outcome.success = Some(false);
        call.outcome.score = Some("0.70".parse().unwrap());
        call.tags = vec!["vip".to_owned()];
        call.transcript.state = TranscriptState::Remote;
        call.latency = vec![Latency { p50: Some(812.5), ..Latency::stage("e2e") }];
        call.warnings = vec![Warning::new("naive_timestamp".into(), "/a", "b")];
        call
    }

    #[test]
    fn call_that_is_read_back_has_the_same_row() {
        for call in [Call::new(CallId::new("acme", "a", "1")), full_call()] {
            let back = read_call(&cells_of(CALLS, &call)).unwrap();
            for column in CALLS {
                assert_eq!((column.value)(&back), (column.value)(&call), "{}", column.name);
            }
        }
        assert!(read_call(&|_| None).is_none());
        assert!(read_call(&|_| Some("no id".into())).is_none());
    }

    #[test]
    fn turns_and_transfers_that_are_read_back_have_the_same_rows() {
        let mut tool = Turn::speech(Speaker::Tool, "");
        tool.kind = TurnKind::ToolResult;
        tool.tool = Some(Tool {
            name: Some("book".to_owned()),
            result: serde_json::from_str("{\"a\":1}").ok(),
            ok: Some(false),
            ..Tool::default()
        });
        let mut speech = Turn::speech(Speaker::from("Jane Doe"), "hello");
        (speech.offset_ms, speech.latency_ms) = (Some(-5), Some(0.5));
        for turn in [tool, speech] {
            let back = read_turn(&cells_of(TURNS, &turn));
            for column in TURNS {
                assert_eq!((column.value)(&back), (column.value)(&turn), "{}", column.name);
            }
            assert_eq!(back.tool.is_some(), turn.tool.is_some());
        }
        let status = Some(TransferStatus::from("ringing out"));
        let transfer = Transfer { status, ..Transfer::default() };
        let back = read_transfer(&cells_of(TRANSFERS, &transfer));
        for column in TRANSFERS {
            assert_eq!((column.value)(&back), (column.value)(&transfer), "{}", column.name);
        }
    }

    #[test]
    fn unreadable_values_are_left_out() {
        let cells = |name: &str| match name {
            "id" => Some(Cow::Borrowed("acme:a:1")),
            _ => Some(Cow::Borrowed("?")),
        };
        let call = read_call(&cells).unwrap();
        assert_eq!((call.started_at, call.talk_time, call.outcome.success), (None, None, None));
        assert_eq!(read_cost_part(&cells), None);
        assert_eq!(TurnFigures::read(&cells), TurnFigures::default());
    }
}
