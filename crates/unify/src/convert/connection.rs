//! Whether a call connected: one order of evidence for every vendor.
//!
//! Belongs here: what a call's own fields prove, once a mapping has filled
//! them. Does not belong here: which of a vendor's words means what.

use crate::model::{
    AnsweredBy, Call, Direction, Disposition, EndReason, EndReasonKind, Speaker, Status,
};
use std::time::Duration;

/// What a vendor says about the connection beside the fields of the call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConnectionEvidence<'a> {
    /// What its status word says.
    pub(crate) word: Option<&'a Disposition>,
    /// Whether every outbound call that was picked up has a time of pick-up.
    pub(crate) reports_pick_up: bool,
}

impl ConnectionEvidence<'_> {
    /// Fills [`Call::disposition`] and [`Call::answered_by`]. A mailbox is a
    /// machine; that none was met does not make it a person.
    pub(crate) fn fill(self, call: &mut Call) {
        call.disposition = self.disposition(call);
        if call.disposition == Some(Disposition::Voicemail) && call.answered_by.is_none() {
            call.answered_by = Some(AnsweredBy::Machine);
        }
    }

    /// From the strongest evidence to the weakest: a machine that picked up; a
    /// word for one way of not connecting; the time of the pick-up; a turn of
    /// the customer; the end reason; that it rang and ended without the time of
    /// pick-up its vendor would report; a word that only says that it went well
    /// or not.
    fn disposition(self, call: &Call) -> Option<Disposition> {
        let end = call.end.as_ref();
        let is_vague =
            matches!(self.word, None | Some(Disposition::Answered | Disposition::Failed));
        if call.answered_by == Some(AnsweredBy::Machine)
            || end.is_some_and(|end| is_vague && end.kind == EndReasonKind::Voicemail)
        {
            return Some(Disposition::Voicemail);
        }
        if !is_vague {
            return self.word.cloned();
        }
        if call.answered_at.is_some() || customer_spoke(call) {
            return Some(Disposition::Answered);
        }
        let missed = self.reports_pick_up && call.direction == Some(Direction::Outbound);
        let by_end = end
            .and_then(|end| by_end(end, call))
            .filter(|found| !(missed && *found == Disposition::Answered));
        if by_end.is_some() {
            return by_end;
        }
        if missed && call.ringing_at.is_some() && call.ended_at.is_some() {
            return Some(Disposition::NoAnswer);
        }
        match self.word {
            // It may have broken down after the pick-up.
            Some(Disposition::Failed) if length(call).is_some_and(|length| !length.is_zero()) => {
                None
            }
            word => word.cloned(),
        }
    }
}

fn customer_spoke(call: &Call) -> bool {
    call.transcript.turns.iter().any(|turn| turn.role == Speaker::Customer)
}

/// The length the vendor reports, or else the computed one.
fn length(call: &Call) -> Option<Duration> {
    call.reported_duration.or(call.duration)
}

/// What an end reason alone proves. A failure of the platform and an
/// operator's stop prove nothing: they can come before the call connects or in
/// its middle. Neither does a transfer of a call that was still ringing.
fn by_end(end: &EndReason, call: &Call) -> Option<Disposition> {
    match &end.kind {
        EndReasonKind::Transferred
            if call.status == Status::Failed
                || length(call) == Some(Duration::ZERO)
                || end.raw.to_ascii_lowercase().contains("ringing") =>
        {
            None
        }
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
        EndReasonKind::Declined => Some(Disposition::Declined),
        EndReasonKind::InvalidNumber => Some(Disposition::InvalidNumber),
        EndReasonKind::DialFailed
        | EndReasonKind::SpamBlocked
        | EndReasonKind::AccountLimit
        | EndReasonKind::ConfigError => Some(Disposition::Failed),
        _ => None,
    }
}

#[cfg(test)]
#[path = "../tests/connection.rs"]
mod tests;
