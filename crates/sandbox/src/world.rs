//! The world behind all five APIs: who called whom, when, and how it went.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::calendar::{Calendar, MILLISECOND, SECOND, instant};
use crate::cast::{self, Cast, Person};
use crate::dice::{Dice, tag};
use crate::facts::{Facts, Stage};
use crate::fault::{Faults, Habits, Oddness};
use crate::rows::Rows;
use crate::script::{self, INBOUND, OUTBOUND, Script, VOICEMAIL};
use crate::truth::{Channel, Customer, Direction, End, Outcome, Role, Status, Truth, Turn};
use crate::vendor::Vendor;
use crate::vendors::VENDORS;

/// The numbers of calls that arrive while the world is served; those of the beginning are smaller.
pub(crate) const FIRST_ADDED: u32 = 1 << 31;

/// The shape in which Ravan's list of call sessions answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RavanShape {
    /// `data.callSessions` in camel case, without a total: as documented, and the shape that live
    /// code was seen to read.
    #[default]
    CamelCase,
    /// The same with `data.totalCount`, which live code was seen to read and no page documents.
    CamelCaseWithTotal,
    /// `data` as an array in snake case beside `meta`: the other documented shape.
    SnakeCase,
}

/// What a world is made from. Equal options make equal worlds, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldOptions {
    /// Seed of everything left to chance.
    pub seed: u64,
    /// Number of calls at each vendor.
    pub records: usize,
    /// The world's present moment: the newest calls go on at it, none starts after it.
    pub anchor: DateTime<Utc>,
    /// The shape in which Ravan's list of call sessions answers.
    pub ravan_shape: RavanShape,
    /// Whether lists hold all that the single record holds, transcripts included, whatever is
    /// asked for. No vendor is like that; it is for measuring with records of full size. Ravan's
    /// list does so in [`RavanShape::SnakeCase`] only.
    pub full_lists: bool,
}

impl Default for WorldOptions {
    /// Seed 1, 200 calls a vendor, anchored at 2026-06-30 17:00 UTC.
    fn default() -> Self {
        Self {
            seed: 1,
            records: 200,
            anchor: Utc.with_ymd_and_hms(2026, 6, 30, 17, 0, 0).single().unwrap_or_default(),
            ravan_shape: RavanShape::default(),
            full_lists: false,
        }
    }
}

/// Calls of all vendors.
///
/// Each call is worked out from seed, vendor and number alone; only what filters and orders
/// need is kept, and texts are made when a call is looked at.
///
/// Copies share what they have in common: a copy with a few more calls costs a few microseconds.
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) options: WorldOptions,
    pub(crate) now: i64,
    pub(crate) epoch: u32,
    pub(crate) people: Arc<[Person]>,
    pub(crate) parts: Vec<Part>,
}

/// One vendor's share of the world.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) vendor: &'static Vendor,
    pub(crate) dice: Dice,
    cast: Arc<Cast>,
    /// Newest first.
    pub(crate) calls: Rows<Facts>,
    /// What was there once, and the epoch since which it is not; the last one first.
    pub(crate) deleted: Rows<(Facts, u32)>,
    /// Which records are not as the vendor documents them.
    pub(crate) oddness: Oddness,
    /// What the vendor's lists are like.
    habits: Habits,
    /// Ranks of the calls that appeared further back while the world was served.
    pub(crate) late: Vec<i64>,
}

impl World {
    /// Makes a world.
    pub fn new(options: WorldOptions) -> Self {
        let dice = Dice::new(options.seed);
        let now = options.anchor.timestamp_micros();
        let calendar = Calendar::new(now, options.records);
        let people: Arc<[Person]> = cast::people(dice, options.records).into();
        let parts = VENDORS
            .iter()
            .map(|vendor| {
                let dice = dice.of(vendor.name);
                let cast = cast::cast(dice, vendor.line_area, people.len(), vendor.party_id);
                Part {
                    vendor,
                    dice,
                    cast: Arc::new(cast),
                    calls: (0..options.records as u32)
                        .map(|serial| Facts::derive(vendor, &calendar, people.len(), dice, serial))
                        .collect(),
                    deleted: Rows::default(),
                    oddness: Oddness::default(),
                    habits: Habits::default(),
                    late: Vec::new(),
                }
            })
            .collect();
        Self { options, now, epoch: 0, people, parts }
    }

    /// What the world was made from.
    pub fn options(&self) -> &WorldOptions {
        &self.options
    }

