//! The fields of a call that filters and orders need, small enough to store for every call.

use crate::calendar::{Calendar, MILLISECOND, SECOND};
use crate::hash_rng::HashRng;
use crate::people::AGENTS;
use crate::truth::{Channel, Direction, End, Stage};
use crate::vendor::VendorProfile;

/// One call from start to end. Times are Unix microseconds; those after the dataset's present
/// moment have not happened yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompactCall {
    pub(crate) rng: HashRng,
    pub(crate) serial: u32,
    pub(crate) person: u16,
    pub(crate) agent: u8,
    pub(crate) campaign: Option<u8>,
    pub(crate) direction: Option<Direction>,
    pub(crate) channel: Channel,
    pub(crate) end: End,
    pub(crate) created: i64,
    pub(crate) started: i64,
    pub(crate) answered: Option<i64>,
    pub(crate) ended: i64,
    /// The epoch in which the call appeared; 0 for initial calls.
    pub(crate) added: u32,
}

/// Times between start and pick-up that only some vendors report.
pub(crate) struct DialTimes {
    pub(crate) dialing: Option<i64>,
    pub(crate) ringing: Option<i64>,
}

impl CompactCall {
    /// An initial call, generated from its serial number.
    pub(crate) fn initial(
        vendor: &VendorProfile,
        calendar: &Calendar,
        people: usize,
        rng: HashRng,
        serial: u32,
    ) -> Self {
        let rng = rng.nth(serial.into());
        let live = calendar.is_live(serial);
        let started = calendar.start(serial, vendor.grid, rng);
        let mut call = Self::unscheduled(vendor, people, rng, serial, started);
        if live {
            call.end = rng.pick("end", &[End::CustomerHangup, End::AgentHangup]);
        }
        call.schedule(vendor, live);
        call
    }

    /// A call without answer and end times.
    fn unscheduled(
        vendor: &VendorProfile,
        people: usize,
        rng: HashRng,
        serial: u32,
        started: i64,
    ) -> Self {
        let channel = match rng.below("channel", 100) {
            0..6 if vendor.has_channels => Channel::Web,
            6..10 if vendor.has_channels => Channel::Sip,
            _ => Channel::Phone,
        };
        let direction = match (channel, rng.below("direction", 5)) {
            (Channel::Web, _) => None,
            (_, 0..2) => Some(Direction::Inbound),
            _ => Some(Direction::Outbound),
        };
        let agent = rng.below("agent", AGENTS.len() as u64) as u8;
        let in_campaign = direction == Some(Direction::Outbound) && !rng.one_in("campaign", 4);
        Self {
            rng,
            serial,
            person: rng.skewed("person", people as u64) as u16,
            agent,
            campaign: in_campaign.then_some(agent % 4),
            direction,
            channel,
            end: end(direction, rng),
            created: started,
            started,
            answered: None,
            ended: started,
            added: 0,
        }
    }

    /// A call that arrives while the dataset is served. It takes about half a minute, so that a
    /// reader sees it queued, ringing, in progress, ended and analysed.
    pub(crate) fn arriving(
        vendor: &VendorProfile,
        people: usize,
        rng: HashRng,
        serial: u32,
        at: i64,
        epoch: u32,
    ) -> Self {
        let (rng, grid) = (rng.nth(serial.into()), vendor.grid);
        let mut call = Self::unscheduled(vendor, people, rng, serial, grid.latest(at));
        call.added = epoch;
        if call.end == End::MaxDuration {
            call.end = End::CustomerHangup;
        }
        let queue = rng.between("queue", 1_500, 3_000) * MILLISECOND;
        let picked_up = at + queue + call.ring();
        call.ended = grid.snap(picked_up);
        if call.end.is_connected() {
            call.answered = Some(call.ended);
            let talk = rng.between("talk", 2_000, 20_000) * MILLISECOND;
            call.ended = grid.snap(picked_up + talk);
        }
        call
    }

    /// When an arriving call stops waiting to be dialed.
    fn rings_from(&self) -> i64 {
        self.answered.unwrap_or(self.ended) - self.ring()
    }

    fn ring(&self) -> i64 {
        self.rng.between("ring", 1_000, 3_000) * MILLISECOND
    }

