//! The calls behind all vendors' APIs: who called whom, when, and how it went.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::calendar::{Calendar, MILLISECOND, SECOND, instant};
use crate::compact_call::CompactCall;
use crate::dataset_options::DatasetOptions;
use crate::dialogue::{self, Dialogue, INBOUND, OUTBOUND, VOICEMAIL};
use crate::fault::Faults;
use crate::hash_rng::{HashRng, tag};
use crate::list_faults::ListFaults;
use crate::people::{self, Directory, Person};
use crate::record_faults::RecordFaultRates;
use crate::registry::VENDORS;
use crate::truth::{
    Channel, Customer, Direction, End, Role, Stage, Truth, TruthOutcome, TruthStatus, TruthTurn,
};
use crate::vendor::{IdSource, VendorProfile};

/// The first serial number of calls that arrive while the dataset is served.
pub(crate) const FIRST_ADDED: u32 = 1 << 31;
/// The first serial number of calls that are inserted between others while it is served.
pub(crate) const FIRST_INSERTED: u32 = FIRST_ADDED + (1 << 30);
/// Distance between the ranks of two initial neighbours; inserted calls get a rank between them.
pub(crate) const RANK_GAP: i64 = 1 << 20;

/// The calls of all vendors at one moment.
///
/// Each call is a function of seed, vendor and serial number. Only what filters and orders need is
/// stored; texts are generated when a call is read.
///
/// Clones share the calls of each vendor until they change.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub(crate) options: DatasetOptions,
    /// The present moment.
    pub(crate) now: i64,
    pub(crate) epoch: u32,
    pub(crate) people: Arc<[Person]>,
    pub(crate) vendors: Vec<VendorData>,
}

/// One vendor's calls.
#[derive(Clone, Debug)]
pub(crate) struct VendorData {
    pub(crate) vendor: &'static VendorProfile,
    pub(crate) rng: HashRng,
    pub(crate) directory: Arc<Directory>,
    /// Newest first.
    pub(crate) calls: Arc<Vec<CompactCall>>,
    /// Deleted calls and the epoch of their deletion, the latest deletion first.
    pub(crate) deleted: Arc<Vec<(CompactCall, u32)>>,
    pub(crate) record_fault_rates: RecordFaultRates,
    pub(crate) list_faults: ListFaults,
    /// Ranks of the inserted calls.
    pub(crate) inserted: Vec<i64>,
}

impl VendorData {
    /// The sort key of a call in the list, which is newest first. Arrived calls precede the
    /// initial ones, the latest first; inserted calls stand where they were inserted.
    pub(crate) fn rank(&self, serial: u32) -> i64 {
        if let Some(index) = serial.checked_sub(FIRST_INSERTED) {
            return self.inserted.get(index as usize).copied().unwrap_or(i64::MAX);
        }
        let rank = i64::from(serial) * RANK_GAP;
        if serial >= FIRST_ADDED { -rank } else { rank }
    }

    /// The index of the call with this rank.
    pub(crate) fn position(&self, rank: i64) -> Option<usize> {
        self.calls.binary_search_by_key(&rank, |call| self.rank(call.serial)).ok()
    }
}

/// The items from the index `start` to before `end`, as far as they exist.
pub(crate) fn between<T>(items: &[T], start: usize, end: usize) -> &[T] {
    let end = end.min(items.len());
    &items[start.min(end)..end]
}