    /// Counts the changes of the world that a [`Service`](crate::Service) serves: each world that
    /// takes the place of another has a greater number.
    ///
    /// A call was there all the time from epoch `a` to epoch `b` if it was
    /// [added](Truth::added_epoch) in `a` or before and not [deleted](Truth::deleted_epoch) in `b`
    /// or before.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The calls of a vendor, newest first; none for a name that is no vendor's.
    pub fn truths<'a>(&'a self, vendor: &str) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        self.truths_between(vendor, 0, usize::MAX)
    }

    /// Those of them from the place `start` to before `end`.
    pub(crate) fn truths_between<'a>(
        &'a self,
        vendor: &str,
        start: usize,
        end: usize,
    ) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        let part = self.parts.iter().find(|part| part.vendor.name == vendor);
        let (part, end) = part.map_or((&self.parts[0], 0), |part| (part, end));
        part.calls.range(start, end).map(|facts| self.tell(part.vendor, facts))
    }

    /// The calls of a vendor that were deleted while the world was served, the last one first, as
    /// they would be now.
    pub fn deleted<'a>(&'a self, vendor: &str) -> impl ExactSizeIterator<Item = Truth> + use<'a> {
        let part = self.parts.iter().find(|part| part.vendor.name == vendor);
        let (part, end) = part.map_or((&self.parts[0], 0), |part| (part, usize::MAX));
        part.deleted.range(0, end).map(|(facts, epoch)| {
            let deleted_epoch = Some(*epoch);
            Truth { deleted_epoch, ..self.tell(part.vendor, facts) }
        })
    }

    /// Takes calls of a vendor out of the world without a trace: all for which `keep`, given
    /// their place counted from the newest, says no. The others stay as they are.
    pub fn retain(&mut self, vendor: &str, keep: impl FnMut(usize) -> bool) {
        if let Some(part) = self.parts.iter_mut().find(|part| part.vendor.name == vendor) {
            part.calls.retain(keep);
        }
    }

    /// Makes records odd as the faults say that concern records ([`Fault::is_of_records`]), and
    /// gives lists the habits among them (`old-row-first`, `short-page`, `empty-page`, `page-cap`,
    /// and wrong totals but `wrong-total`); the others of them do nothing here.
    ///
    /// [`Fault::is_of_records`]: crate::Fault::is_of_records
    pub fn set_faults(&mut self, faults: &Faults) {
        for part in &mut self.parts {
            let (calls, tells) = (part.calls.len(), (part.vendor.tells)(&self.options));
            part.oddness = Oddness::of(faults, part.vendor.name);
            part.habits = Habits::new(faults, part.vendor, calls, tells);
        }
    }

    /// The call with this id, or this alternate id.
    pub fn find(&self, vendor: &str, id: &str) -> Option<Truth> {
        let part = self.parts.iter().find(|part| part.vendor.name == vendor)?;
        let rank = part.rank(tag::seek(part.dice, (part.vendor.tag)(id)?));
        let facts = part.calls.search(|facts| part.rank(facts.serial).cmp(&rank))?;
        let truth = self.tell(part.vendor, facts);
        (truth.id == id || truth.alternate_id.as_deref() == Some(id)).then_some(truth)
    }

    /// From the start of the oldest call to the present moment.
    pub fn span(&self) -> TimeDelta {
        let oldest = self.parts.iter().filter_map(|part| part.calls.iter().next_back());
        let start = oldest.map(|facts| facts.started).min();
        TimeDelta::microseconds(self.now - start.unwrap_or(self.now))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    pub(crate) fn person(&self, facts: &Facts) -> &Person {
        &self.people[usize::from(facts.person)]
    }

    /// The number of the person with this number, counted from 0.
    pub(crate) fn person_with(&self, number: &str) -> Option<u16> {
        let index = self.people.iter().position(|one| one.number == number)?;
        u16::try_from(index).ok()
    }

    pub(crate) fn calls(&self, vendor: &Vendor) -> &Rows<Facts> {
        &self.part(vendor).calls
    }

    pub(crate) fn habits(&self, vendor: &Vendor) -> &Habits {
        &self.part(vendor).habits
    }

    /// Whether answers of the vendor may hold marks of odd text.
    pub(crate) fn has_odd_text(&self, vendor: &Vendor) -> bool {
        self.part(vendor).oddness.has_odd_text()
    }

    pub(crate) fn cast(&self, vendor: &Vendor) -> &Cast {
        &self.part(vendor).cast
    }

    fn part(&self, vendor: &Vendor) -> &Part {
        let found = self.parts.iter().find(|part| part.vendor.name == vendor.name);
        found.unwrap_or(&self.parts[0])
    }

    /// Makes the whole call of its facts.
    pub(crate) fn tell(&self, vendor: &'static Vendor, facts: &Facts) -> Truth {
        let part = self.part(vendor);
        let cast = &part.cast;
        let dice = facts.dice;
        let now = self.now;
        let past = |time: Option<i64>| time.filter(|time| *time <= now).map(instant);
        let steps = facts.steps(vendor);
        let person = self.person(facts);
        let agent = &cast.agents[usize::from(facts.agent)];
        let phone = facts.channel != Channel::Web;
        let tag = tag::hide(part.dice, facts.serial);
        let (id, alternate_id) = (vendor.call_id)(facts, tag);
        let stage = facts.stage(now);
        let status = Status::from(stage);
        let end = (status == Status::Ended).then_some(facts.end);
        let connected = end.is_some_and(End::is_connected);
        let analysed = connected && facts.analysed(vendor) <= now;
        let script = script(facts);
        let fill = |text: &str| {
            let organization = &cast.organization.name;
            script::fill(text, person.first, &agent.named.name, organization)
        };
        let turns = turns(facts, script, now, fill);
        Truth {
            vendor: vendor.name,
            id,
            alternate_id,
            direction: facts.direction,
            channel: facts.channel,
            status,
            queued: stage == Stage::Queued,
            outcome: end.map(Outcome::from),
            end,
            vendor_status: (vendor.status_word)(stage, facts.end),
            vendor_end_reason: end.and_then(vendor.end_word),
            customer: Customer {
                contact_id: cast.contacts[usize::from(facts.person)].clone(),
                first_name: person.first.to_owned(),
                last_name: person.last.to_owned(),
                email: person.email.clone(),
                number: phone.then(|| person.number.clone()),
            },
            agent: agent.named.clone(),
            agent_line: phone.then(|| agent.line.clone()),
            campaign: facts.campaign.map(|index| cast.campaigns[usize::from(index)].clone()),
            organization: cast.organization.clone(),
            created_at: instant(facts.created),
            started_at: instant(facts.started),
            dialing_at: past(steps.dialing),
            ringing_at: past(steps.ringing),
            answered_at: past(facts.answered),
            ended_at: past(Some(facts.ended)),
            reported_duration_us: facts.duration(now).map(|duration| {
                let corrupt = vendor.corrupt_durations && dice.one_in("corrupt", 40);
                if corrupt { duration / 46 } else { duration }
            }),
            cost_micros: end.and(vendor.price).map(|price| price.of(facts)),
            cost_unit: vendor.price.and_then(|price| price.unit),
            latencies_ms: turns
                .iter()
                .enumerate()
                .filter(|(index, turn)| *index > 0 && turn.role == Role::Agent)
                .map(|(index, _)| 430 + dice.nth(index as u64).skewed("latency", 1_400) as u32)
                .collect(),
            turns,
            recorded: connected,
            analysed,
            summary: analysed.then(|| fill(script.summary)),
            sentiment: analysed.then_some(script.sentiment),
            intent: analysed.then_some(script.intent),
            success: analysed.then_some(script.success),
            appointment_booked: analysed.then_some(script.booked),
            callback_requested: analysed.then_some(script.callback),
            lead: analysed.then_some(script.lead),
            metadata: metadata(facts),
            added_epoch: facts.added,
            deleted_epoch: None,
            odd: part.oddness.of_call(facts),
            dice,
        }
    }
}

