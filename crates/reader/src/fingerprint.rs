//! What a record is known by once it was read: 128 bits.

use crate::Item;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
};

/// The print of one record: a keyed hash of its id.
///
/// It is the same wherever the same [`Checkpoint`](crate::Checkpoint) is gone
/// on from, and says nothing to whoever has not got its key. Half a million
/// prints take 18 MB, and the chance that two of those are equal is below 1 in
/// 10^27.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The print as bytes, to store.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// One print of a set of records, whatever their order.
    pub(crate) const fn with(self, record: Self) -> Self {
        Self(self.0.wrapping_add(record.0))
    }

    /// The print that was stored as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:032x})", self.0)
    }
}

/// As 32 hexadecimal digits.
impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(&text, 16).ok().filter(|_| is_hex);
        number.map(Self).ok_or_else(|| de::Error::custom("not 32 hexadecimal digits"))
    }
}

/// What the prints of one walk are made with.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct FingerprintKey(Fingerprint);

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// What a print is of: the same text is another print each time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// The id of a call.
    Id,
    /// A record that has none, byte for byte.
    Raw,
    /// What was asked.
    Question,
}

/// What a record is known by.
pub(crate) fn known_by(record: &Item) -> (Of, &str) {
    match record {
        Item::Call(call) => (Of::Id, &call.id.call_id),
        Item::SetAside(record) => (Of::Raw, record.raw.get()),
    }
}

impl FingerprintKey {
    /// A key that nobody can guess.
    pub(crate) fn random() -> Self {
        let random = RandomState::new();
        let half = |which: u8| u128::from(random.hash_one(which));
        Self(Fingerprint((half(0) << 64) | half(1)))
    }

    pub(crate) fn print(self, of: Of, text: &str) -> Fingerprint {
        let mut hasher = self.hasher(of as u8);
        hasher.write(text.as_bytes());
        Fingerprint(hasher.finish128().as_u128())
    }

    /// The print of a record as one of a reading of a list, where it can be
    /// one of several.
    pub(crate) fn within(self, list: usize, again: bool, print: Fingerprint) -> Fingerprint {
        let mut hasher = self.hasher(u8::MAX);
        if again {
            hasher.write_u8(1);
        }
        hasher.write(&(list as u64).to_le_bytes());
        hasher.write(&print.to_bytes());
        Fingerprint(hasher.finish128().as_u128())
    }

    /// One print of many, in their order.
    pub(crate) fn of_all(self, prints: &[Fingerprint]) -> Fingerprint {
        let mut hasher = self.hasher(u8::MAX - 1);
        for print in prints {
            hasher.write(&print.to_bytes());
        }
        Fingerprint(hasher.finish128().as_u128())
    }

    fn hasher(self, purpose: u8) -> SipHasher13 {
        let mut hasher = SipHasher13::new_with_key(&self.0.to_bytes());
        hasher.write_u8(purpose);
        hasher
    }
}