impl Dataset {
    /// Generates a dataset.
    pub fn new(options: DatasetOptions) -> Self {
        let rng = HashRng::new(options.seed);
        let now = options.anchor.timestamp_micros();
        let calendar = Calendar::new(now, options.records);
        let people: Arc<[Person]> = people::people(rng, options.records).into();
        let vendor_data = |vendor: &&'static VendorProfile| {
            let (vendor, rng, count) = (*vendor, rng.derive(vendor.name), people.len());
            let directory = Directory::new(rng, vendor.line_area, count, vendor.party_id);
            VendorData {
                vendor,
                rng,
                directory: Arc::new(directory),
                calls: (0..options.records as u32)
                    .map(|serial| CompactCall::initial(vendor, &calendar, count, rng, serial))
                    .collect::<Vec<_>>()
                    .into(),
                deleted: Arc::default(),
                record_fault_rates: RecordFaultRates::default(),
                list_faults: ListFaults::default(),
                inserted: Vec::new(),
            }
        };
        let vendors = VENDORS.iter().map(vendor_data).collect();
        Self { options, now, epoch: 0, people, vendors }
    }

    /// The options it was generated from.
    pub fn options(&self) -> &DatasetOptions {
        &self.options
    }

    /// Counts the changes of the dataset that a [`Service`](crate::Service) serves: each
    /// replacement has a greater number.
    ///
    /// A call existed throughout from epoch `a` to epoch `b` if it was
    /// [added](Truth::added_epoch) in `a` or before and not [deleted](Truth::deleted_epoch) in `b`
    /// or before.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The calls of a vendor, newest first; none for an unknown vendor.
    pub fn truths<'a>(&'a self, vendor: &str) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        self.truths_between(vendor, 0, usize::MAX)
    }

    /// The calls of a vendor from the index `start` to before `end`.
    pub(crate) fn truths_between<'a>(
        &'a self,
        vendor: &str,
        start: usize,
        end: usize,
    ) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        let data = self.by_name(vendor);
        let (data, end) = data.map_or((&self.vendors[0], 0), |data| (data, end));
        between(&data.calls, start, end).iter().map(|call| self.materialize(data.vendor, call))
    }

    /// The calls of a vendor that were deleted while the dataset was served, the latest deletion
    /// first, as they would be now.
    pub fn deleted<'a>(&'a self, vendor: &str) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        let data = self.by_name(vendor);
        let (data, end) = data.map_or((&self.vendors[0], 0), |data| (data, usize::MAX));
        between(&data.deleted, 0, end).iter().map(|(call, epoch)| {
            let deleted_epoch = Some(*epoch);
            Truth { deleted_epoch, ..self.materialize(data.vendor, call) }
        })
    }

    /// Removes the calls of a vendor for which `filter`, given their index from the newest, is
    /// false. They do not count as deleted.
    pub fn retain(&mut self, vendor: &str, mut filter: impl FnMut(usize) -> bool) {
        if let Some(data) = self.vendors.iter_mut().find(|data| data.vendor.name == vendor) {
            let mut index = 0..;
            Arc::make_mut(&mut data.calls).retain(|_| index.next().is_some_and(&mut filter));
        }
    }

    /// Applies the faults of records ([`Fault::affects_records`]) and of lists (`old-row-first`,
    /// `short-page`, `empty-page`, `page-cap`, `low-total`, `high-total`, `constant-total`); the
    /// others have no effect here.
    ///
    /// [`Fault::affects_records`]: crate::Fault::affects_records
    pub fn set_faults(&mut self, faults: &Faults) {
        for data in &mut self.vendors {
            let hints = (data.vendor.paging_hints)(&self.options);
            data.record_fault_rates = RecordFaultRates::new(faults, data.vendor.name);
            data.list_faults = ListFaults::new(faults, data.vendor, data.calls.len(), hints);
        }
    }

    /// The call with this id or alternate id.
    pub fn find(&self, vendor: &str, id: &str) -> Option<Truth> {
        let data = self.by_name(vendor)?;
        let rank = data.rank(tag::decode(data.rng, (data.vendor.tag)(id)?));
        let call = &data.calls[data.position(rank)?];
        let truth = self.materialize(data.vendor, call);
        (truth.id == id || truth.alternate_id.as_deref() == Some(id)).then_some(truth)
    }

    /// From the start of the oldest call to the present moment.
    pub fn span(&self) -> TimeDelta {
        let oldest = self.vendors.iter().filter_map(|data| data.calls.last());
        let start = oldest.map(|call| call.started).min();
        TimeDelta::microseconds(self.now - start.unwrap_or(self.now))
    }

    pub(crate) fn person(&self, call: &CompactCall) -> &Person {
        &self.people[usize::from(call.person)]
    }

    /// The index of the person with this phone number.
    pub(crate) fn person_with(&self, number: &str) -> Option<u16> {
        let index = self.people.iter().position(|one| one.number == number)?;
        u16::try_from(index).ok()
    }

    fn by_name(&self, vendor: &str) -> Option<&VendorData> {
        self.vendors.iter().find(|data| data.vendor.name == vendor)
    }

    pub(crate) fn data(&self, vendor: &VendorProfile) -> &VendorData {
        self.by_name(vendor.name).unwrap_or(&self.vendors[0])
    }

    /// The complete call with its texts.
    pub(crate) fn materialize(&self, vendor: &'static VendorProfile, call: &CompactCall) -> Truth {
        let data = self.data(vendor);
        let directory = &data.directory;
        let rng = call.rng;
        let now = self.now;
        let past = |time: Option<i64>| time.filter(|time| *time <= now).map(instant);
        let times = call.dial_times(vendor);
        let person = self.person(call);
        let agent = &directory.agents[usize::from(call.agent)];
        let phone = call.channel != Channel::Web;
        let tag = tag::encode(data.rng, call.serial);
        let key = IdSource { rng, direction: call.direction, started: call.started, tag };
        let (id, alternate_id) = (vendor.call_id)(&key);
        let stage = call.stage(now);
        let status = TruthStatus::from(stage);
        let end = (status == TruthStatus::Ended).then_some(call.end);
        let connected = end.is_some_and(End::is_connected);
        let analysed = connected && call.analysed(vendor) <= now;
        let dialogue = dialogue(call);
        let fill = |text: &str| {
            let organization = &directory.organization.name;
            dialogue::fill(text, person.first, &agent.identity.name, organization)
        };
        let turns = turns(call, dialogue, now, fill);
        Truth {
            vendor: vendor.name,
            id,
            alternate_id,
            direction: call.direction,
            channel: call.channel,
            status,
            queued: stage == Stage::Queued,
            outcome: end.map(TruthOutcome::from),
            end,
            vendor_status: (vendor.status_word)(stage, call.end),
            vendor_end_reason: end.and_then(vendor.end_word),
            customer: Customer {
                contact_id: directory.contacts[usize::from(call.person)].clone(),
                first_name: person.first.to_owned(),
                last_name: person.last.to_owned(),
                email: person.email.clone(),
                number: phone.then(|| person.number.clone()),
            },
            agent: agent.identity.clone(),
            agent_line: phone.then(|| agent.line.clone()),
            campaign: call.campaign.map(|index| directory.campaigns[usize::from(index)].clone()),
            organization: directory.organization.clone(),
            created_at: instant(call.created),
            started_at: instant(call.started),
            dialing_at: past(times.dialing),
            ringing_at: past(times.ringing),
            answered_at: past(call.answered),
            ended_at: past(Some(call.ended)),
            reported_duration_us: call.duration(now).map(|duration| {
                let corrupt = vendor.has_corrupt_durations && rng.one_in("corrupt", 40);
                if corrupt { duration / 46 } else { duration }
            }),
            cost_micros: end.and(vendor.price).map(|price| price.of(call.talk_time())),
            cost_unit: vendor.price.and_then(|price| price.unit),
            latencies_ms: turns
                .iter()
                .enumerate()
                .filter(|(index, turn)| *index > 0 && turn.role == Role::Agent)
                .map(|(index, _)| 430 + rng.nth(index as u64).skewed("latency", 1_400) as u32)
                .collect(),
            turns,
            recorded: connected,
            analysed,
            summary: analysed.then(|| fill(dialogue.summary)),
            sentiment: analysed.then_some(dialogue.sentiment),
            intent: analysed.then_some(dialogue.intent),
            success: analysed.then_some(dialogue.goals.success),
            appointment_booked: analysed.then_some(dialogue.goals.booked),
            callback_requested: analysed.then_some(dialogue.goals.callback),
            lead: analysed.then_some(dialogue.lead),
            metadata: metadata(call),
            added_epoch: call.added,
            deleted_epoch: None,
            faults: data.record_fault_rates.of_call(call.serial, rng),
            rng,
        }
    }
}

