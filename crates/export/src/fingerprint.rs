//! A fingerprint of an export's options, which must not change before it is resumed.

use crate::{EncodeOptions, PartitionBy, Shape, target::Layout};
use callfold_reader::{Query, Source};
use callfold_unify::model::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

/// The texts of relative times: `7d` is another instant every second, but the same query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeTexts {
    /// The text of [`Query::since`].
    pub since: Option<String>,
    /// The text of [`Query::until`].
    pub until: Option<String>,
}

/// Keyed hashes of the options: an option can be somebody's phone number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExportFingerprint {
    salt: String,
    options: BTreeMap<String, String>,
    /// The instants of relative times.
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The options of an export that must not change.
pub(crate) struct ExportParams<'a> {
    pub(crate) sources: &'a [Arc<dyn Source>],
    pub(crate) query: &'a Query,
    pub(crate) time_texts: &'a TimeTexts,
    pub(crate) shape: Shape,
    pub(crate) options: &'a EncodeOptions,
    pub(crate) layout: &'a Layout,
}

impl ExportFingerprint {
    pub(crate) fn new(params: &ExportParams<'_>) -> Self {
        let random = RandomState::new();
        let salt = format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1));
        Self::with_salt(params, salt)
    }

    fn with_salt(params: &ExportParams<'_>, salt: String) -> Self {
        let hash = |(name, value): (&str, String)| (name.to_owned(), hash(&salt, name, &value));
        let options = params.options().into_iter().map(hash).collect();
        Self { options, salt, since: params.query.since, until: params.query.until }
    }

    /// The names of the options that differ.
    pub(crate) fn changed_options(&self, params: &ExportParams<'_>) -> Vec<String> {
        let now = Self::with_salt(params, self.salt.clone());
        let mut names: Vec<_> = self.options.keys().chain(now.options.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.options.get(*name) != now.options.get(*name));
        names.into_iter().cloned().collect()
    }

    /// Sets the time range to that of the first run.
    pub(crate) fn restore_times(&self, query: &mut Query) {
        (query.since, query.until) = (self.since, self.until);
    }
}

impl ExportParams<'_> {
    fn options(&self) -> Vec<(&'static str, String)> {
        // Without `..`: a new filter that is forgotten here does not compile.
        let Query {
            since,
            until,
            lookback_floor,
            direction,
            status,
            phone,
            agent,
            contact,
            campaign,
            detail,
            raw: with_record,
            order: _,
            limit: _,
            max_sorted: _,
        } = self.query;
        let time = |text: &Option<String>, at: &Option<Timestamp>| match text {
            Some(text) => text.clone(),
            None => format!("{at:?}"),
        };
        let sources: Vec<_> =
            self.sources.iter().map(|source| (source.vendor(), source.account())).collect();
        let partition: &[PartitionBy] = match self.layout {
            Layout::Partitioned(by) => by,
            _ => &[],
        };
        let phone: Vec<_> = phone.iter().map(|phone| phone.as_str()).collect();
        let until = time(&self.time_texts.until, until);
        let EncodeOptions { raw, bom, privacy, .. } = self.options;
        vec![
            ("source", format!("{sources:?}")),
            ("since", time(&self.time_texts.since, since)),
            ("until", format!("{until}/{:?}", lookback_floor)),
            ("direction", format!("{direction:?}")),
            ("status", format!("{status:?}")),
            ("phone", format!("{phone:?}")),
            ("agent", format!("{agent:?}")),
            ("contact", format!("{contact:?}")),
            ("campaign", format!("{campaign:?}")),
            ("detail", format!("{detail:?}")),
            ("format", self.shape.format.to_string()),
            ("compress", format!("{:?}", self.shape.compression)),
            ("raw", format!("{raw}/{with_record}")),
            ("bom", bom.to_string()),
            ("partition", format!("{partition:?}")),
            ("pii or pii-column", privacy.modes()),
            ("privacy key", privacy.key_tag().unwrap_or_default()),
        ]
    }
}

fn hash(salt: &str, name: &str, value: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt.as_bytes()) else {
        return String::new();
    };
    mac.update(name.as_bytes());
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
