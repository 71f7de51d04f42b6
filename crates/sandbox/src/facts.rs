//! A call in numbers: what filters and orders need, small enough to keep for every call.

use crate::calendar::{Calendar, MILLISECOND, SECOND};
use crate::cast::AGENTS;
use crate::dice::Dice;
use crate::truth::{Channel, Direction, End, Status};
use crate::vendor::Vendor;

/// One call, its whole life. Times are Unix microseconds; those after the world's present
/// moment have not happened yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) dice: Dice,
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
    /// The world's epoch in which the call appeared; 0 for those of the beginning.
    pub(crate) added: u32,
}

/// Where a call is, and whether it is still waiting to be dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Known, and nothing was done yet. Calls of the beginning are beyond it.
    Queued,
    Ringing,
    InProgress,
    Ended,
}

impl From<Stage> for Status {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Queued | Stage::Ringing => Self::Ringing,
            Stage::InProgress => Self::InProgress,
            Stage::Ended => Self::Ended,
        }
    }
}

/// The steps from start to pick-up that only some vendors tell.
pub(crate) struct Steps {
    pub(crate) dialing: Option<i64>,
    pub(crate) ringing: Option<i64>,
}

impl Facts {
    /// Works out one call of a vendor from its serial number alone.
    pub(crate) fn derive(
        vendor: &Vendor,
        calendar: &Calendar,
        people: usize,
        dice: Dice,
        serial: u32,
    ) -> Self {
        let dice = dice.nth(serial.into());
        let live = calendar.is_live(serial);
        let started = calendar.start(serial, vendor.grid, dice);
        let mut facts = Self::of(vendor, people, dice, serial, started);
        if live {
            facts.end = dice.pick("end", &[End::CustomerHangup, End::AgentHangup]);
        }
        facts.time(vendor, live);
        facts
    }

    /// A call that is over as soon as it started.
    pub(crate) fn of(
        vendor: &Vendor,
        people: usize,
        dice: Dice,
        serial: u32,
        started: i64,
    ) -> Self {
        let channel = match dice.below("channel", 100) {
            0..6 if vendor.channels => Channel::Web,
            6..10 if vendor.channels => Channel::Sip,
            _ => Channel::Phone,
        };
        let direction = match (channel, dice.below("direction", 5)) {
            (Channel::Web, _) => None,
            (_, 0..2) => Some(Direction::Inbound),
            _ => Some(Direction::Outbound),
        };
        let agent = dice.below("agent", AGENTS.len() as u64) as u8;
        let in_campaign = direction == Some(Direction::Outbound) && !dice.one_in("campaign", 4);
        Self {
            dice,
            serial,
            person: dice.skewed("person", people as u64) as u16,
            agent,
            campaign: in_campaign.then_some(agent % 4),
            direction,
            channel,
            end: end(direction, dice),
            created: started,
            started,
            answered: None,
            ended: started,
            added: 0,
        }
    }

    fn time(&mut self, vendor: &Vendor, live: bool) {
        let (dice, grid) = (self.dice, vendor.grid);
        if !vendor.dispatch {
            self.created = grid.snap(self.started - dice.between("created", 2, 8) * SECOND);
        }
        let steps = self.steps(vendor);
        let ready = steps.ringing.or(steps.dialing).unwrap_or(self.started);
        let ended = if self.end.is_connected() {
            let wait = match self.direction {
                Some(Direction::Outbound) => dice.between("wait", 5_000, 11_000),
                _ => dice.between("wait", 1_000, 3_000),
            };
            let answered = match (live && self.serial == 0, vendor.dispatch) {
                // The newest call is still ringing at the anchor, which is at most 19 s after its start.
                (true, _) => self.started + 25 * SECOND + wait * MILLISECOND,
                (false, true) => grid.snap(ready + wait * MILLISECOND),
                (false, false) => self.started,
            };
            self.answered = Some(grid.snap(answered));
            // A live call began at most four minutes before the anchor.
            answered + if live { 260 * SECOND } else { 0 } + self.talk()
        } else {
            let (low, high) = match self.end {
                End::NoAnswer => (25_000, 45_000),
                End::Busy => (2_000, 5_000),
                End::Rejected => (4_000, 12_000),
                _ => (1_100, 3_000),
            };
            ready + dice.between("wait", low, high) * MILLISECOND
        };
        self.ended = grid.snap(ended);
    }

    /// Microseconds from pick-up to end.
    fn talk(&self) -> i64 {
        let dice = self.dice;
        let millis = match self.end {
            End::Voicemail => dice.between("talk", 9_000, 31_000),
            End::MaxDuration => 900_000,
            End::Transferred => dice.between("talk", 40_000, 150_000),
            _ => 11_000 + dice.skewed("talk", 420_000) as i64,
        };
        millis * MILLISECOND + dice.between("talk micros", 0, 999)
    }

    /// When dialing and ringing began, for vendors that dispatch a call before they dial.
    pub(crate) fn steps(&self, vendor: &Vendor) -> Steps {
        if !vendor.dispatch {
            return Steps { dialing: None, ringing: None };
        }
        if self.added > 0 {
            return self.quick_steps();
        }
        let after = |name, from: i64, low, high| from + self.dice.between(name, low, high);
        match self.direction {
            Some(Direction::Outbound) => {
                let dialing = after("dialing", self.started, 17_000_000, 19_000_000);
                let ringing = after("ringing", dialing, 1_500_000, 2_500_000);
                Steps {
                    dialing: Some(dialing),
                    ringing: (self.end != End::Failed).then_some(ringing),
                }
            }
            _ => Steps {
                dialing: None,
                ringing: Some(after("ringing", self.started, 200_000, 500_000)),
            },
        }
    }

    /// Where the call is in its life.
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

    /// When the analysis of a call that connected is done.
    pub(crate) fn analysed(&self, vendor: &Vendor) -> i64 {
        if self.added > 0 { self.quick_analysis() } else { self.ended + vendor.analysis_lag }
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

fn end(direction: Option<Direction>, dice: Dice) -> End {
    let draw = dice.below("end", 100);
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
