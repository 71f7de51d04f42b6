//! What is counted of a call. `docs/report.md` has the same definitions as a table.

use crate::{period::local_time, tally::Tally};
use callfold_tables::TurnFigures;
use callfold_unify::{
    json::is_terminal_control,
    model::{
        Call, CostKind, CostUnit, Direction, Disposition, DurationBasis, EndReasonKind, Transfer,
        TransferKind, TransferStatus, Turn, TurnKind,
    },
};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};

pub(crate) use crate::metric::{Amount, Answer, LengthKind, Metric, Question};

/// Upper ends of the bins of lengths, in seconds; the last bin has none.
pub(crate) const LENGTH_BINS: [u64; 13] =
    [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600];

/// Upper ends of the bins of response times, in milliseconds; the last bin has none.
pub(crate) const LATENCY_BINS: [u64; 13] =
    [250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2500, 3000, 4000, 6000, 10_000];

/// The place of the bin of a value: its ends are the first above it.
fn bin(ends: &[u64], value: f64) -> u8 {
    ends.iter().take_while(|end| value >= **end as f64).count() as u8
}

/// Words of a closed column, with `other` and, for no word at all, `unknown`.
fn words(listed: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    listed.iter().copied().chain(["other", "unknown"])
}

fn place(listed: &[&str], word: Option<&str>) -> u8 {
    let at = match word {
        None => listed.len() + 1,
        Some(word) => listed.iter().position(|known| *known == word).unwrap_or(listed.len()),
    };
    at as u8
}

pub(crate) fn dispositions() -> impl Iterator<Item = &'static str> {
    words(Disposition::WORDS)
}

pub(crate) fn end_kinds() -> impl Iterator<Item = &'static str> {
    words(EndReasonKind::WORDS)
}

pub(crate) fn transfer_kinds() -> impl Iterator<Item = &'static str> {
    words(TransferKind::WORDS)
}

pub(crate) fn transfer_statuses() -> impl Iterator<Item = &'static str> {
    words(TransferStatus::WORDS)
}

pub(crate) fn cost_kinds() -> impl Iterator<Item = &'static str> {
    CostKind::WORDS.iter().copied().chain(["other"])
}

/// A unit of cost. Credits, and amounts without a unit, are those of one vendor only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PricedUnit {
    pub(crate) unit: String,
    /// The vendor, unless the unit is a currency.
    pub(crate) vendor: Option<String>,
}

impl PricedUnit {
    fn of(unit: &CostUnit, vendor: &str) -> Self {
        let is_currency = matches!(unit, CostUnit::Currency(_));
        Self { unit: label(unit.as_str()), vendor: (!is_currency).then(|| vendor.to_owned()) }
    }

    /// The unit for people.
    pub(crate) fn title(&self) -> String {
        let unit = if self.unit == "unspecified" { "unit not stated" } else { &self.unit };
        match &self.vendor {
            Some(vendor) => format!("{unit} ({vendor})"),
            None => unit.to_owned(),
        }
    }
}

/// Most names of a kind that are counted separately; the rest are `others`.
const MAX_NAMES: usize = 5_000;
const MAX_UNITS: usize = 120;

/// Names that come from calls, by their place.
#[derive(Clone, Debug)]
pub(crate) struct Names<K> {
    names: Vec<K>,
    places: HashMap<K, u16>,
    most: usize,
}

impl<K: Clone + Eq + std::hash::Hash> Names<K> {
    pub(crate) fn new(most: usize) -> Self {
        Self { names: Vec::new(), places: HashMap::new(), most }
    }

    /// The place of a name; that of `others()` once there are too many.
    pub(crate) fn place<Q>(&mut self, name: &Q, others: impl FnOnce() -> K) -> u16
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + std::hash::Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let name = if self.names.len() < self.most { name.to_owned() } else { others() };
        let next = self.names.len() as u16;
        let place = *self.places.entry(name.clone()).or_insert(next);
        if place == next {
            self.names.push(name);
        }
        place
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &K)> {
        self.names.iter().enumerate().map(|(place, name)| (place as u16, name))
    }

    pub(crate) fn get(&self, place: u16) -> Option<&K> {
        self.names.get(usize::from(place))
    }
}

/// The group of names that are too many, or too small to be shown.
pub(crate) const OTHERS: &str = "(others)";
/// The group of calls that state no name.
pub(crate) const NOT_STATED: &str = "(not stated)";

