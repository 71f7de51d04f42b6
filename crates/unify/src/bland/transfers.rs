//! Hand-overs: to a number, or with a helper's calls to it.

use super::progress::VendorWord;
use crate::{
    Context,
    convert::{Warnings, json_object, text, time},
    model::{JsonObject, PhoneNumber, Transfer, TransferKind, TransferStatus, WarningCode},
};
use callfold_bland::types;
use std::borrow::Cow;

/// The words for a hand-over and for a helper's call.
const STATES: [(&str, TransferStatus); 10] = [
    ("merged", TransferStatus::Completed),
    ("started", TransferStatus::Started),
    ("waiting", TransferStatus::Started),
    ("attempting", TransferStatus::Started),
    ("queued", TransferStatus::Started),
    ("no-answer", TransferStatus::NoAnswer),
    ("timed-out", TransferStatus::NoAnswer),
    ("cancelled", TransferStatus::Canceled),
    ("hung-up", TransferStatus::Canceled),
    ("failed", TransferStatus::Failed),
];

/// Where a record has a hand-over with a helper's calls.
const WARM: &str = "/warm_transfer_call";

/// The hand-overs of a call.
pub(super) struct Handover {
    pub(super) transfers: Vec<Transfer>,
    /// The word for the hand-over with a helper's calls.
    pub(super) state: Option<VendorWord>,
    is_transferred: bool,
}

impl Handover {
    /// One for each of the helper's calls, and one to the number that the record names, if it is not
    /// theirs.
    pub(super) fn of(
        record: &mut types::Call,
        facts: &mut JsonObject,
        context: &Context,
        warnings: &mut Warnings,
    ) -> Self {
        let to = number(record.transferred_to.take(), "/transferred_to", context, warnings);
        let at = time::instant(record.transferred_at.take(), "/transferred_at", context, warnings);
        let is_transferred = to.is_some();
        let Some(warm) = record.warm_transfer_call.take() else {
            let status = is_transferred.then_some(TransferStatus::Completed);
            let own = Transfer { to, kind: None, status, at };
            let transfers = Some(own).filter(|own| *own != Transfer::default());
            return Self {
                transfers: transfers.into_iter().collect(),
                state: None,
                is_transferred,
            };
        };
        warnings.extra(WARM, &warm.extra);
        let state = state_word(warm.state.map(|word| word.to_string()), WARM, warnings);
        if let Some(VendorWord { raw, listed: None }) = &state {
            json_object::put_value(facts, "warm_transfer_call/state", Some(raw));
        }
        let mut transfers = Vec::new();
        for (index, leg) in warm.proxy_agent_calls.into_iter().flatten().enumerate() {
            let place = format!("{WARM}/proxy_agent_calls/{index}");
            warnings.extra(&place, &leg.extra);
            let to = number(leg.phone_number, format!("{place}/phone_number"), context, warnings);
            let word = state_word(leg.state.map(|word| word.to_string()), &place, warnings);
            let status = word.as_ref().map(status);
            transfers.push(Transfer { to, kind: Some(TransferKind::Warm), status, at: None });
            let name = format!("{}/call_id", place.trim_start_matches('/'));
            json_object::put_value(facts, &name, text(leg.call_id));
        }
        let theirs = match &to {
            Some(_) => transfers.iter_mut().find(|transfer| transfer.to == to),
            None => transfers.last_mut(),
        };
        match theirs {
            Some(theirs) => theirs.at = at,
            None => {
                let (kind, status) = (Some(TransferKind::Warm), state.as_ref().map(status));
                transfers.push(Transfer { to, kind, status, at });
            }
        }
        Self { transfers, state, is_transferred }
    }

    /// Whether the call was handed over without a helper's calls.
    pub(super) fn is_direct(&self) -> bool {
        self.is_transferred && self.state.is_none()
    }
}

/// The word for the state of what is at `place`.
fn state_word(word: Option<String>, place: &str, warnings: &mut Warnings) -> Option<VendorWord> {
    let listed = STATES.map(|(listed, _)| listed);
    VendorWord::new(word, &listed, || format!("{place}/state"), warnings)
}

fn status(word: &VendorWord) -> TransferStatus {
    let listed = STATES.iter().find(|(listed, _)| word.listed == Some(*listed));
    listed.map_or_else(|| word.raw.as_str().into(), |(_, status)| status.clone())
}

/// A number that is handed over to; one that has no E.164 form is kept and noted.
fn number(
    value: Option<String>,
    pointer: impl Into<Cow<'static, str>>,
    context: &Context,
    warnings: &mut Warnings,
) -> Option<PhoneNumber> {
    let number = context.phone_number(&text(value)?);
    if number.e164.is_none() {
        let message = "the number is not E.164; it is kept as it came";
        warnings.add(WarningCode::InvalidE164, pointer, message);
    }
    Some(number)
}
