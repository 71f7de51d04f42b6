//! Whose data leaves, and in what form.
//!
//! A policy is a function from a call to a call, applied before any format
//! sees it, so that all formats tell the same. What cannot be cleaned is left
//! out.

mod apply;
mod error;
mod field;
mod scrub;
mod text;
mod value;

use callfold_unify::model::Call;
pub use error::PrivacyError;
use field::Field;
use hmac::{KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};
use value::{Guard, Keyed};

/// What becomes of a value that belongs to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrivacyMode {
    /// It stays as it is.
    #[default]
    Keep,
    /// Enough stays to recognise a value one knows: two digits at each end of
    /// a number, initials of a name, the first letter and the domain of an
    /// e-mail address, the length of a text.
    Mask,
    /// `hmac:` and an HMAC-SHA-256 in hexadecimal: the same for the same
    /// number, at whatever vendor and in whatever column; likewise for a name,
    /// an address and an id, each in a domain of its own. A text is masked:
    /// what many people say has one hash, which would tell what it is.
    Hash,
    /// Nothing stays.
    Drop,
}

impl PrivacyMode {
    /// All modes.
    pub const ALL: &'static [Self] = &[Self::Keep, Self::Mask, Self::Hash, Self::Drop];

    /// Its name, as options take it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Mask => "mask",
            Self::Hash => "hash",
            Self::Drop => "drop",
        }
    }
}

impl fmt::Display for PrivacyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for PrivacyMode {
    type Err = PrivacyError;

    fn from_str(word: &str) -> Result<Self, PrivacyError> {
        let found = Self::ALL.iter().copied().find(|mode| mode.as_str() == word);
        found.ok_or(PrivacyError::UnknownMode)
    }
}

/// What becomes of people's data: a mode for all of it, and others for single
/// columns. The default keeps everything.
#[derive(Clone, Default)]
pub struct PrivacyPolicy(Option<Arc<Rules>>);

struct Rules {
    /// The mode of every field, and whether it was asked for by name.
    modes: [(PrivacyMode, bool); Field::ALL.len()],
    base: PrivacyMode,
    keyed: Option<Keyed>,
}

impl PrivacyPolicy {
    /// The fewest bytes a key may have.
    pub const KEY_BYTES: usize = 16;

    /// A policy of one mode for all that belongs to a person, and others by
    /// column.
    ///
    /// A column that is kept by name is kept to the letter. All others are
    /// searched for the numbers, names and addresses that this policy
    /// protects. The vendor's own JSON is left out unless everything is kept,
    /// or its column is kept by name.
    ///
    /// # Errors
    ///
    /// When a column is not known or holds nothing of a person's, when there
    /// is no key and something is to be hashed, or when the key is too short.
    pub fn new(
        base: PrivacyMode,
        columns: &[(String, PrivacyMode)],
        key: Option<&SecretString>,
    ) -> Result<Self, PrivacyError> {
        let mut modes = [(PrivacyMode::Keep, false); Field::ALL.len()];
        for (name, mode) in columns {
            let field = Field::named(name)?;
            if field == Field::CallId && matches!(mode, PrivacyMode::Mask | PrivacyMode::Drop) {
                return Err(PrivacyError::CallId);
            }
            modes[field as usize] = (*mode, true);
        }
        let named = columns.iter().map(|(_, mode)| *mode);
        if named.chain([base]).all(|mode| mode == PrivacyMode::Keep) {
            return Ok(Self(None));
        }
        for field in Field::ALL {
            if let slot @ (_, false) = &mut modes[*field as usize] {
                slot.0 = field.by_default(base);
            }
        }
        let hashes = modes.iter().any(|(mode, _)| *mode == PrivacyMode::Hash);
        let keyed = match key.map(|key| key.expose_secret().as_bytes()) {
            _ if !hashes => None,
            None => return Err(PrivacyError::NoKey),
            Some(key) if key.len() < Self::KEY_BYTES => return Err(PrivacyError::ShortKey),
            Some(key) => Some(Keyed::new_from_slice(key).map_err(|_| PrivacyError::ShortKey)?),
        };
        Ok(Self(Some(Arc::new(Rules { modes, base, keyed }))))
    }

    /// Whether everything stays as it is. The vendor's record can be exported
    /// only then.
    pub fn keeps_all(&self) -> bool {
        self.0.is_none()
    }

    /// The names of the columns a policy can speak about.
    pub fn columns() -> impl Iterator<Item = &'static str> {
        Field::ALL.iter().map(|field| field.name())
    }

    /// The call as it may leave; the same one where everything is kept.
    pub fn apply<'a>(&self, call: &'a Call) -> Cow<'a, Call> {
        match &self.0 {
            None => Cow::Borrowed(call),
            Some(rules) => Cow::Owned(apply::apply(rules, call)),
        }
    }

    /// The account of a call as it may leave.
    pub(crate) fn account<'a>(&self, call: &'a Call) -> Cow<'a, str> {
        match &self.0 {
            None => Cow::Borrowed(&call.id.account),
            Some(rules) => Cow::Owned(apply::account(rules, call)),
        }
    }

    /// A text that is the same for policies that do the same, the key
    /// included, and tells nothing about the key.
    pub fn fingerprint(&self) -> String {
        let Some(rules) = &self.0 else { return PrivacyMode::Keep.to_string() };
        let modes = rules.modes.iter().map(|(mode, named)| {
            let letter = &mode.as_str()[..1];
            if *named { letter.to_uppercase() } else { letter.to_owned() }
        });
        let mut text = format!("{}-{}", rules.base, modes.collect::<String>());
        if let Some(keyed) = &rules.keyed {
            let tag = keyed.clone().chain_update(b"callfold privacy key 2").finalize().into_bytes();
            text.push('-');
            text.extend(tag[..8].iter().map(|byte| format!("{byte:02x}")));
        }
        text
    }
}

impl PrivacyPolicy {
    /// What was done to people's data, in a word; `None` where nothing was.
    pub(crate) fn redaction(&self) -> Option<String> {
        let rules = self.0.as_ref()?;
        Some(match rules.base {
            PrivacyMode::Keep => "pii of some columns".to_owned(),
            mode => format!("pii {mode}"),
        })
    }
}

impl Rules {
    fn mode(&self, field: Field) -> PrivacyMode {
        self.modes[field as usize].0
    }

    /// What guards the values of a field.
    fn guard(&self, field: Field) -> Guard<'_> {
        Guard { mode: self.mode(field), keyed: self.keyed.as_ref() }
    }

    /// Whether a field is to stay exactly as it is.
    fn is_kept_by_name(&self, field: Field) -> bool {
        self.modes[field as usize] == (PrivacyMode::Keep, true)
    }
}

impl fmt::Debug for PrivacyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivacyPolicy").field(&self.fingerprint()).finish()
    }
}

/// The call as a file with these options holds it.
pub(crate) fn outgoing<'a>(call: &'a Call, raw: bool, privacy: &PrivacyPolicy) -> Cow<'a, Call> {
    let mut call = privacy.apply(call);
    if !raw && call.raw.get() != "null" {
        call.to_mut().raw = serde_json::value::RawValue::NULL.to_owned();
    }
    call
}
