#![doc = include_str!("../README.md")]

mod calls;
mod children;
mod value;

pub use calls::CALLS;
pub use children::{COST_PARTS, TURNS, WARNINGS};
pub use value::Value;

/// One column of a table whose rows are `T`.
#[derive(Debug)]
pub struct Column<T: 'static> {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether its text is the vendor's or a person's. Otherwise it is a
    /// number, a time or a word of ours.
    pub foreign: bool,
    /// Whose data it holds.
    pub privacy: Privacy,
    /// What it means, with its unit; one sentence without a full stop.
    pub about: &'static str,
    /// Its value in a row.
    pub value: for<'a> fn(&'a T) -> Value<'a>,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text,
    /// One of few words; the vocabulary is open.
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
}

/// Whose data a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Privacy {
    /// Nobody's.
    None,
    /// A telephone number.
    Number,
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// What was said or written about a conversation.
    Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T>(columns: &[Column<T>]) {
        for (place, column) in columns.iter().enumerate() {
            assert!(columns[..place].iter().all(|other| other.name != column.name));
            assert!(!column.about.is_empty() && !column.about.ends_with('.'), "{}", column.name);
            let personal = column.privacy != Privacy::None;
            assert!(!personal || column.foreign, "{} is a person's", column.name);
        }
    }

    #[test]
    fn columns_are_named_once_and_documented() {
        check(CALLS);
        check(TURNS);
        check(COST_PARTS);
        check(WARNINGS);
    }
}
