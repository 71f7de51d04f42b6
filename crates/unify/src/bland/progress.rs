//! How far a call got and how it went: what its four words and its error text say together.

use super::{VENDOR, transfers::Handover};
use crate::{
    convert::{Warnings, end_reason, json_object, text, words},
    end_reason::classify_owned,
    model::{
        AnsweredBy, Disposition, EndReason, EndReasonKind, EndedBy, JsonObject, Status, Timestamp,
        WarningCode,
    },
};
use callfold_bland::types;

/// The words of `queue_status`.
const QUEUE: &[&str] = &[
    "new",
    "queued",
    "allocated",
    "started",
    "complete",
    "completed",
    "complete-error",
    "pre-queue-error",
    "queue-error",
    "call-error",
];
/// The words of `status`.
const STATUS: &[&str] = &["completed", "failed", "busy", "no-answer", "canceled", "unknown"];
/// The words of `answered_by`.
const ANSWERED_BY: &[&str] = &["human", "voicemail", "machine", "unknown", "no-answer"];
/// The words of `call_ended_by`.
const ENDED_BY: &[&str] = &["assistant", "user"];

/// A word as the vendor wrote it, and which of the listed ones it is.
#[derive(Debug)]
pub(super) struct VendorWord {
    pub(super) raw: String,
    pub(super) listed: Option<&'static str>,
}

impl VendorWord {
    /// A word that is not listed is noted.
    pub(super) fn new(
        word: Option<String>,
        listed: &[&'static str],
        pointer: impl FnOnce() -> String,
        warnings: &mut Warnings,
    ) -> Option<Self> {
        let raw = text(word)?;
        let listed = listed.iter().copied().find(|listed| words::is_same(&raw, listed));
        if listed.is_none() {
            warnings.unknown(pointer());
        }
        Some(Self { raw, listed })
    }
}

/// Whether the word is this one.
fn is(word: Option<&VendorWord>, listed: &str) -> bool {
    word.is_some_and(|word| word.listed == Some(listed))
}

/// What else proves that a call connected.
#[derive(Clone, Copy)]
pub(super) struct ConnectionProofs {
    /// The agent picks up calls of customers.
    pub(super) is_inbound: bool,
    /// The reported length is not zero.
    pub(super) has_length: bool,
    pub(super) customer_spoke: bool,
}

/// The words of a record about the state and the course of its call.
pub(super) struct Progress {
    completed: Option<bool>,
    queue: Option<VendorWord>,
    status: Option<VendorWord>,
    answered_by: Option<VendorWord>,
    ended_by: Option<VendorWord>,
}

impl Progress {
    /// Words that are not listed are kept in the facts too: others may count more.
    pub(super) fn new(
        record: &mut types::Call,
        facts: &mut JsonObject,
        warnings: &mut Warnings,
    ) -> Self {
        let mut read = |word, name: &str, listed| {
            let word = VendorWord::new(word, listed, || format!("/{name}"), warnings);
            if let Some(VendorWord { raw, listed: None }) = &word {
                json_object::put_value(facts, name, Some(raw));
            }
            word
        };
        let queue = record.queue_status.take().map(|word| word.to_string());
        let status = record.status.take().map(|word| word.to_string());
        let answered_by = record.answered_by.take().map(|word| word.to_string());
        let ended_by = record.call_ended_by.take().map(|word| word.to_string());
        Self {
            completed: record.completed,
            queue: read(queue, "queue_status", QUEUE),
            status: read(status, "status", STATUS),
            answered_by: read(answered_by, "answered_by", ANSWERED_BY),
            ended_by: read(ended_by, "call_ended_by", ENDED_BY),
        }
    }

    /// Where the call is in its life. `completed` counts more than `queue_status`, but for the
    /// errors of the queue.
    pub(super) fn status(&self, end: Option<Timestamp>, warnings: &mut Warnings) -> Status {
        let by_queue = self.queue.as_ref().map(|word| match word.listed {
            Some("new" | "queued") => Status::Queued,
            Some("allocated") => Status::Ringing,
            Some("started") => Status::InProgress,
            Some("complete" | "completed" | "complete-error") => Status::Ended,
            Some(_) => Status::Failed,
            None => Status::Other(word.raw.clone()),
        });
        let is_over = match (self.completed, &by_queue) {
            (_, Some(Status::Failed)) => Some(true),
            (Some(completed), _) => Some(completed),
            (None, Some(word)) if !word.is_other() => Some(word.is_final()),
            (None, _) => None,
        };
        let is_contradicted = match (&by_queue, is_over) {
            (Some(Status::Other(_)) | None, _) | (_, None) => false,
            (Some(word), Some(is_over)) => word.is_final() != is_over,
        };
        if is_contradicted {
            let message = "the word says otherwise than `completed`, which counts; left out";
            warnings.add(WarningCode::InvalidValue, "/queue_status", message);
        }
        let has_failed = by_queue == Some(Status::Failed) || is(self.status.as_ref(), "failed");
        match (is_over, by_queue) {
            (Some(true), _) if has_failed => Status::Failed,
            (Some(true), _) => Status::Ended,
            (Some(false), Some(Status::Ended)) => Status::InProgress,
            (_, Some(word)) => word,
            (Some(false), None) => Status::Other("unknown".to_owned()),
            (None, None) => self.status_by_outcome(end),
        }
    }

