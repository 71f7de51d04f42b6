//! Redaction of personal data.
//!
//! A policy maps a call to a call before it is encoded, so that all formats hold the same. What
//! cannot be redacted is left out.

mod error;
mod field;
mod redaction;
mod redactor;
mod text;
mod text_scrubber;

use crate::word_enum::word_enum;
use callfold_unify::model::Call;
pub use error::PrivacyError;
use field::PrivateField;
use hmac::{KeyInit as _, Mac as _};
use redactor::{HashKey, Redactor};
use secrecy::{ExposeSecret as _, SecretString};
use std::{borrow::Cow, fmt, sync::Arc};

/// How to treat personal data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrivacyMode {
    /// Keep it.
    #[default]
    Keep,
    /// Keep a hint that identifies a known value: two digits at each end of a number, initials of a
    /// name, the first letter and the domain of an e-mail address, the length of a text.
    Mask,
    /// Replace it by `hmac:` and an HMAC-SHA-256 in hexadecimal. The same number has the same hash
    /// for every vendor and column; so do names, addresses and ids, each in its own domain. Texts are
    /// masked instead: the hash of a common text would reveal it.
    Hash,
    /// Remove it.
    Drop,
}

word_enum!(PrivacyMode, PrivacyError, PrivacyError::UnknownMode, {
    Keep => "keep",
    Mask => "mask",
    Hash => "hash",
    Drop => "drop",
});

/// How to treat personal data: a mode for all of it, and modes for single columns. The default keeps
/// everything.
#[derive(Clone, Default)]
pub struct PrivacyPolicy(Option<Arc<Rules>>);

struct Rules {
    /// The mode of each field, and whether it was set by name.
    modes: [(PrivacyMode, bool); PrivateField::ALL.len()],
    base: PrivacyMode,
    hash_key: Option<HashKey>,
}

impl PrivacyPolicy {
    /// The least bytes of a key.
    pub const MIN_KEY_BYTES: usize = 16;

    /// A policy with one mode for all personal data, and modes for single columns.
    ///
    /// A column that is kept by name stays exactly as it is. All other texts are searched for the
    /// numbers, names and addresses that the policy protects. A vendor's own JSON is left out, unless
    /// everything is kept or its column is kept by name.
    ///
    /// # Errors
    ///
    /// A column is unknown or holds no personal data, there is no key but something is to be hashed,
    /// or the key is too short.
    pub fn new(
        base: PrivacyMode,
        columns: &[(String, PrivacyMode)],
        key: Option<&SecretString>,
    ) -> Result<Self, PrivacyError> {
        let mut modes = [(PrivacyMode::Keep, false); PrivateField::ALL.len()];
        for (name, mode) in columns {
            let field = PrivateField::named(name)?;
            if field == PrivateField::CallId
                && matches!(mode, PrivacyMode::Mask | PrivacyMode::Drop)
            {
                return Err(PrivacyError::CallId);
            }
            modes[field as usize] = (*mode, true);
        }
        let named = columns.iter().map(|(_, mode)| *mode);
        if named.chain([base]).all(|mode| mode == PrivacyMode::Keep) {
            return Ok(Self(None));
        }
        for field in PrivateField::ALL {
            if let slot @ (_, false) = &mut modes[*field as usize] {
                slot.0 = field.by_default(base);
            }
        }
        let hashes = modes.iter().any(|(mode, _)| *mode == PrivacyMode::Hash);
        let hash_key = match key.map(|key| key.expose_secret().as_bytes()) {
            _ if !hashes => None,
            None => return Err(PrivacyError::NoKey),
            Some(key) if key.len() < Self::MIN_KEY_BYTES => return Err(PrivacyError::ShortKey),
            Some(key) => Some(HashKey::new_from_slice(key).map_err(|_| PrivacyError::ShortKey)?),
        };
        Ok(Self(Some(Arc::new(Rules { modes, base, hash_key }))))
    }

    /// Whether everything is kept. Only then can the vendor's record be exported.
    pub fn keeps_all(&self) -> bool {
        self.0.is_none()
    }

    /// The columns that can have a mode.
    pub fn columns() -> impl Iterator<Item = &'static str> {
        PrivateField::ALL.iter().map(|field| field.name())
    }

    /// The redacted call; the same one if everything is kept.
    pub fn apply<'a>(&self, call: &'a Call) -> Cow<'a, Call> {
        match &self.0 {
            None => Cow::Borrowed(call),
            Some(rules) => Cow::Owned(redaction::redact(rules, call)),
        }
    }

    /// The redacted account of a call.
    pub(crate) fn account<'a>(&self, call: &'a Call) -> Cow<'a, str> {
        match &self.0 {
            None => Cow::Borrowed(&call.id.account),
            Some(rules) => Cow::Owned(redaction::redact_account(rules, call)),
        }
    }

    /// A text that identifies what the policy does, the key included, without revealing the key.
    pub fn fingerprint(&self) -> String {
        match self.key_tag() {
            Some(tag) => format!("{}-{tag}", self.modes()),
            None => self.modes(),
        }
    }

    /// The mode of all fields, and of each; upper case if it was set by name.
    pub(crate) fn modes(&self) -> String {
        let Some(rules) = &self.0 else { return PrivacyMode::Keep.to_string() };
        let modes = rules.modes.iter().map(|(mode, by_name)| {
            let letter = &mode.as_str()[..1];
            if *by_name { letter.to_uppercase() } else { letter.to_owned() }
        });
        format!("{}-{}", rules.base, modes.collect::<String>())
    }

    /// A tag of the key, if something is hashed.
    pub(crate) fn key_tag(&self) -> Option<String> {
        let key = self.0.as_ref()?.hash_key.as_ref()?;
        let tag = key.clone().chain_update(b"callfold privacy key 2").finalize().into_bytes();
        Some(tag[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What was redacted, in a word; `None` if nothing was.
    pub(crate) fn redaction(&self) -> Option<String> {
        let rules = self.0.as_ref()?;
        Some(match rules.base {
            PrivacyMode::Keep => "pii of some columns".to_owned(),
            mode => format!("pii {mode}"),
        })
    }
}

impl Rules {
    fn mode(&self, field: PrivateField) -> PrivacyMode {
        self.modes[field as usize].0
    }

    /// The redactor of a field's values.
    fn redactor(&self, field: PrivateField) -> Redactor<'_> {
        Redactor { mode: self.mode(field), hash_key: self.hash_key.as_ref() }
    }

    /// Whether a field stays exactly as it is.
    fn is_kept_by_name(&self, field: PrivateField) -> bool {
        self.modes[field as usize] == (PrivacyMode::Keep, true)
    }
}

impl fmt::Debug for PrivacyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivacyPolicy").field(&self.fingerprint()).finish()
    }
}

/// The redacted call, with the vendor's record if `raw` is set.
pub(crate) fn outgoing<'a>(call: &'a Call, raw: bool, privacy: &PrivacyPolicy) -> Cow<'a, Call> {
    let mut call = privacy.apply(call);
    if !raw && call.raw.get() != "null" {
        call.to_mut().raw = serde_json::value::RawValue::NULL.to_owned();
    }
    call
}
