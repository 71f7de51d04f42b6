//! Why a policy cannot be.

use super::{Field, PrivacyPolicy};
use std::{error, fmt};

/// Why there is no such policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivacyError {
    /// The word names no mode.
    UnknownMode,
    /// The name is no column's.
    UnknownColumn {
        /// The name.
        name: String,
        /// The column whose name is most like it.
        meant: Option<&'static str>,
    },
    /// The column holds nothing that belongs to a person.
    NotPersonal {
        /// The column.
        name: String,
    },
    /// The key of a call would be masked or dropped.
    CallId,
    /// Something is to be hashed, and there is no key.
    NoKey,
    /// The key is shorter than [`PrivacyPolicy::KEY_BYTES`].
    ShortKey,
}

impl fmt::Display for PrivacyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMode => f.write_str("a privacy mode is one of keep, mask, hash and drop"),
            Self::UnknownColumn { name, meant } => {
                write!(f, "there is no column `{}`", name.escape_debug())?;
                if let Some(meant) = meant {
                    write!(f, " (did you mean `{meant}`?)")?;
                }
                f.write_str("; columns with people's data are ")?;
                names(f)
            }
            Self::NotPersonal { name } => {
                write!(f, "column `{name}` holds nobody's data; columns with people's data are ")?;
                names(f)
            }
            Self::CallId => f.write_str("`call_id` is the key of a call: it can be kept or hashed"),
            Self::NoKey => f.write_str("hashing needs a key, and none is configured"),
            Self::ShortKey => write!(
                f,
                "the key for hashing is too short: it needs {} bytes or more",
                PrivacyPolicy::KEY_BYTES
            ),
        }
    }
}

fn names(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    Field::ALL.iter().enumerate().try_for_each(|(place, field)| {
        write!(f, "{}{}", if place == 0 { "" } else { ", " }, field.name())
    })
}

impl error::Error for PrivacyError {}
