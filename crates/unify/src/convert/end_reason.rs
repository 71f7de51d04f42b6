//! How a call went: the end reason, and whether it connected.

use super::{Warnings, text};
use crate::{
    end_reason::classify_owned,
    model::{AnsweredBy, Disposition, EndReason, EndReasonKind, Status, Timestamp},
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

/// Whether a call connected, from the strongest evidence to the weakest: a
/// machine that picked up; a status word for one way of not connecting; the
/// time of the pick-up; the end reason; a status word that only says that it
/// went well or not.
pub(crate) fn disposition(
    said: Option<Disposition>,
    answered_by: Option<&AnsweredBy>,
    answered: bool,
    end: Option<&EndReason>,
) -> Option<Disposition> {
    if answered_by == Some(&AnsweredBy::Machine) {
        return Some(Disposition::Voicemail);
    }
    let vague = matches!(said, None | Some(Disposition::Answered | Disposition::Failed));
    if !vague {
        return said;
    }
    let by_end = end.and_then(|end| by_end(&end.kind));
    match by_end {
        Some(Disposition::Voicemail) => by_end,
        _ if answered => Some(Disposition::Answered),
        Some(_) => by_end,
        None => said,
    }
}

/// What an end reason alone proves. A failure of the platform and an
/// operator's stop prove nothing: they can come before the call connects or in
/// its middle.
fn by_end(kind: &EndReasonKind) -> Option<Disposition> {
    match kind {
        EndReasonKind::CustomerHangup
        | EndReasonKind::AgentHangup
        | EndReasonKind::Transferred
        | EndReasonKind::TransferFailed
        | EndReasonKind::IvrReached
        | EndReasonKind::Inactivity
        | EndReasonKind::MaxDuration => Some(Disposition::Answered),
        EndReasonKind::Voicemail => Some(Disposition::Voicemail),
        EndReasonKind::NoAnswer | EndReasonKind::NotJoined => Some(Disposition::NoAnswer),
        EndReasonKind::Busy => Some(Disposition::Busy),
        EndReasonKind::Declined => Some(Disposition::Rejected),
        EndReasonKind::InvalidNumber => Some(Disposition::InvalidNumber),
        EndReasonKind::DialFailed
        | EndReasonKind::SpamBlocked
        | EndReasonKind::AccountLimit
        | EndReasonKind::ConfigError => Some(Disposition::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EndedBy;

    #[test]
    fn strongest_evidence_decides_the_disposition() {
        use Disposition::*;
        let end = |kind| EndReason { kind, ended_by: EndedBy::Unknown, raw: String::new() };
        let machine = Some(AnsweredBy::Machine);
        let cases = [
            (None, None, false, None, None),
            (Some(Answered), machine, true, Some(EndReasonKind::CustomerHangup), Some(Voicemail)),
            (Some(Busy), None, true, Some(EndReasonKind::CustomerHangup), Some(Busy)),
            (Some(Answered), None, false, Some(EndReasonKind::Busy), Some(Busy)),
            (Some(Answered), None, false, Some(EndReasonKind::Voicemail), Some(Voicemail)),
            (None, None, true, Some(EndReasonKind::NoAnswer), Some(Answered)),
            (None, None, true, Some(EndReasonKind::Voicemail), Some(Voicemail)),
            (None, None, false, Some(EndReasonKind::CustomerHangup), Some(Answered)),
            (None, None, false, Some(EndReasonKind::LlmError), None),
            (Some(Failed), None, false, Some(EndReasonKind::LlmError), Some(Failed)),
            (Some(Failed), None, false, Some(EndReasonKind::Declined), Some(Rejected)),
            (Some(Answered), None, false, None, Some(Answered)),
            (None, None, false, Some(EndReasonKind::Canceled), None),
            (None, None, false, Some(EndReasonKind::SpamBlocked), Some(Failed)),
        ];
        for (said, answered_by, answered, kind, expect) in cases {
            let end = kind.map(end);
            let found = disposition(said.clone(), answered_by.as_ref(), answered, end.as_ref());
            assert_eq!(found, expect, "{said:?} {answered_by:?} {answered} {end:?}");
        }
    }

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
