//! ElevenLabs: pages by cursor, newest first; numbers, cost, transcript and recording are in the single record only.

#![cfg(feature = "elevenlabs")]

use crate::account::{Account, configure, replace_by_single, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Enriched, Enricher, Filter, FilterField,
    ListStart, Lookup, OpenError, Operator, ParameterValue, Pushdown, Query, ReadError, Setting,
    Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::ListOperation;
use callfold_unify::{
    elevenlabs::{keep_listed, map_listed, map_record},
    model::{Call, Timestamp},
};
use futures_util::{FutureExt, future::BoxFuture};
use std::sync::Arc;

pub use callfold_elevenlabs::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "elevenlabs",
    title: "ElevenLabs",
    lists: &[LIST],
    settings: &[Setting::secret("api_key", "the key, sent as xi-api-key")],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// Newest first is the documented order; `sort_direction` is newer than the hosts of some regions and is not sent.
/// Starts are whole seconds, and whether a bound is included is not stated: bounds are sent with a second of margin.
/// States can be excluded, not requested.
const LIST: Capability = Capability {
    filters: &[
        Filter::new(FilterField::StartedAt, AFTER, &[Operator::From], SECOND_WIDER),
        Filter::new(FilterField::StartedAt, BEFORE, &[Operator::Until], SECOND_WIDER),
        Filter::equal(
            FilterField::Agent,
            "agent_id",
            Pushdown::NotPushed {
                why: "the server compares ids of no fixed form, and this may be a name",
            },
        ),
        Filter::equal(FilterField::Contact, "user_id", Pushdown::Text),
    ],
    unavailable_fields: &[FilterField::Campaign],
    detail_only: &[FilterField::Phone, FilterField::Contact],
    lookup: Lookup::Id { operation: SINGLE },
    detail: &[
        DetailSupport::request(DetailPart::Numbers, SINGLE),
        DetailSupport::request(DetailPart::Cost, SINGLE),
        DetailSupport::request(DetailPart::Transcript, SINGLE),
        DetailSupport::request(DetailPart::Recording, SINGLE),
        DetailSupport::request(DetailPart::Metrics, SINGLE),
        DetailSupport::request(DetailPart::Analysis, SINGLE),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const SINGLE: &str = "GET /v1/convai/conversations/{conversation_id}";
const AFTER: &str = "call_start_after_unix";
const BEFORE: &str = "call_start_before_unix";
const SECOND_WIDER: Pushdown = Pushdown::Time { widen_by_s: 1 };

type Builder = callfold_elevenlabs::builder::ListConversations;

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(ElevenLabs(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::api_key(key))?;
    Ok(source(client, context))
}

#[derive(Clone)]
struct ElevenLabs(Account<Client>);

impl Source for ElevenLabs {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_conversations(), set_parameter, plan, start, map_listed)
    }

    /// Replaces a call of the list by its single record, which lacks the sentiment.
    fn enricher(&self, _: &SourcePlan) -> Option<Enricher> {
        let source = self.clone();
        Some(Arc::new(move |listed: Box<Call>| {
            let single = source.get(&listed.id.call_id);
            let kept = listed.clone();
            let replaced = replace_by_single(listed, single);
            async move {
                let Enriched { mut call, missing } = replaced.await;
                keep_listed(&mut call, &kept);
                Enriched { call, missing }
            }
            .boxed()
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_listed)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let request = self.0.client.get_conversation(id);
        self.0.look_up(async { Ok(Some(request.send().await?.into_inner())) }, map_record)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_conversations().page_size(1u32).send())
    }
}

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    Some(match (name, value) {
        (AFTER, ParameterValue::Time(at)) => match unix(at.timestamp()) {
            Some(seconds) => request.call_start_after_unix(seconds),
            None => request,
        },
        (BEFORE, ParameterValue::Time(at)) => match unix(rounded_up(*at)) {
            Some(seconds) => request.call_start_before_unix(seconds),
            None => request,
        },
        ("user_id", ParameterValue::Text(id)) => request.user_id(id.as_str()),
        _ => return None,
    })
}

/// A bound that may be sent: what 0 means is not documented, and no call is older.
fn unix(seconds: i64) -> Option<i64> {
    (seconds > 0).then_some(seconds)
}

/// The first whole second that is not before a time.
fn rounded_up(at: Timestamp) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}
