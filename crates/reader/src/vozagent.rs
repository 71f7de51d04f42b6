//! VozAgent: an offset and a limit over a bare array without a total, and one
//! request for each call to get its numbers.

#![cfg(feature = "vozagent")]

use crate::account::{Account, configure, replace_by_single, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Enricher, Filter, FilterField, ListStart,
    Lookup, OpenError, ParameterValue, Pushdown, Query, ReadError, Setting, Source, SourceConfig,
    SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::ListOperation;
use callfold_unify::{model::Call, vozagent::map_record};
use futures_util::future::BoxFuture;
use std::sync::Arc;

pub use callfold_vozagent::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "vozagent",
    title: "VozAgent",
    lists: &[LIST],
    settings: &[Setting::secret("api_key", "the key, sent as a bearer token")],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// An agent has an id and no name here. A call that has ended may have no
/// status, so that `completed` would miss it.
const LIST: Capability = Capability {
    filters: &[
        Filter::equal(FilterField::Direction, "call_type", Pushdown::Words { words: DIRECTIONS }),
        Filter::equal(FilterField::Status, "status", Pushdown::Words { words: STATES }),
        Filter::equal(FilterField::Agent, "assistant_id", Pushdown::Text),
        Filter::equal(FilterField::Contact, "contact_id", Pushdown::Text),
    ],
    unavailable_fields: &[FilterField::Campaign],
    detail_only: &[FilterField::Phone],
    lookup: Lookup::Id { operation: SINGLE },
    detail: &[
        DetailSupport::request(DetailPart::Numbers, SINGLE),
        DetailSupport::request(DetailPart::Cost, SINGLE),
        DetailSupport::request(DetailPart::Transcript, SINGLE),
        DetailSupport::request(DetailPart::Recording, SINGLE),
        DetailSupport::request(DetailPart::Analysis, SINGLE),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const SINGLE: &str = "GET /v1/calls/{id}";

const DIRECTIONS: &[(&str, &str)] = &[("inbound", "inbound"), ("outbound", "outbound")];
const STATES: &[(&str, &str)] = &[("in_progress", "in-progress"), ("failed", "failed")];

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(VozAgent(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::bearer(key))?;
    Ok(source(client, context))
}

#[derive(Clone)]
struct VozAgent(Account<Client>);

impl Source for VozAgent {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_calls(), set_parameter, plan, start, map_record)
    }

    /// Replaces a call of the list by its single record.
    fn enricher(&self, _: &SourcePlan) -> Option<Enricher> {
        let source = self.clone();
        Some(Arc::new(move |listed: Box<Call>| {
            let single = source.get(&listed.id.call_id);
            replace_by_single(listed, single)
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let request = self.0.client.get_call(id);
        self.0.look_up(async { Ok(Some(request.send().await?.into_inner())) }, map_record)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().limit(1u32).send())
    }
}

type Builder = callfold_vozagent::builder::ListCalls;

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    let ParameterValue::Text(text) = value else { return None };
    let text = text.as_str();
    Some(match name {
        "call_type" => request.call_type(text),
        "status" => request.status(text),
        "assistant_id" => request.assistant_id(text),
        "contact_id" => request.contact_id(text),
        _ => return None,
    })
}
