//! Fingerprints of records: keyed 128-bit hashes by which a record is recognised.

use crate::ListedRecord;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
};

/// A keyed hash of a record's id.
///
/// A record has the same fingerprint in all runs that resume from one
/// [`Checkpoint`](crate::Checkpoint); without its key a fingerprint reveals
/// nothing. Half a million take 18 MB, and the chance that two of these are
/// equal is below 1 in 10^27.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The fingerprint as bytes, to store.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The fingerprint of a set of records, in any order.
    pub(crate) const fn with(self, record: Self) -> Self {
        Self(self.0.wrapping_add(record.0))
    }

    /// The fingerprint that was stored as these bytes.
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

/// The key of the fingerprints of one read.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct FingerprintKey(Fingerprint);

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// What is fingerprinted: the same text has another fingerprint in each domain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FingerprintDomain {
    /// The id of a call.
    RecordId,
    /// A record without an id, byte for byte.
    RawRecord,
    /// A query with its plan.
    Query,
}

/// The text that identifies a record.
pub(crate) fn record_key(record: &ListedRecord) -> (FingerprintDomain, &str) {
    match record {
        ListedRecord::Call(call) => (FingerprintDomain::RecordId, &call.id.call_id),
        ListedRecord::Rejected(record) => (FingerprintDomain::RawRecord, record.raw.get()),
    }
}

impl FingerprintKey {
    /// A key that nobody can guess.
    pub(crate) fn random() -> Self {
        let random = RandomState::new();
        let half = |which: u8| u128::from(random.hash_one(which));
        Self(Fingerprint((half(0) << 64) | half(1)))
    }

    pub(crate) fn fingerprint(self, domain: FingerprintDomain, text: &str) -> Fingerprint {
        let mut hasher = self.hasher(domain as u8);
        hasher.write(text.as_bytes());
        Fingerprint(hasher.finish128().as_u128())
    }

    /// The fingerprint of a record within one pass over one list.
    pub(crate) fn within(self, list: usize, pass: u32, record: Fingerprint) -> Fingerprint {
        let mut hasher = self.hasher(u8::MAX);
        // Checkpoints of earlier versions have no byte for pass 0 and one for pass 1.
        let bytes = pass.to_le_bytes();
        hasher.write(&bytes[..bytes.len() - pass.leading_zeros() as usize / 8]);
        hasher.write(&(list as u64).to_le_bytes());
        hasher.write(&record.to_bytes());
        Fingerprint(hasher.finish128().as_u128())
    }

    /// The fingerprint of several records, in their order.
    pub(crate) fn of_all(self, records: &[Fingerprint]) -> Fingerprint {
        let mut hasher = self.hasher(u8::MAX - 1);
        for record in records {
            hasher.write(&record.to_bytes());
        }
        Fingerprint(hasher.finish128().as_u128())
    }

    fn hasher(self, purpose: u8) -> SipHasher13 {
        let mut hasher = SipHasher13::new_with_key(&self.0.to_bytes());
        hasher.write_u8(purpose);
        hasher
    }
}
