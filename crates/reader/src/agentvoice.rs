//! AgentVoice: an offset and a limit, newest first, most filters on the server.

#![cfg(feature = "agentvoice")]

use crate::account::{Account, configure, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Filter, FilterField, ListStart, Lookup,
    OpenError, Operator, Ordering, ParameterValue, Pushdown, Query, ReadError, Setting, Source,
    SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_agentvoice::types;
use callfold_transport::ListOperation;
use callfold_unify::{agentvoice::map_record, model::Call};
use futures_util::future::BoxFuture;

pub use callfold_agentvoice::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "agentvoice",
    title: "AgentVoice",
    lists: &[LIST],
    settings: &[
        Setting::secret("api_key", "the key, sent as x-api-key"),
        Setting::secret(
            "organization_id",
            "the organization the key belongs to, sent as x-organization-id",
        ),
    ],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// The order is documented: `order` and `order_by`, newest start first by default.
///
/// `phone_number` is the customer's number, not that of either party, and the
/// status words are not listed: neither is sent. Whether `from` and `to` include
/// the bound is not stated: they are sent with a second of margin.
const LIST: Capability = Capability {
    filters: &[
        Filter::new(
            FilterField::StartedAt,
            "from",
            &[Operator::From],
            Pushdown::Time { widen_by_s: 1 },
        ),
        Filter::new(
            FilterField::StartedAt,
            "to",
            &[Operator::Until],
            Pushdown::Time { widen_by_s: 1 },
        ),
        Filter::equal(FilterField::Direction, "call_type", Pushdown::Words { words: DIRECTIONS }),
        Filter::equal(
            FilterField::Status,
            "status",
            Pushdown::NotPushed {
                why: "the vendor does not list its words, and several can mean one",
            },
        ),
        Filter::equal(
            FilterField::Phone,
            "phone_number",
            Pushdown::NotPushed { why: "phone_number is only the customer's number" },
        ),
        Filter::equal(FilterField::Agent, "agent_id", Pushdown::Uuid),
        Filter::equal(FilterField::Contact, "contact_id", Pushdown::Uuid),
        Filter::equal(FilterField::Campaign, "campaign_id", Pushdown::Uuid),
    ],
    order: Ordering::Selectable {
        by: Some(("order_by", "started_at")),
        parameter: "order",
        newest_first: "desc",
        oldest_first: "asc",
    },
    lookup: Lookup::Id { operation: "GET /api/calls/{id}" },
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::list_option(DetailPart::Transcript, "include=transcript"),
        DetailSupport::list_option(DetailPart::Analysis, "fields=full"),
        DetailSupport::list_option(DetailPart::Metrics, "include=metrics"),
        DetailSupport::list_option(DetailPart::Diagnostics, "include=diagnostics"),
        DetailSupport::list_option(DetailPart::Actions, "include=actions"),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const DIRECTIONS: &[(&str, &str)] = &[("inbound", "inbound"), ("outbound", "outbound")];

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(AgentVoice(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let (key, organization) = (config.require("api_key")?, config.require("organization_id")?);
    let credentials = || Credentials::new(key, organization);
    let (client, context) = configure(&ENTRY, config, credentials)?;
    Ok(source(client, context))
}

struct AgentVoice(Account<Client>);

impl Source for AgentVoice {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_calls(), set_parameter, plan, start, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let request = self.0.client.get_call(id).fields(types::GetCallFields::Full);
        // Latencies and diagnostics are in no set of fields.
        let request = request.include("metrics,diagnostics");
        self.0.look_up(async { Ok(Some(request.send().await?.into_inner())) }, map_record)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().limit(1u32).send())
    }
}

type Builder = callfold_agentvoice::builder::ListCalls;

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    Some(match (name, value) {
        ("from", ParameterValue::Time(at)) => request.from(*at),
        ("to", ParameterValue::Time(at)) => request.to(*at),
        (name, ParameterValue::Text(text)) => {
            let text = text.as_str();
            match name {
                "call_type" => request.call_type(text),
                "agent_id" => request.agent_id(text),
                "contact_id" => request.contact_id(text),
                "campaign_id" => request.campaign_id(text),
                "order" => request.order(text),
                "order_by" => request.order_by(text),
                "fields" => request.fields(text),
                "include" => request.include(text),
                _ => return None,
            }
        }
        _ => return None,
    })
}
