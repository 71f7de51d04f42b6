//! A stateless random number generator: every draw is a hash of a key and the draw's name, so a call
//! can be generated without the calls before it.

/// A key for draws. The same key and name always give the same value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashRng(u64);

impl HashRng {
    /// The key of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// The key of a named part.
    pub(crate) fn derive(self, name: &str) -> Self {
        Self(self.bits(name))
    }

    /// The key of one of many parts.
    pub(crate) fn nth(self, number: u64) -> Self {
        Self(mix(self.0.wrapping_add(mix(number ^ 0xd1b5_4a32_d192_ed03))))
    }

    /// 64 random bits.
    pub(crate) fn bits(self, name: &str) -> u64 {
        mix(self.0 ^ hash(name.as_bytes()))
    }

    /// 128 random bits.
    pub(crate) fn bits128(self, name: &str) -> u128 {
        let high = self.bits(name);
        (u128::from(high) << 64) | u128::from(mix(high ^ self.0))
    }

    /// A number below `end`; zero when `end` is zero.
    pub(crate) fn below(self, name: &str, end: u64) -> u64 {
        scale(self.bits(name), end)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(self, name: &str, low: i64, high: i64) -> i64 {
        low + self.below(name, high.abs_diff(low) + 1) as i64
    }

    /// A number below `end` that is more often small than large.
    pub(crate) fn skewed(self, name: &str, end: u64) -> u64 {
        let bits = self.bits(name);
        scale(bits, end).min(scale(mix(bits), end))
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

fn scale(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
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

/// A bijection that makes numbers look random.
pub(crate) mod tag {
    use super::HashRng;

    const MULTIPLIER: u32 = 0x9e37_79b1;
    /// The inverse of [`MULTIPLIER`] modulo 2^32.
    const INVERSE: u32 = 0x0e8b_2f51;

    /// The tag of a number.
    pub(crate) fn encode(rng: HashRng, number: u32) -> u32 {
        let key = rng.bits("tag") as u32;
        let x = (number ^ key).wrapping_mul(MULTIPLIER);
        (x ^ (x >> 16)).wrapping_mul(MULTIPLIER)
    }

    /// The number of a tag.
    pub(crate) fn decode(rng: HashRng, tag: u32) -> u32 {
        let key = rng.bits("tag") as u32;
        let x = tag.wrapping_mul(INVERSE);
        (x ^ (x >> 16)).wrapping_mul(INVERSE) ^ key
    }
}

#[cfg(test)]
mod tests {
    use super::{HashRng, tag};

    #[test]
    fn tags_decode_to_their_numbers() {
        let rng = HashRng::new(7);
        for number in (0..5_000).chain([u32::MAX, u32::MAX - 1]) {
            assert_eq!(tag::decode(rng, tag::encode(rng, number)), number);
        }
    }

    #[test]
    fn below_stays_below_and_reaches_both_ends() {
        let seen: Vec<u64> = (0..200).map(|n| HashRng::new(1).nth(n).below("x", 6)).collect();
        assert_eq!(seen.iter().min(), Some(&0));
        assert_eq!(seen.iter().max(), Some(&5));
    }
}
