//! Calls as a table, one line each.

use super::{
    OutputStyle,
    table::{Cell, RenderedTable, TableColumn, TextTable},
    text::sanitise,
};
use crate::newest::unique_prefixes;
use anstyle::{AnsiColor, Style};
use callfold_unify::model::{Agent, Call, Cost, CostUnit, Party, PhoneNumber, Status};
use clap::ValueEnum;
use std::time::Duration;

/// The least characters of an id that is shortened to fit a terminal.
const SHORT_ID_CHARS: usize = 8;

/// A cell without a value.
const EMPTY: &str = "-";

/// A column of the table, as `--columns` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CallColumn {
    Time,
    Vendor,
    Account,
    Direction,
    From,
    To,
    Agent,
    Status,
    /// The kind of the end reason
    End,
    Duration,
    Cost,
    /// The vendor's id of the call, for `callfold show`; on a terminal, its shortest unique part
    Id,
    Campaign,
    /// Whether the call was answered, and by whom
    Disposition,
}

/// The columns of a table that names none.
const DEFAULT: [CallColumn; 12] = [
    CallColumn::Time,
    CallColumn::Vendor,
    CallColumn::Account,
    CallColumn::Direction,
    CallColumn::From,
    CallColumn::To,
    CallColumn::Agent,
    CallColumn::Status,
    CallColumn::End,
    CallColumn::Duration,
    CallColumn::Cost,
    CallColumn::Id,
];

impl CallColumn {
    fn layout(self, style: &OutputStyle) -> TableColumn {
        match self {
            Self::Time => TableColumn {
                title: format!("TIME ({})", style.zone).into(),
                ..column("", usize::MAX, 0)
            },
            Self::Vendor => column("VENDOR", 6, 0),
            Self::Account => column("ACCOUNT", 8, 9),
            Self::Direction => column("DIRECTION", 9, 8),
            Self::From => column("FROM", 8, 4),
            Self::To => column("TO", 8, 5),
            Self::Agent => column("AGENT", 10, 7),
            Self::Status => column("STATUS", 8, 0),
            Self::End => column("END REASON", 10, 6),
            Self::Duration => TableColumn { right: true, ..column("DURATION", usize::MAX, 2) },
            Self::Cost => TableColumn { right: true, ..column("COST", usize::MAX, 1) },
            Self::Id => column("ID", usize::MAX, 3),
            Self::Campaign => column("CAMPAIGN", 10, 10),
            Self::Disposition => column("DISPOSITION", 10, 10),
        }
    }

    /// The cell of a call, which is shown with this part of its id.
    fn cell(self, call: &Call, id: &str, style: &OutputStyle) -> Cell {
        match self {
            Self::Time => time(call, style).into(),
            Self::Vendor => sanitise(&call.id.vendor).into(),
            Self::Account => sanitise(&call.id.account).into(),
            Self::Direction => word(call.direction.as_ref().map(|d| d.as_str())).into(),
            Self::From => number(call.from.as_ref(), style).into(),
            Self::To => number(call.to.as_ref(), style).into(),
            Self::Agent => word(call.agent.as_ref().and_then(name_or_id)).into(),
            Self::Status => status(&call.status),
            Self::End => word(call.end.as_ref().map(|end| end.kind.as_str())).into(),
            Self::Duration => duration(call.duration.or(call.reported_duration)).into(),
            Self::Cost => cost(call.cost.as_ref()).into(),
            Self::Id => sanitise(id).into(),
            Self::Campaign => {
                let campaign = call.campaign.as_ref();
                word(campaign.and_then(|it| it.name.as_deref().or(it.id.as_deref()))).into()
            }
            Self::Disposition => word(call.disposition.as_ref().map(|it| it.as_str())).into(),
        }
    }
}

fn column(title: &'static str, min: usize, drop_rank: u8) -> TableColumn {
    TableColumn { title: title.into(), right: false, min, drop_rank }
}

/// The calls as a table of these columns; of the usual ones if none is named.
pub(crate) fn render(calls: &[Call], columns: &[CallColumn], style: &OutputStyle) -> RenderedTable {
    let columns = if columns.is_empty() { &DEFAULT[..] } else { columns };
    let mut ids: Vec<&str> = calls.iter().map(|call| call.id.call_id.as_str()).collect();
    if style.columns.is_some() {
        ids = unique_prefixes(&ids, SHORT_ID_CHARS);
    }
    let row = |(call, id)| columns.iter().map(|column| column.cell(call, id, style)).collect();
    let rows = calls.iter().zip(ids).map(row).collect();
    let columns = columns.iter().map(|column| column.layout(style)).collect();
    TextTable { columns, rows }.render(style.columns, style.color)
}

