//! JSON without characters that a terminal would act upon.

use crate::{EncodeError, EncodeErrorKind};
use callfold_unify::json;
use serde::Serialize;

/// Appends a value as JSON on one line, without a line break.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    value: &T,
) -> Result<(), EncodeError> {
    json::write(out, value).map_err(|error| {
        EncodeError::caused_by(
            EncodeErrorKind::Encoder,
            "a call could not be written as JSON",
            error,
        )
    })
}