    /// The state by the word for how the call went, which only a call that is over has.
    fn status_by_outcome(&self, end: Option<Timestamp>) -> Status {
        match self.status.as_ref().map(|word| word.listed) {
            Some(Some("failed")) => Status::Failed,
            Some(Some("completed" | "busy" | "no-answer" | "canceled")) => Status::Ended,
            _ => end_reason::status_by_end(end),
        }
    }

    /// What picked up. `unknown` does not prove that a person answered.
    pub(super) fn answered_by(&self) -> Option<AnsweredBy> {
        let word = self.answered_by.as_ref()?;
        match word.listed {
            Some("human") => Some(AnsweredBy::Human),
            Some("voicemail" | "machine") => Some(AnsweredBy::Machine),
            Some(_) => None,
            None => Some(AnsweredBy::Other(word.raw.clone())),
        }
    }

    /// Whether a word says that nobody and nothing picked up.
    pub(super) fn is_unconnected(&self) -> bool {
        let by_status = self.status.as_ref().and_then(|word| word.listed);
        matches!(by_status, Some("busy" | "no-answer" | "canceled"))
            || is(self.answered_by.as_ref(), "no-answer")
    }

    fn is_connected(&self, proofs: ConnectionProofs) -> bool {
        let picked_up = self.answered_by.as_ref().and_then(|word| word.listed);
        !self.is_unconnected()
            && (is(self.status.as_ref(), "completed")
                || matches!(picked_up, Some("human" | "voicemail" | "machine"))
                || proofs.has_length
                || proofs.customer_spoke)
    }

    /// Why the call ended: a hand-over, a mailbox, who hung up, the error, how it went, the queue's
    /// error, in this order. An error beside a call that connected is not why it ended. A tag for
    /// what came of the call is never why it ended.
    pub(super) fn end(
        &self,
        handover: &Handover,
        error: Option<&str>,
        proofs: ConnectionProofs,
    ) -> Option<EndReason> {
        let status = self.status.as_ref();
        let by_party =
            self.ended_by.as_ref().filter(|_| is(status, "completed") || status.is_none());
        let error = error.filter(|_| !self.is_connected(proofs));
        let keyed = |field: &str, word: Option<&VendorWord>| {
            word.map(|word| (format!("{field} {}", word.raw), word.raw.clone()))
        };
        let direct = handover.is_direct().then_some(("transferred-to", "transferred_to"));
        let machine = self.answered_by.as_ref().filter(|word| word.listed != Some("no-answer"));
        let missed = self.answered_by.as_ref().filter(|word| word.listed == Some("no-answer"));
        let (vague, specific) = match status.and_then(|word| word.listed) {
            Some("completed" | "failed" | "unknown") | None => (status, None),
            Some(_) => (None, status),
        };
        let candidates = [
            keyed("warm-transfer", handover.state.as_ref()),
            direct.map(|(key, raw)| (key.to_owned(), raw.to_owned())),
            keyed("answered-by", machine),
            keyed("ended-by", by_party),
            error.map(|error| (error.to_owned(), error.to_owned())),
            keyed("status", specific),
            keyed("answered-by", missed),
            keyed("queue", self.queue.as_ref()),
            keyed("status", vague),
        ];
        let mut ends = candidates.into_iter().flatten().map(|(key, raw)| {
            let EndReason { kind, ended_by, .. } = classify_owned(VENDOR, key);
            EndReason { kind, ended_by, raw }
        });
        let other = |raw: &str| EndReason {
            kind: EndReasonKind::Other(raw.to_owned()),
            ended_by: EndedBy::Unknown,
            raw: raw.to_owned(),
        };
        let undocumented = vague.map(|word| word.raw.as_str()).or(error);
        ends.find(|end| !end.kind.is_other()).or_else(|| undocumented.map(other))
    }

    /// What the words say about whether the call connected. Where an end reason says how it did not,
    /// that counts more than `no-answer` as what picked up.
    pub(super) fn disposition(
        &self,
        end: Option<&EndReason>,
        proofs: ConnectionProofs,
    ) -> Option<Disposition> {
        let status = self.status.as_ref().and_then(|word| word.listed);
        let picked_up = self.answered_by.as_ref().and_then(|word| word.listed);
        let kind = end.map(|end| &end.kind);
        match (status, picked_up) {
            (Some("busy"), _) => Some(Disposition::Busy),
            (Some("no-answer"), _) => Some(Disposition::NoAnswer),
            (Some("canceled"), _) => Some(Disposition::Canceled),
            (_, Some("no-answer")) => match kind {
                Some(EndReasonKind::Busy | EndReasonKind::InvalidNumber) => None,
                Some(EndReasonKind::SpamBlocked | EndReasonKind::DialFailed) => None,
                Some(EndReasonKind::AccountLimit | EndReasonKind::ConfigError) => None,
                _ => Some(Disposition::NoAnswer),
            },
            (_, Some("human")) => Some(Disposition::Answered),
            (Some("completed"), Some("unknown")) => Some(Disposition::Answered),
            (Some("completed"), None) if proofs.is_inbound => Some(Disposition::Answered),
            (None, Some("unknown")) if proofs.has_length => Some(Disposition::Answered),
            (Some("failed"), _) => Some(Disposition::Failed),
            _ => None,
        }
    }
}
