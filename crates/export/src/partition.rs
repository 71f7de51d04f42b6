//! Partitioned sets: the directory of each call.

use crate::{PrivacyPolicy, word_enum::word_enum};
use callfold_unify::model::Call;
use std::{fmt, fmt::Write as _};

/// The value of a missing partition column, by convention of query engines.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// A value that directories of a partitioned set are named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PartitionBy {
    /// The vendor's name.
    Vendor,
    /// The name the user gave the source.
    Account,
    /// The UTC day the call started.
    Date,
    /// The UTC month the call started, e.g. `2026-04`.
    Month,
    /// The UTC year the call started.
    Year,
}

word_enum!(PartitionBy, UnknownPartition, UnknownPartition, {
    Vendor => "vendor",
    Account => "account",
    Date => "date",
    Month => "month",
    Year => "year",
});

impl PartitionBy {
    fn write_value(self, call: &Call, privacy: &PrivacyPolicy, to: &mut String) {
        let form = match self {
            Self::Vendor => return escape(&call.id.vendor, to),
            Self::Account => return escape(&privacy.account(call), to),
            Self::Date => "%Y-%m-%d",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        match call.started_at {
            // Writing to a String cannot fail, and the format is valid.
            Some(at) => drop(write!(to, "{}", at.format(form))),
            None => to.push_str(NO_VALUE),
        }
    }
}

/// A word that is not a [`PartitionBy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPartition;

impl fmt::Display for UnknownPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be vendor, account, date, month or year")
    }
}

impl std::error::Error for UnknownPartition {}

/// The directory of a call in the set, hive style: `vendor=…/date=2026-04-21`. The privacy policy
/// applies to it.
pub(crate) fn directory(by: &[PartitionBy], call: &Call, privacy: &PrivacyPolicy) -> String {
    let mut path = String::with_capacity(48);
    for part in by {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(part.as_str());
        path.push('=');
        part.write_value(call, privacy, &mut path);
    }
    path
}

/// Escapes a value in a path: letters and digits of any script, `-`, `_` and `.` stay, all else
/// becomes `%XX` of its UTF-8 bytes, which query engines decode. The value follows `name=`, so `..`
/// does not leave the directory.
fn escape(value: &str, to: &mut String) {
    if value.is_empty() {
        return to.push_str(NO_VALUE);
    }
    let mut bytes = [0; 4];
    for c in value.chars() {
        if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
            to.push(c);
        } else {
            for byte in c.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(to, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_directory() {
        let cases = [
            ("clinic", "clinic"),
            ("support-in_2.eu", "support-in_2.eu"),
            ("../../etc", "..%2F..%2Fetc"),
            ("a=b", "a%3Db"),
            ("50%", "50%25"),
            ("c:\\x", "c%3A%5Cx"),
            ("line\nbreak\0", "line%0Abreak%00"),
            ("two words", "two%20words"),
            ("käse 東京", "käse%20東京"),
            ("evil\u{202e}", "evil%E2%80%AE"),
            ("", "__HIVE_DEFAULT_PARTITION__"),
        ];
        for (value, expect) in cases {
            let mut path = String::new();
            escape(value, &mut path);
            assert_eq!(path, expect);
        }
    }

    #[test]
    fn words_are_those_of_the_options() {
        for by in PartitionBy::ALL {
            assert_eq!(by.as_str().parse(), Ok(*by));
        }
        assert_eq!("hour".parse::<PartitionBy>(), Err(UnknownPartition));
    }
}
