//! Why a call ended, and its state where no word names one.

use super::{Warnings, text};
use crate::{
    end_reason::classify_owned,
    model::{EndReason, Status, Timestamp},
};

/// Classifies an end reason; a word no rule fits leaves `unknown_value`.
pub(crate) fn end_reason(
    vendor: &str,
    raw: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<EndReason> {
    let end = classify_owned(vendor, text(raw)?);
    if end.kind.is_other() {
        warnings.unknown(pointer);
    }
    Some(end)
}

/// The state of a call whose record names none: over when it has an end.
pub(crate) fn status_by_end(ended_at: Option<Timestamp>) -> Status {
    match ended_at {
        Some(_) => Status::Ended,
        None => Status::Other("unknown".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EndReasonKind;

    #[test]
    fn unknown_end_reason_is_noted_and_empty_one_is_none() {
        let mut warnings = Warnings::default();
        assert_eq!(end_reason("", Some("".into()), "/e", &mut warnings), None);
        assert!(end_reason("", Some("user_hangup".into()), "/e", &mut warnings).is_some());
        assert_eq!(warnings.codes(), []);
        let end = end_reason("", Some("gremlins".into()), "/e", &mut warnings).unwrap();
        assert_eq!(end.kind, EndReasonKind::Other("gremlins".into()));
        assert_eq!(warnings.codes(), [("unknown_value", "/e")]);
    }
}
