#![doc = include_str!("../README.md")]

mod calls;
mod children;
mod latency;
mod read;
mod value;

pub use calls::CALLS;
pub use children::{COST_PARTS, OTHER_TOTALS, TRANSFERS, TURNS, WARNINGS};
pub use read::{
    Cells, TurnFigures, read_call, read_cost_part, read_other_total, read_transfer, read_turn,
    read_warning,
};
pub use value::CellValue;

/// One column of a table whose rows are `T`.
#[derive(Debug)]
pub struct Column<T: 'static> {
    /// Its name.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: ColumnKind,
    /// Whether its text comes from a vendor or a person. Otherwise it is a number, a time or a word
    /// of the call model.
    pub external_text: bool,
    /// The personal data it holds.
    pub privacy: Privacy,
    /// Its meaning and unit: a phrase without a full stop.
    pub description: &'static str,
    /// Its value in a row.
    pub value: for<'a> fn(&'a T) -> CellValue<'a>,
}

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Any text.
    Text,
    /// One of few words; the set is open.
    Word,
    /// An instant, in UTC.
    Time,
    /// A length in whole milliseconds.
    Millis,
    /// An exact decimal.
    Decimal,
    /// True or false.
    Flag,
    /// A whole number.
    Count,
    /// A number that may have a fraction.
    Number,
}

/// The personal data of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Privacy {
    /// None.
    None,
    /// A telephone number.
    Number,
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// Text of or about a conversation.
    Text,
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::{
        Call, CallId, Direction, Disposition, EndReason, EndReasonKind, EndedBy, Status,
    };
    use std::borrow::Cow;

    fn check<T>(columns: &[Column<T>]) {
        for (place, column) in columns.iter().enumerate() {
            assert!(columns[..place].iter().all(|other| other.name != column.name));
            assert!(
                !column.description.is_empty() && !column.description.ends_with('.'),
                "{}",
                column.name
            );
            let personal = column.privacy != Privacy::None;
            assert!(!personal || column.external_text, "{} is personal data", column.name);
        }
    }

    #[test]
    fn columns_are_named_once_and_documented() {
        check(CALLS);
        check(TURNS);
        check(TRANSFERS);
        check(COST_PARTS);
        check(OTHER_TOTALS);
        check(WARNINGS);
    }

    #[test]
    fn closed_column_has_no_word_of_the_vendor() {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        let value = |call: &Call, name: &str| {
            let column = CALLS.iter().find(|column| column.name == name).unwrap();
            (column.value)(call).into_text().map(Cow::into_owned)
        };
        assert_eq!(value(&call, "status").as_deref(), Some("unknown"));
        assert_eq!(value(&call, "status_raw"), None);
        call.status = Status::from("TRANSFERRED");
        call.direction = Some(Direction::from("webCall"));
        call.disposition = Some(Disposition::Answered);
        let raw = "Call not answered".to_owned();
        let (kind, ended_by) = (EndReasonKind::from(raw.as_str()), EndedBy::Unknown);
        call.end = Some(EndReason { kind, ended_by, raw });
        let expect = [
            ("status", Some("other")),
            ("status_raw", Some("TRANSFERRED")),
            ("direction", Some("other")),
            ("direction_raw", Some("webCall")),
            ("disposition", Some("answered")),
            ("disposition_raw", None),
            ("end_kind", Some("other")),
            ("end_by", Some("unknown")),
            ("end_raw", Some("Call not answered")),
        ];
        for (name, expect) in expect {
            assert_eq!(value(&call, name).as_deref(), expect, "{name}");
        }
    }
}