/// The start, without seconds on a narrow terminal.
fn time(call: &Call, style: &OutputStyle) -> String {
    let narrow = style.columns.is_some_and(|columns| columns < 125);
    let form = if narrow { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    call.started_at
        .map_or(EMPTY.to_owned(), |at| at.with_timezone(&style.zone).format(form).to_string())
}

fn word(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or(EMPTY.to_owned(), |text| sanitise(text).into())
}

fn name_or_id(agent: &Agent) -> Option<&str> {
    agent.name.as_deref().or(agent.id.as_deref())
}

/// The party's number, masked unless the style shows numbers.
pub(super) fn number(party: Option<&Party>, style: &OutputStyle) -> String {
    let Some(number) = party.and_then(|party| party.number.as_ref()) else {
        return EMPTY.to_owned();
    };
    if style.show_numbers { word(Some(number.as_str())) } else { word(Some(&masked(number))) }
}

/// Two digits at each end, and three asterisks whatever the length.
fn masked(number: &PhoneNumber) -> String {
    let masked = number.masked();
    let first = masked.find('*').unwrap_or(masked.len());
    let last = masked.rfind('*').map_or(masked.len(), |at| at + 1);
    format!("{}***{}", &masked[..first], &masked[last..])
}

fn status(status: &Status) -> Cell {
    let color = match status {
        Status::Ended => Style::new(),
        Status::Failed => AnsiColor::Red.on_default(),
        Status::InProgress | Status::Ringing => AnsiColor::Green.on_default(),
        _ => AnsiColor::Yellow.on_default(),
    };
    // A vendor's own word in the spelling of the others.
    Cell::styled(word(Some(&status.as_str().replace('-', "_"))), color)
}

/// Minutes and seconds, and hours if any.
pub(super) fn duration(length: Option<Duration>) -> String {
    let Some(length) = length else {
        return EMPTY.to_owned();
    };
    let seconds = (length.as_millis() + 500) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The exact total with its unit.
pub(super) fn cost(cost: Option<&Cost>) -> String {
    match cost.and_then(|cost| Some((cost.total?, &cost.unit))) {
        None => EMPTY.to_owned(),
        Some((total, CostUnit::Unspecified)) => format!("{total} (unit not stated)"),
        Some((total, unit)) => format!("{total} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::{
        CallId, Direction, EndReason, EndReasonKind, EndedBy, PhoneNumber,
    };

    fn call() -> Call {
        let party = |number: &str| {
            Some(Party { number: Some(PhoneNumber::new(number)), ..Party::default() })
        };
        let mut call = Call::new(CallId::new("vendor", "sales", "call-1"));
        call.started_at = Some("2026-04-21T12:27:23.335Z".parse().unwrap());
        call.direction = Some(Direction::Outbound);
        call.from = party("+14155550100");
        call.to = party("+19195550123");
        call.agent = Agent::of(None, Some("Lena\u{1b}[2J".into()));
        call.status = Status::Ended;
        call.end = Some(EndReason {
            kind: EndReasonKind::CustomerHangup,
            ended_by: EndedBy::Customer,
            raw: "user_hangup".into(),
        });
        call.duration = Some(Duration::from_millis(250_400));
        call.cost = Some(Cost::new("2.30".parse().unwrap(), CostUnit::Credits));
        call
    }

    fn style(columns: Option<usize>, show_numbers: bool) -> OutputStyle {
        OutputStyle {
            is_terminal: columns.is_some(),
            columns,
            color: false,
            show_numbers,
            zone: chrono_tz::Tz::UTC,
        }
    }

    #[test]
    fn call_is_one_line_of_sanitised_text() {
        let empty = Call::new(CallId::new("vendor", "sales", "call-2"));
        insta::assert_snapshot!(render(&[call(), empty], &[], &style(None, true)).text, @r"
        TIME (UTC)           VENDOR  ACCOUNT  DIRECTION  FROM          TO            AGENT     STATUS   END REASON       DURATION          COST  ID
        2026-04-21 12:27:23  vendor  sales    outbound   +14155550100  +19195550123  Lena�[2J  ended    customer_hangup      4:10  2.30 credits  call-1
        -                    vendor  sales    -          -             -             -         unknown  -                       -             -  call-2
        ");
    }

    #[test]
    fn named_columns_are_shown_in_their_order() {
        let columns = [CallColumn::Id, CallColumn::Cost, CallColumn::Campaign];
        insta::assert_snapshot!(render(&[call()], &columns, &style(None, true)).text, @r"
        ID              COST  CAMPAIGN
        call-1  2.30 credits  -
        ");
    }

    #[test]
    fn numbers_are_masked_unless_shown() {
        let text = render(&[call()], &[], &style(None, false)).text;
        assert!(text.contains("+14***00") && text.contains("+19***23"), "{text}");
    }

    #[test]
    fn narrow_terminal_hides_columns_before_lines_wrap() {
        for columns in 34..160 {
            let rendered = render(&[call()], &[], &style(Some(columns), false));
            let widest = rendered.text.lines().map(super::super::text::width).max().unwrap();
            assert!(widest <= columns, "{columns}: {}", rendered.text);
        }
    }

    #[test]
    fn durations_are_minutes_and_seconds() {
        let cases = [
            (0, "0:00"),
            (499, "0:00"),
            (34_117, "0:34"),
            (250_000, "4:10"),
            (3_753_000, "1:02:33"),
        ];
        for (millis, expect) in cases {
            assert_eq!(duration(Some(Duration::from_millis(millis))), expect);
        }
    }

    #[test]
    fn cost_without_unit_says_so() {
        let cost_of = |unit| cost(Some(&Cost::new("0.25".parse().unwrap(), unit)));
        assert_eq!(cost_of(CostUnit::Unspecified), "0.25 (unit not stated)");
        assert_eq!(cost_of(CostUnit::Currency("USD".into())), "0.25 USD");
    }
}