/// A name as tables show it: one line, at most 80 characters, nothing invisible.
pub(crate) fn label(text: &str) -> String {
    let clean = |c: char| {
        if c.is_whitespace() {
            ' '
        } else if is_terminal_control(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    let mut label: String = text.trim().chars().take(80).map(clean).collect();
    if text.trim().chars().nth(80).is_some() {
        label.push('…');
    }
    label
}

/// The agent as the view `call_facts` has it: the name, or the id if there is none.
pub(crate) fn agent_label(call: &Call) -> String {
    let agent = call.agent.as_ref().and_then(|agent| agent.name.as_ref().or(agent.id.as_ref()));
    agent.map_or_else(|| NOT_STATED.to_owned(), |name| label(name))
}

/// The campaign: the name, or the id if there is none.
pub(crate) fn campaign_label(call: &Call) -> Option<String> {
    let campaign = call.campaign.as_ref()?;
    campaign.name.as_ref().or(campaign.id.as_ref()).map(|name| label(name))
}

/// Whether the call was answered, as the view `call_facts` has it.
pub(crate) fn answered(call: &Call) -> Answer {
    match &call.disposition {
        None | Some(Disposition::Other(_)) => Answer::Unknown,
        Some(Disposition::Answered) => Answer::Yes,
        Some(_) => Answer::No,
    }
}

/// The place of a direction: outbound, inbound, another, not stated.
pub(crate) fn direction_place(direction: Option<&Direction>) -> u8 {
    match direction {
        Some(Direction::Outbound) => 0,
        Some(Direction::Inbound) => 1,
        Some(_) => 2,
        None => 3,
    }
}

/// The names of directions, by their place.
pub(crate) const DIRECTIONS: [&str; 4] = ["outbound", "inbound", "other", "unknown"];

/// Measures calls: holds the names that their metrics refer to.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    zone: Tz,
    pub(crate) units: Names<PricedUnit>,
    pub(crate) tools: Names<String>,
    pub(crate) campaigns: Names<String>,
}

/// The values of a call that go into distributions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lengths {
    /// In milliseconds.
    pub(crate) length: Option<(LengthKind, f64)>,
    /// In milliseconds.
    pub(crate) latency: Option<f64>,
}

impl Measure {
    pub(crate) fn new(zone: Tz) -> Self {
        Self {
            zone,
            units: Names::new(MAX_UNITS),
            tools: Names::new(MAX_NAMES),
            campaigns: Names::new(MAX_NAMES),
        }
    }

    pub(crate) fn zone(&self) -> Tz {
        self.zone
    }

    /// Adds a call to a tally.
    pub(crate) fn add(&mut self, call: &Call, turns: &TurnFigures, tally: &mut Tally) -> Lengths {
        let mut lengths = Lengths::default();
        let answered = answered(call);
        let direction = direction_place(call.direction.as_ref());
        tally.count(Metric::Calls, 1);
        let campaign = campaign_label(call);
        let campaign =
            campaign.map(|name| self.campaigns.place(name.as_str(), || OTHERS.to_owned()));
        if let Some(campaign) = campaign {
            tally.count(Metric::Campaign(campaign), 1);
        }
        if call.is_over() {
            tally.count(Metric::Over, 1);
            self.add_answers(call, turns, answered, direction, tally);
            if let (Some(campaign), 0) = (campaign, direction) {
                tally.count(Metric::CampaignOutbound(campaign, answered), 1);
            }
            lengths.length = add_length(call, answered, tally);
            let disposition = call.disposition.as_ref().map(|word| word.as_str());
            tally.count(Metric::Disposition(place(Disposition::WORDS, disposition)), 1);
            let end = call.end.as_ref().map(|end| end.kind.as_str());
            tally.count(Metric::End(place(EndReasonKind::WORDS, end)), 1);
        }
        if answered != Answer::No {
            tally.count(Metric::LatencyAsked, 1);
            if let Some(ms) = turns.latency_p50_ms {
                tally.count(Metric::LatencyKnown, 1);
                tally.count(Metric::LatencyBin(bin(&LATENCY_BINS, ms)), 1);
                lengths.latency = Some(ms);
            }
        }
        self.add_cost(call, tally);
        add_transfers(call, tally);
        self.add_tools(call, tally);
        lengths
    }

    fn add_answers(
        &self,
        call: &Call,
        turns: &TurnFigures,
        answered: Answer,
        direction: u8,
        tally: &mut Tally,
    ) {
        let spoke = Answer::from(turns.customer_turns.map(|turns| turns > 0));
        let success = Answer::from(call.outcome.success);
        let talked = answered.and(spoke);
        let goal = talked.and(success);
        tally.count(Metric::Known(Question::Answered, answered), 1);
        tally.count(Metric::Known(Question::Talked, talked), 1);
        tally.count(Metric::Known(Question::Goal, goal), 1);
        tally.count(Metric::Known(Question::Success, success), 1);
        let appointment = Answer::from(call.outcome.appointment_booked);
        tally.count(Metric::Known(Question::Appointment, appointment), 1);
        match direction {
            0 => tally.count(Metric::Outbound(answered), 1),
            1 => tally.count(Metric::Inbound(answered), 1),
            _ => return,
        }
        tally.count(Metric::Funnel(direction, Question::Talked, talked), 1);
        tally.count(Metric::Funnel(direction, Question::Goal, goal), 1);
        if let (0, Some(at)) = (direction, call.started_at) {
            let (_, weekday, hour) = local_time(at, self.zone);
            tally.count(Metric::Heat(weekday, hour, answered), 1);
        }
    }