/// What is said in a call: each agent has two subjects.
fn script(facts: &Facts) -> &'static Script {
    let scripts = match facts.direction {
        _ if facts.end == End::Voicemail => return &VOICEMAIL,
        Some(Direction::Outbound) => &OUTBOUND,
        _ => &INBOUND,
    };
    let second = u8::from(facts.dice.one_in("subject", 2));
    &scripts[usize::from((facts.agent + second) % 4)]
}

fn turns(facts: &Facts, script: &Script, now: i64, fill: impl Fn(&str) -> String) -> Vec<Turn> {
    let (Some(answered), dice) = (facts.answered, facts.dice) else {
        return Vec::new();
    };
    let talk = (facts.ended - answered) / MILLISECOND;
    let said = script::turns(script, talk * MILLISECOND / SECOND, dice);
    let share = talk / said.len() as i64;
    let turns = said.iter().enumerate().map(|(index, text)| {
        let jitter = dice.nth(index as u64).below("pause", share as u64 / 3 + 1) as i64;
        Turn {
            role: if index % 2 == 0 { Role::Agent } else { Role::Customer },
            text: fill(text),
            offset_ms: index as i64 * share + jitter,
        }
    });
    turns.take_while(|turn| answered + turn.offset_ms * MILLISECOND <= now).collect()
}

fn metadata(facts: &Facts) -> BTreeMap<&'static str, String> {
    let dice = facts.dice;
    let mut metadata = BTreeMap::new();
    if !dice.one_in("plain", 5) {
        let source = dice.pick("source", &["crm", "web_form", "import"]);
        metadata.insert("source", source.to_owned());
    }
    if dice.one_in("order", 3) {
        let order = 10_000 + dice.below("order number", 90_000);
        metadata.insert("order_id", format!("ord-{order}"));
    }
    if dice.one_in("urgent", 6) {
        metadata.insert("priority", "high".to_owned());
    }
    metadata
}
