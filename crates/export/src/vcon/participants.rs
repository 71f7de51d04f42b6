//! The participants: the caller, the called party, the vendor's platform, and the targets of
//! transfers.

use callfold_reader::text::is_uuid;
use callfold_unify::model::{
    AnsweredBy, Call, Direction, EndReasonKind, Entity, PartyRole, PhoneNumber, Speaker, Timestamp,
    TransferStatus,
};
use serde::Serialize;
use std::borrow::Cow;

/// A Party Object.
#[derive(Debug, Default, Serialize)]
pub(super) struct VconParty<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tel: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mailto: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// How the name was verified; required with a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<&'a str>,
}

/// The parties, and the index of each role.
pub(super) struct Participants<'a> {
    pub(super) parties: Vec<VconParty<'a>>,
    pub(super) agent: Option<usize>,
    pub(super) customer: Option<usize>,
    pub(super) platform: usize,
    /// The target of each of the [`transfers`].
    pub(super) targets: Vec<usize>,
}

/// One hand-over.
pub(super) struct VconTransfer<'a> {
    to: Option<&'a PhoneNumber>,
    pub(super) status: Option<&'a TransferStatus>,
    pub(super) at: Option<Timestamp>,
}

/// The hand-overs of a call; where it names none and ended by one, that.
pub(super) fn transfers(call: &Call) -> impl Iterator<Item = VconTransfer<'_>> {
    let ended_by = match call.end.as_ref().map(|end| &end.kind) {
        _ if !call.transfers.is_empty() => None,
        Some(EndReasonKind::Transferred) => Some(&TransferStatus::Completed),
        Some(EndReasonKind::TransferFailed) => Some(&TransferStatus::Failed),
        _ => None,
    };
    let named = call.transfers.iter().map(|transfer| VconTransfer {
        to: transfer.to.as_ref(),
        status: transfer.status.as_ref(),
        at: transfer.at,
    });
    named.chain(ended_by.map(|status| VconTransfer { to: None, status: Some(status), at: None }))
}

/// Both sides, if it is not known which one.
pub(super) const BOTH: [usize; 2] = [0, 1];

impl<'a> Participants<'a> {
    /// The caller comes first, because the first party of a dialog is its originator; without a
    /// direction, the agent comes first.
    pub(super) fn new(call: &'a Call) -> Self {
        let (first, second) = roles(call);
        let (from, to) = match (&call.from, &call.to) {
            (None, None) => (&call.agent_line, &call.customer),
            sides => sides,
        };
        let mut parties = vec![
            side(call, from.as_ref(), first),
            side(call, to.as_ref(), second),
            VconParty {
                name: Some(&call.id.vendor),
                validation: Some("none"),
                kind: Some("organization"),
                ..VconParty::default()
            },
        ];
        let place = |role| [first, second].iter().position(|side| *side == Some(role));
        let (agent, customer) = (place(Side::Agent), place(Side::Customer));
        let mut targets = Vec::new();
        for transfer in transfers(call) {
            targets.push(parties.len());
            parties.push(target(transfer.to));
        }
        Self { parties, agent, customer, platform: 2, targets }
    }

    /// The index of a speaker; `None` if it is not known which side.
    pub(super) fn speaker(&self, role: &Speaker) -> Option<usize> {
        match role {
            Speaker::Agent => self.agent,
            Speaker::Customer => self.customer,
            Speaker::Tool | Speaker::System => Some(self.platform),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Agent,
    Customer,
}

fn roles<'a>(call: &'a Call) -> (Option<Side>, Option<Side>) {
    let outbound = (Some(Side::Agent), Some(Side::Customer));
    let inbound = (Some(Side::Customer), Some(Side::Agent));
    let role =
        |party: Option<&'a callfold_unify::model::Party>| party.and_then(|p| p.role.as_ref());
    match (role(call.from.as_ref()), role(call.to.as_ref())) {
        (Some(PartyRole::Agent), _) | (_, Some(PartyRole::Customer)) => outbound,
        (Some(PartyRole::Customer), _) | (_, Some(PartyRole::Agent)) => inbound,
        _ => match call.direction {
            Some(Direction::Inbound) => inbound,
            Some(Direction::Outbound) => outbound,
            _ if call.from.is_none() && call.to.is_none() => outbound,
            _ => (None, None),
        },
    }
}

fn side<'a>(
    call: &'a Call,
    party: Option<&'a callfold_unify::model::Party>,
    side: Option<Side>,
) -> VconParty<'a> {
    let agent = call.agent.as_ref().filter(|_| side == Some(Side::Agent));
    let number = party.and_then(|party| party.number.as_ref());
    let name = party.and_then(|party| party.name.as_deref());
    let name = name.or_else(|| agent.and_then(|agent| agent.name.as_deref()));
    let machine = call.answered_by == Some(AnsweredBy::Machine);
    VconParty {
        tel: number.and_then(tel),
        sip: number.and_then(sip),
        mailto: party.and_then(|party| party.email.as_deref()),
        name,
        validation: name.map(|_| "none"),
        uuid: agent.and_then(|agent| agent.id.as_deref()).filter(|id| is_uuid(id)),
        kind: match side {
            Some(Side::Agent) => Some("bot"),
            Some(Side::Customer) if !machine => Some("person"),
            _ => None,
        },
        org: agent.and(call.organization.as_ref()).and_then(name_or_id),
    }
}

/// Whoever a call was handed over to: a number, or the vendor's name of the target, which has no
/// digits, as redacted numbers have.
fn target(to: Option<&PhoneNumber>) -> VconParty<'_> {
    let tel = to.and_then(tel);
    let sip = to.and_then(sip);
    let has_digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let name = to.map(|to| to.raw.as_str()).filter(|text| !text.is_empty() && !has_digits(text));
    let name = name.filter(|_| tel.is_none() && sip.is_none());
    VconParty { tel, sip, name, validation: name.map(|_| "none"), ..VconParty::default() }
}

fn name_or_id(entity: &Entity) -> Option<&str> {
    entity.name.as_deref().or(entity.id.as_deref())
}

/// A `tel` URL of an E.164 number, or an extension as it is, because a local number would need a
/// context that vendors do not provide. Words such as `anonymous` and redacted numbers are no URL.
fn tel(number: &PhoneNumber) -> Option<Cow<'_, str>> {
    match &number.e164 {
        Some(e164) => Some(format!("tel:{e164}").into()),
        None => Some(number.raw.as_str()).filter(|raw| is_dialable(raw)).map(Cow::from),
    }
}

/// Whether a text is digits, with a leading `+` perhaps, and separators that a `tel` URL may have.
fn is_dialable(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let separates = |byte: u8| matches!(byte, b'-' | b'.' | b'(' | b')');
    rest.bytes().any(|byte| byte.is_ascii_digit())
        && rest.bytes().all(|byte| byte.is_ascii_digit() || separates(byte))
}

fn sip(number: &PhoneNumber) -> Option<&str> {
    let scheme = number.raw.split_once(':')?.0.to_ascii_lowercase();
    matches!(scheme.as_str(), "sip" | "sips").then_some(number.raw.as_str())
}
