//! Repeatable chance: every draw is a function of a key and the draw's name.
//!
//! Nothing here keeps state, so a call can be worked out without the calls before it.

/// A source of draws. The same key and the same name always give the same value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// A source of its own for what is named.
    pub(crate) fn of(self, name: &str) -> Self {
        Self(self.word(name))
    }

    /// A source of its own for one of many.
    pub(crate) fn nth(self, number: u64) -> Self {
        Self(mix(self.0.wrapping_add(mix(number ^ 0xd1b5_4a32_d192_ed03))))
    }

    /// 64 random bits.
    pub(crate) fn word(self, name: &str) -> u64 {
        mix(self.0 ^ hash(name.as_bytes()))
    }

    /// 128 random bits.
    pub(crate) fn wide(self, name: &str) -> u128 {
        let high = self.word(name);
        (u128::from(high) << 64) | u128::from(mix(high ^ self.0))
    }

    /// A number below `end`; zero when `end` is zero.
    pub(crate) fn below(self, name: &str, end: u64) -> u64 {
        scale(self.word(name), end)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(self, name: &str, low: i64, high: i64) -> i64 {
        low + self.below(name, high.abs_diff(low) + 1) as i64
    }

    /// A number below `end` that is more often small than large.
    pub(crate) fn skewed(self, name: &str, end: u64) -> u64 {
        let word = self.word(name);
        scale(word, end).min(scale(mix(word), end))
    }

    /// True once in `times`; never when `times` is zero.
    pub(crate) fn one_in(self, name: &str, times: u64) -> bool {
        times > 0 && self.below(name, times) == 0
    }

    /// One of the items, which must not be empty.
    pub(crate) fn pick<T: Copy>(self, name: &str, items: &[T]) -> T {
        items[self.below(name, items.len() as u64) as usize]
    }
}

fn scale(word: u64, end: u64) -> u64 {
    ((u128::from(word) * u128::from(end)) >> 64) as u64
}

/// The finaliser of SplitMix64.
fn mix(mut x: u64) -> u64 {
    x ^= x >> 30;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Turns a number into one that looks random, and back: no two numbers share one.
pub(crate) mod tag {
    use super::Dice;

    const ODD: u32 = 0x9e37_79b1;
    /// The inverse of [`ODD`] modulo 2^32.
    const BACK: u32 = 0x0e8b_2f51;

    /// Hides the number.
    pub(crate) fn hide(dice: Dice, number: u32) -> u32 {
        let key = dice.word("tag") as u32;
        let x = (number ^ key).wrapping_mul(ODD);
        (x ^ (x >> 16)).wrapping_mul(ODD)
    }

    /// Finds the number again.
    pub(crate) fn seek(dice: Dice, tag: u32) -> u32 {
        let key = dice.word("tag") as u32;
        let x = tag.wrapping_mul(BACK);
        (x ^ (x >> 16)).wrapping_mul(BACK) ^ key
    }
}

#[cfg(test)]
mod tests {
    use super::{Dice, tag};

    #[test]
    fn a_tag_leads_back_to_its_number() {
        let dice = Dice::new(7);
        for number in (0..5_000).chain([u32::MAX, u32::MAX - 1]) {
            assert_eq!(tag::seek(dice, tag::hide(dice, number)), number);
        }
    }

    #[test]
    fn below_stays_below_and_reaches_both_ends() {
        let seen: Vec<u64> = (0..200).map(|n| Dice::new(1).nth(n).below("x", 6)).collect();
        assert_eq!(seen.iter().min(), Some(&0));
        assert_eq!(seen.iter().max(), Some(&5));
    }
}