/// The dialogue of a call: each agent has two.
fn dialogue(call: &CompactCall) -> &'static Dialogue {
    let dialogues = match call.direction {
        _ if call.end == End::Voicemail => return &VOICEMAIL,
        Some(Direction::Outbound) => &OUTBOUND,
        _ => &INBOUND,
    };
    let second = u8::from(call.rng.one_in("subject", 2));
    &dialogues[usize::from((call.agent + second) % 4)]
}

fn turns(
    call: &CompactCall,
    dialogue: &Dialogue,
    now: i64,
    fill: impl Fn(&str) -> String,
) -> Vec<TruthTurn> {
    let (Some(answered), rng) = (call.answered, call.rng) else {
        return Vec::new();
    };
    let talk = (call.ended - answered) / MILLISECOND;
    let said = dialogue::turns(dialogue, talk * MILLISECOND / SECOND, rng);
    let share = talk / said.len() as i64;
    let turns = said.iter().enumerate().map(|(index, text)| {
        let jitter = rng.nth(index as u64).below("pause", share as u64 / 3 + 1) as i64;
        TruthTurn {
            role: if index % 2 == 0 { Role::Agent } else { Role::Customer },
            text: fill(text),
            offset_ms: index as i64 * share + jitter,
        }
    });
    turns.take_while(|turn| answered + turn.offset_ms * MILLISECOND <= now).collect()
}

fn metadata(call: &CompactCall) -> BTreeMap<&'static str, String> {
    let rng = call.rng;
    let mut metadata = BTreeMap::new();
    if !rng.one_in("plain", 5) {
        let source = rng.pick("source", &["crm", "web_form", "import"]);
        metadata.insert("source", source.to_owned());
    }
    if rng.one_in("order", 3) {
        let order = 10_000 + rng.below("order number", 90_000);
        metadata.insert("order_id", format!("ord-{order}"));
    }
    if rng.one_in("urgent", 6) {
        metadata.insert("priority", "high".to_owned());
    }
    metadata
}
