//! Calls that arrive while the world is looked at. Their whole life takes about half a minute,
//! so that whoever reads sees them queued, ringing, going on, over and analysed.

use crate::calendar::MILLISECOND;
use crate::dice::Dice;
use crate::facts::{Facts, Steps};
use crate::truth::{Direction, End};
use crate::vendor::Vendor;

impl Facts {
    /// A call of a vendor that arrives at a moment, in an epoch of the world.
    pub(crate) fn arriving(
        vendor: &Vendor,
        people: usize,
        dice: Dice,
        serial: u32,
        at: i64,
        epoch: u32,
    ) -> Self {
        let (dice, grid) = (dice.nth(serial.into()), vendor.grid);
        let mut facts = Self::of(vendor, people, dice, serial, grid.latest(at));
        facts.added = epoch;
        if facts.end == End::MaxDuration {
            facts.end = End::CustomerHangup;
        }
        let queue = dice.between("queue", 1_500, 3_000) * MILLISECOND;
        let picked_up = at + queue + facts.ring();
        facts.ended = grid.snap(picked_up);
        if facts.end.is_connected() {
            facts.answered = Some(facts.ended);
            let talk = dice.between("talk", 2_000, 20_000) * MILLISECOND;
            facts.ended = grid.snap(picked_up + talk);
        }
        facts
    }

    /// When it stops waiting to be dialed.
    pub(crate) fn rings_from(&self) -> i64 {
        self.answered.unwrap_or(self.ended) - self.ring()
    }

    fn ring(&self) -> i64 {
        self.dice.between("ring", 1_000, 3_000) * MILLISECOND
    }

    pub(crate) fn quick_analysis(&self) -> i64 {
        self.ended + self.dice.between("analysis", 2_000, 8_000) * MILLISECOND
    }

    pub(crate) fn quick_steps(&self) -> Steps {
        let ringing = self.rings_from();
        let outbound = self.direction == Some(Direction::Outbound);
        let lead = self.dice.between("dialing", 100, 600) * MILLISECOND;
        Steps {
            dialing: outbound.then_some(ringing - lead),
            ringing: (!outbound || self.end != End::Failed).then_some(ringing),
        }
    }
}