    /// Sets the times of an initial call.
    fn schedule(&mut self, vendor: &VendorProfile, live: bool) {
        let (rng, grid) = (self.rng, vendor.grid);
        if !vendor.has_dispatch {
            self.created = grid.snap(self.started - rng.between("created", 2, 8) * SECOND);
        }
        let times = self.dial_times(vendor);
        let ready = times.ringing.or(times.dialing).unwrap_or(self.started);
        let ended = if self.end.is_connected() {
            let wait = match self.direction {
                Some(Direction::Outbound) => rng.between("wait", 5_000, 11_000),
                _ => rng.between("wait", 1_000, 3_000),
            };
            let answered = match (live && self.serial == 0, vendor.has_dispatch) {
                // The newest call is still ringing at the anchor, which is at most 19 s after its start.
                (true, _) => self.started + 25 * SECOND + wait * MILLISECOND,
                (false, true) => grid.snap(ready + wait * MILLISECOND),
                (false, false) => self.started,
            };
            self.answered = Some(grid.snap(answered));
            // A live call started at most four minutes before the anchor.
            answered + if live { 260 * SECOND } else { 0 } + self.draw_talk_time()
        } else {
            let (low, high) = match self.end {
                End::NoAnswer => (25_000, 45_000),
                End::Busy => (2_000, 5_000),
                End::Rejected => (4_000, 12_000),
                _ => (1_100, 3_000),
            };
            ready + rng.between("wait", low, high) * MILLISECOND
        };
        self.ended = grid.snap(ended);
    }

    /// Microseconds from pick-up to end.
    pub(crate) fn talk_time(&self) -> i64 {
        self.answered.map_or(0, |answered| self.ended - answered)
    }

    fn draw_talk_time(&self) -> i64 {
        let rng = self.rng;
        let millis = match self.end {
            End::Voicemail => rng.between("talk", 9_000, 31_000),
            End::MaxDuration => 900_000,
            End::Transferred => rng.between("talk", 40_000, 150_000),
            _ => 11_000 + rng.skewed("talk", 420_000) as i64,
        };
        millis * MILLISECOND + rng.between("talk micros", 0, 999)
    }

    /// When dialing and ringing started, for vendors that dispatch a call before dialing.
    pub(crate) fn dial_times(&self, vendor: &VendorProfile) -> DialTimes {
        if !vendor.has_dispatch {
            return DialTimes { dialing: None, ringing: None };
        }
        if self.added > 0 {
            let ringing = self.rings_from();
            let outbound = self.direction == Some(Direction::Outbound);
            let lead = self.rng.between("dialing", 100, 600) * MILLISECOND;
            return DialTimes {
                dialing: outbound.then_some(ringing - lead),
                ringing: (!outbound || self.end != End::Failed).then_some(ringing),
            };
        }
        let after = |name, from: i64, low, high| from + self.rng.between(name, low, high);
        match self.direction {
            Some(Direction::Outbound) => {
                let dialing = after("dialing", self.started, 17_000_000, 19_000_000);
                let ringing = after("ringing", dialing, 1_500_000, 2_500_000);
                DialTimes {
                    dialing: Some(dialing),
                    ringing: (self.end != End::Failed).then_some(ringing),
                }
            }
            _ => DialTimes {
                dialing: None,
                ringing: Some(after("ringing", self.started, 200_000, 500_000)),
            },
        }
    }

    /// The phase of the call at a moment.
    pub(crate) fn stage(&self, now: i64) -> Stage {
        if self.ended <= now {
            Stage::Ended
        } else if self.answered.is_some_and(|answered| answered <= now) {
            Stage::InProgress
        } else if self.added > 0 && now < self.rings_from() {
            Stage::Queued
        } else {
            Stage::Ringing
        }
    }

    /// When the analysis of a connected call is done.
    pub(crate) fn analysed(&self, vendor: &VendorProfile) -> i64 {
        let lag = match self.added {
            0 => vendor.analysis_lag,
            _ => self.rng.between("analysis", 2_000, 8_000) * MILLISECOND,
        };
        self.ended + lag
    }

    /// When the call ended, if it has.
    pub(crate) fn ended_by(&self, now: i64) -> Option<i64> {
        (self.ended <= now).then_some(self.ended)
    }

    /// Microseconds from start to end, if it has ended.
    pub(crate) fn duration(&self, now: i64) -> Option<i64> {
        self.ended_by(now).map(|ended| ended - self.started)
    }
}

fn end(direction: Option<Direction>, rng: HashRng) -> End {
    let draw = rng.below("end", 100);
    match direction {
        Some(Direction::Outbound) => match draw {
            0..30 => End::CustomerHangup,
            30..48 => End::AgentHangup,
            48..53 => End::Transferred,
            53..54 => End::MaxDuration,
            54..56 => End::Inactivity,
            56..68 => End::Voicemail,
            68..82 => End::NoAnswer,
            82..88 => End::Busy,
            88..94 => End::Rejected,
            _ => End::Failed,
        },
        Some(Direction::Inbound) => match draw {
            0..54 => End::CustomerHangup,
            54..74 => End::AgentHangup,
            74..88 => End::Transferred,
            88..90 => End::MaxDuration,
            90..94 => End::Inactivity,
            94..97 => End::NoAnswer,
            _ => End::Failed,
        },
        None => match draw {
            0..70 => End::CustomerHangup,
            70..90 => End::AgentHangup,
            90..97 => End::Inactivity,
            _ => End::Failed,
        },
    }
}
