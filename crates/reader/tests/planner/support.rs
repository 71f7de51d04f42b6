//! A sandbox, its sources, and what a query means over what is true.

use callfold_reader::{FilterField, Query, SettingValue, Source, SourceConfig, vendors};
use callfold_sandbox::{
    DatasetOptions, Direction, End, Sandbox, SandboxOptions, Truth, TruthStatus,
};
use callfold_unify::model::{self, PhoneNumber, Timestamp};

pub(crate) async fn sandbox(records: usize) -> Sandbox {
    let world = DatasetOptions { records, ..DatasetOptions::default() };
    let options =
        SandboxOptions { dataset: world, page_cache: 64 << 20, ..SandboxOptions::default() };
    Sandbox::start(options).await.unwrap()
}

pub(crate) fn open(sandbox: &Sandbox, vendor: &str, phones: &[&str]) -> Box<dyn Source> {
    let entry = vendors().iter().find(|entry| entry.name == vendor).unwrap();
    let mut config = SourceConfig::new(format!("my-{vendor}"))
        .with("base_url", sandbox.base_url(vendor).as_str())
        .with("rate", SettingValue::FixedRate(1e6));
    for (key, value) in sandbox.credentials(vendor) {
        config = config.with(*key, *value);
    }
    if !phones.is_empty() {
        config = config.with_list("phones", phones);
    }
    (entry.open)(&config).unwrap()
}

pub(crate) fn open_all(sandbox: &Sandbox) -> Vec<Box<dyn Source>> {
    vendors().iter().map(|vendor| open(sandbox, vendor.name, &[])).collect()
}

/// What a vendor tells of a call, worked out from the truth and not by way of
/// its API: `None` is what it never tells.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) started_at: Timestamp,
    direction: Option<model::Direction>,
    status: model::Status,
    pub(crate) numbers: Vec<PhoneNumber>,
    agent: Vec<String>,
    contact: Option<String>,
    campaign: Vec<String>,
}

pub(crate) fn rows(sandbox: &Sandbox, vendor: &str) -> Vec<Row> {
    sandbox.dataset().truths(vendor).map(|truth| row(&truth)).collect()
}

fn row(truth: &Truth) -> Row {
    let named = |vendors: &[&str]| vendors.contains(&truth.vendor);
    let direction = truth.direction.filter(|_| !named(&["ravan"]));
    let mut numbers: Vec<_> = match (truth.vendor, truth.direction) {
        // The number of the agent's line is sent on outbound calls only.
        ("agentvoice", Some(Direction::Inbound)) => vec![truth.customer.number.as_deref()],
        _ => vec![truth.from_number(), truth.to_number()],
    };
    numbers.retain(Option::is_some);
    let has_agent_name = named(&["vaani", "ravan", "agentvoice", "elevenlabs", "retell"]);
    let agent_name = has_agent_name.then(|| truth.agent.name.clone());
    let campaign = truth.campaign.as_ref().filter(|_| named(&["agentvoice"]));
    Row {
        id: truth.id.clone(),
        started_at: truth.started_at,
        direction: direction.map(|direction| match direction {
            Direction::Inbound => model::Direction::Inbound,
            Direction::Outbound => model::Direction::Outbound,
        }),
        status: status(truth),
        numbers: numbers.into_iter().flatten().map(PhoneNumber::new).collect(),
        agent: [truth.agent.id.clone()].into_iter().chain(agent_name).collect(),
        contact: named(&["vozagent", "agentvoice", "elevenlabs"])
            .then(|| truth.customer.contact_id.clone()),
        campaign: campaign.map(|c| vec![c.id.clone(), c.name.clone()]).unwrap_or_default(),
    }
}

/// The status that a vendor's own word, or its times, stand for.
fn status(truth: &Truth) -> model::Status {
    use model::Status as Mapped;
    let failed = matches!(truth.end, Some(End::Failed));
    let rejected = matches!(truth.end, Some(End::Rejected));
    let connected = truth.end.is_some_and(End::is_connected);
    match (truth.vendor, truth.status) {
        ("vaani", TruthStatus::Ringing) if truth.ringing_at.is_none() => Mapped::Queued,
        ("vaani" | "agentvoice", TruthStatus::Ringing) => Mapped::Ringing,
        ("zudu" | "elevenlabs", TruthStatus::Ringing) => Mapped::Queued,
        (_, TruthStatus::Ringing | TruthStatus::InProgress) => Mapped::InProgress,
        ("vaani", TruthStatus::Ended) => Mapped::Ended,
        ("vozagent" | "elevenlabs", TruthStatus::Ended) if !connected => Mapped::Failed,
        ("ravan" | "agentvoice", TruthStatus::Ended) if failed || rejected => Mapped::Failed,
        ("zudu" | "retell", TruthStatus::Ended) if failed => Mapped::Failed,
        (_, TruthStatus::Ended) => Mapped::Ended,
    }
}

fn any<T>(wanted: &[T], test: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(test)
}

impl Row {
    pub(crate) fn matches(&self, query: &Query) -> bool {
        let named = |names: &[String], text: &String| {
            let same = |(at, name): (usize, &String)| {
                name == text || (at > 0 && name.to_lowercase() == text.to_lowercase())
            };
            names.iter().enumerate().any(same)
        };
        query.since.is_none_or(|since| self.started_at >= since)
            && query.lookback_floor.is_none_or(|lookback_floor| self.started_at >= lookback_floor)
            && query.until.is_none_or(|until| self.started_at < until)
            && any(&query.direction, |wanted| self.direction.as_ref() == Some(wanted))
            && any(&query.status, |wanted| self.status == *wanted)
            && any(&query.phone, |wanted| self.numbers.contains(wanted))
            && any(&query.agent, |wanted| named(&self.agent, wanted))
            && any(&query.contact, |wanted| self.contact.as_ref() == Some(wanted))
            && any(&query.campaign, |wanted| named(&self.campaign, wanted))
    }

    /// A query by one field that finds this row, if the vendor tells it.
    pub(crate) fn query_by(&self, field: FilterField, second_form: bool) -> Option<Query> {
        let base = Query::default();
        let form = |forms: &[String]| forms.get(usize::from(second_form)).cloned();
        Some(match field {
            FilterField::StartedAt if second_form => Query { until: Some(self.started_at), ..base },
            FilterField::StartedAt => Query { since: Some(self.started_at), ..base },
            FilterField::Direction => Query { direction: vec![self.direction.clone()?], ..base },
            FilterField::Status => Query { status: vec![self.status.clone()], ..base },
            FilterField::Phone => {
                let number = self.numbers.get(usize::from(second_form))?;
                Query { phone: vec![number.clone()], ..base }
            }
            FilterField::Agent => Query { agent: vec![form(&self.agent)?], ..base },
            FilterField::Contact => Query { contact: vec![self.contact.clone()?], ..base },
            FilterField::Campaign => Query { campaign: vec![form(&self.campaign)?], ..base },
            other => panic!("write down how to ask for {other:?}: each filter needs its test"),
        })
    }
}

/// Repeatable chance.
pub(crate) struct TestRng(u64);

impl TestRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
