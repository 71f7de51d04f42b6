//! Errors of privacy policies.

use super::{PrivacyPolicy, PrivateField};
use std::{error, fmt};

/// A privacy policy is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivacyError {
    /// The word is not a mode.
    UnknownMode,
    /// There is no such column.
    UnknownColumn {
        /// The name.
        name: String,
        /// The column with the most similar name.
        similar: Option<&'static str>,
    },
    /// The column holds no personal data.
    NotPersonal {
        /// The column.
        name: String,
    },
    /// The id of a call would be masked or dropped.
    CallId,
    /// Hashing needs a key.
    NoKey,
    /// The key is shorter than [`PrivacyPolicy::MIN_KEY_BYTES`].
    ShortKey,
}

impl fmt::Display for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMode => f.write_str("must be keep, mask, hash or drop"),
            Self::UnknownColumn { name, similar } => {
                write!(f, "unknown column `{}`", name.escape_debug())?;
                if let Some(similar) = similar {
                    write!(f, " (did you mean `{similar}`?)")?;
                }
                f.write_str("; columns with personal data: ")?;
                names(f)
            }
            Self::NotPersonal { name } => {
                write!(f, "column `{name}` holds no personal data; columns with personal data: ")?;
                names(f)
            }
            Self::CallId => {
                f.write_str("`call_id` identifies a call and can only be kept or hashed")
            }
            Self::NoKey => f.write_str("hashing needs a key, and none is configured"),
            Self::ShortKey => write!(
                f,
                "the key for hashing is too short: it needs {} bytes or more",
                PrivacyPolicy::MIN_KEY_BYTES
            ),
        }
    }
}

fn names(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    PrivateField::ALL.iter().enumerate().try_for_each(|(place, field)| {
        write!(f, "{}{}", if place == 0 { "" } else { ", " }, field.name())
    })
}

impl error::Error for PrivacyError {}
