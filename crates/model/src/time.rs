//! Times are UTC instants; lengths serialise as whole milliseconds.

use chrono::{DateTime, Utc};

/// An instant, in UTC, at most nanosecond exact. Serialised as RFC 3339 with `Z`.
pub type Timestamp = DateTime<Utc>;

/// Serialises `Option<Duration>` as whole milliseconds.
pub(crate) mod option_millis {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
