//! What an export was asked for, in a form that tells a change and nothing else.

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

/// How the bounds of time were worded, where an instant is not what was asked
/// for: `7d` is another instant every second, and the same question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeWords {
    /// How [`Query::since`] was worded.
    pub since: Option<String>,
    /// How [`Query::until`] was worded.
    pub until: Option<String>,
}

/// What was asked, option by option, as keyed prints: a filter can be
/// somebody's number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    salt: String,
    options: BTreeMap<String, String>,
    /// The instants that relative words stood for.
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// The parts of a job that must not change before it is resumed.
pub(crate) struct Asking<'a> {
    pub(crate) sources: &'a [Arc<dyn Source>],
    pub(crate) query: &'a Query,
    pub(crate) words: &'a TimeWords,
    pub(crate) shape: Shape,
    pub(crate) options: &'a EncodeOptions,
    pub(crate) layout: &'a Layout,
}

impl Asked {
    pub(crate) fn new(asking: &Asking<'_>) -> Self {
        let random = RandomState::new();
        let salt = format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1));
        Self::salted(asking, salt)
    }

    fn salted(asking: &Asking<'_>, salt: String) -> Self {
        let print = |(name, value): (&str, String)| (name.to_owned(), print(&salt, name, &value));
        let options = asking.options().into_iter().map(print).collect();
        Self { options, salt, since: asking.query.since, until: asking.query.until }
    }

    /// The options that ask for something else now.
    pub(crate) fn differs(&self, asking: &Asking<'_>) -> Vec<String> {
        let now = Self::salted(asking, self.salt.clone());
        let mut names: Vec<_> = self.options.keys().chain(now.options.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.options.get(*name) != now.options.get(*name));
        names.into_iter().cloned().collect()
    }

    /// The bounds of time, as they were when the export was begun.
    pub(crate) fn bound(&self, query: &mut Query) {
        (query.since, query.until) = (self.since, self.until);
    }
}

impl Asking<'_> {
    fn options(&self) -> Vec<(&'static str, String)> {
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
            ..
        } = self.query;
        let time = |words: &Option<String>, at: &Option<Timestamp>| match words {
            Some(words) => words.clone(),
            None => format!("{at:?}"),
        };
        let sources: Vec<_> =
            self.sources.iter().map(|source| (source.vendor(), source.account())).collect();
        let by = |by: &[PartitionBy]| by.iter().map(|by| by.as_str()).collect::<Vec<_>>();
        let partition = match self.layout {
            Layout::Set(parts) => by(parts),
            _ => Vec::new(),
        };
        let phone = phone.as_ref().map(|phone| phone.as_str());
        let EncodeOptions { raw, bom, privacy, .. } = self.options;
        let mut options = vec![
            ("--source", format!("{sources:?}")),
            ("--since", time(&self.words.since, since)),
            ("--until", format!("{}/{lookback_floor:?}", time(&self.words.until, until))),
            ("--direction", format!("{direction:?}")),
            ("--status", format!("{status:?}")),
            ("--phone", format!("{phone:?}")),
            ("--agent", format!("{agent:?}")),
            ("--contact", format!("{contact:?}")),
            ("--campaign", format!("{campaign:?}")),
            ("--detail", format!("{:?}", self.query.detail)),
            ("--format", self.shape.format.to_string()),
            ("--compress", format!("{:?}", self.shape.compression)),
            ("--raw", format!("{raw}/{}", self.query.raw)),
            ("--bom", bom.to_string()),
            ("--partition", format!("{partition:?}")),
        ];
        // Base, mode by mode, and the tag of the key where one is used.
        let privacy = privacy.fingerprint();
        let mut parts = privacy.splitn(3, '-');
        let modes = (parts.next(), parts.next());
        options.push(("--pii or --pii-column", format!("{modes:?}")));
        options.push(("the privacy key", parts.next().unwrap_or_default().to_owned()));
        options
    }
}

fn print(salt: &str, name: &str, value: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt.as_bytes()) else {
        return String::new();
    };
    mac.update(name.as_bytes());
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