    fn add_cost(&mut self, call: &Call, tally: &mut Tally) {
        let vendor = call.id.vendor.as_str();
        let mut place = |unit: &CostUnit| {
            let others = || PricedUnit { unit: OTHERS.to_owned(), vendor: None };
            let unit = PricedUnit::of(unit, vendor);
            self.units.place(&unit, others) as u8
        };
        let total = call.cost.as_ref().and_then(|cost| Some((place(&cost.unit), cost.total?)));
        match total {
            Some((unit, total)) => {
                tally.count(Metric::CostCalls(unit), 1);
                tally.pay(Amount::Total(unit), total);
            }
            None => tally.count(Metric::NoCost, 1),
        }
        for part in call.cost.iter().flat_map(|cost| &cost.parts) {
            let kinds = CostKind::WORDS;
            let kind = kinds.iter().position(|word| *word == part.kind.as_str());
            let kind = kind.unwrap_or(kinds.len()) as u8;
            tally.pay(Amount::Part(place(&part.unit), kind), part.amount);
        }
        for further in call.cost.iter().flat_map(|cost| &cost.other_totals) {
            tally.pay(Amount::Further(place(&further.unit)), further.amount);
        }
    }

    /// A use is a call of a tool with its result, which have the same id.
    fn add_tools(&mut self, call: &Call, tally: &mut Tally) {
        let is_tool = |turn: &&Turn| matches!(turn.kind, TurnKind::ToolCall | TurnKind::ToolResult);
        let mut uses: BTreeMap<(Option<&str>, usize), ToolUse<'_>> = BTreeMap::new();
        for (at, turn) in call.transcript.turns.iter().filter(is_tool).enumerate() {
            let tool = turn.tool.as_ref();
            let id = tool.and_then(|tool| tool.id.as_deref());
            let known = uses.entry((id, if id.is_some() { 0 } else { at })).or_default();
            known.name = known.name.max(tool.and_then(|tool| tool.name.as_deref()));
            known.ok = match (known.ok, tool.and_then(|tool| tool.ok)) {
                (Some(a), Some(b)) => Some(a && b),
                (a, b) => a.or(b),
            };
        }
        for ToolUse { name, ok } in uses.into_values() {
            let name = name.map_or_else(|| NOT_STATED.to_owned(), label);
            let tool = self.tools.place(name.as_str(), || OTHERS.to_owned());
            tally.count(Metric::Tool(tool, ok.into()), 1);
        }
    }
}

/// The result of one use of a tool, from the turns with its id.
#[derive(Default)]
struct ToolUse<'a> {
    name: Option<&'a str>,
    ok: Option<bool>,
}

/// The length of a call that is over: its talk time, or else, where it was answered or may have
/// been, the whole length.
fn add_length(call: &Call, answered: Answer, tally: &mut Tally) -> Option<(LengthKind, f64)> {
    let millis =
        |length: std::time::Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let (kind, ms) = if let Some(talk) = call.talk_time {
        tally.count(Metric::TalkMeasured, 1);
        tally.count(Metric::TalkMs, millis(talk));
        (LengthKind::Talk, millis(talk))
    } else {
        if answered == Answer::No {
            return None;
        }
        tally.count(Metric::TalkUnknown, 1);
        let basis = match &call.duration_basis {
            Some(DurationBasis::Dispatch) => LengthKind::Dispatch,
            Some(DurationBasis::Answer) => LengthKind::Answer,
            _ => LengthKind::Start,
        };
        let computed = call.duration.map(|length| (basis, millis(length)));
        let reported = call.reported_duration.map(|it| (LengthKind::Reported, millis(it)));
        let Some((kind, ms)) = computed.or(reported) else {
            tally.count(Metric::NoLength, 1);
            return None;
        };
        tally.count(Metric::WholeCalls(kind), 1);
        tally.count(Metric::WholeMs(kind), ms);
        (kind, ms)
    };
    tally.count(Metric::LengthBin(kind, bin(&LENGTH_BINS, ms as f64 / 1000.0)), 1);
    Some((kind, ms as f64))
}

/// A call that ended by a transfer counts as one, even if the vendor lists none.
fn add_transfers(call: &Call, tally: &mut Tally) {
    let ended_by_one = call.end.as_ref().is_some_and(|end| {
        matches!(end.kind, EndReasonKind::Transferred | EndReasonKind::TransferFailed)
    });
    let unstated = [Transfer::default()];
    let transfers = match call.transfers.as_slice() {
        [] if ended_by_one => &unstated[..],
        transfers => transfers,
    };
    for transfer in transfers {
        let kind = place(TransferKind::WORDS, transfer.kind.as_ref().map(|word| word.as_str()));
        let status = transfer.status.as_ref().map(|word| word.as_str());
        tally.count(Metric::Transfer(kind, place(TransferStatus::WORDS, status)), 1);
    }
    if !transfers.is_empty() {
        tally.count(Metric::TransferCalls, 1);
    }
}
