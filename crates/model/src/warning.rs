//! What a mapping could not take at face value.

use super::WarningCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One value that was derived, assumed or dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Warning {
    /// What kind of finding this is.
    pub code: WarningCode,
    /// JSON pointer (RFC 6901) into the call's `raw`.
    pub pointer: Cow<'static, str>,
    /// What was found and what was done, without values that belong to a person.
    pub message: Cow<'static, str>,
}

impl Warning {
    /// A finding at `pointer`.
    pub fn new(
        code: WarningCode,
        pointer: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, pointer: pointer.into(), message: message.into() }
    }
}
