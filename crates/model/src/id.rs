//! The stable identity of a call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};
use std::{fmt, str::FromStr};

/// Identifies a call across all vendors and accounts: the key for an upsert.
///
/// Displays as `vendor:account:call_id`, and serialises as that text in `id`
/// plus the three columns. Neither vendor nor account may hold a colon; the
/// vendor's own id may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, JsonSchema)]
#[schemars(with = "Columns")]
pub struct CallId {
    /// The vendor's name, in lower case.
    pub vendor: String,
    /// The name the user gave the source.
    pub account: String,
    /// The vendor's identifier of the call.
    pub call_id: String,
}

/// The serialised form of a [`CallId`].
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the schema derive only")]
struct Columns {
    /// `vendor:account:call_id`, the stable key of the call.
    id: String,
    /// The vendor's name.
    vendor: String,
    /// The name the user gave the source.
    account: String,
    /// The vendor's identifier of the call.
    call_id: String,
}

impl CallId {
    /// Joins the three parts.
    pub fn new(
        vendor: impl Into<String>,
        account: impl Into<String>,
        call_id: impl Into<String>,
    ) -> Self {
        Self { vendor: vendor.into(), account: account.into(), call_id: call_id.into() }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.vendor, self.account, self.call_id)
    }
}

/// A text that is not `vendor:account:call_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCallId;

impl fmt::Display for InvalidCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a call id has the form vendor:account:call_id")
    }
}

impl std::error::Error for InvalidCallId {}

impl FromStr for CallId {
    type Err = InvalidCallId;

    fn from_str(text: &str) -> Result<Self, InvalidCallId> {
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(vendor), Some(account), Some(id))
                if !vendor.is_empty() && !account.is_empty() && !id.is_empty() =>
            {
                Ok(Self::new(vendor, account, id))
            }
            _ => Err(InvalidCallId),
        }
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut columns = serializer.serialize_struct("CallId", 4)?;
        columns.serialize_field("id", &self.to_string())?;
        columns.serialize_field("vendor", &self.vendor)?;
        columns.serialize_field("account", &self.account)?;
        columns.serialize_field("call_id", &self.call_id)?;
        columns.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_id_round_trips_with_colons_in_the_vendors_part() {
        let id: CallId = "vendor:support:in:out:7".parse().unwrap();
        assert_eq!(id, CallId::new("vendor", "support", "in:out:7"));
        assert_eq!(id.to_string(), "vendor:support:in:out:7");
    }

    #[test]
    fn call_id_without_three_parts_is_refused() {
        for text in ["", "v", "v:a", "v::x", ":a:x", "v:a:"] {
            assert_eq!(text.parse::<CallId>(), Err(InvalidCallId), "{text}");
        }
    }
}
