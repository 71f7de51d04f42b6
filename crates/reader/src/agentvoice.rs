//! How AgentVoice is asked: skipped records and a limit, newest first, most
//! filters on the server.

#![cfg(feature = "agentvoice")]

use crate::account::Account;
use crate::{
    Capability, DetailCost, Detailing, Download, Field, Filter, ListStart, Lookup, Need, OpenError,
    Operator, Ordering, Part, Push, Query, ReadError, Setting, SettingKind, Source, SourceConfig,
    SourcePages, SourcePlan, VendorEntry,
};
use callfold_agentvoice::{Client, Credentials, types};
use callfold_transport::{List, ListOperation, ResumePoint};
use callfold_unify::{
    agentvoice::map_record,
    model::{Call, Recording},
};
use futures_util::{FutureExt, future::BoxFuture};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "agentvoice",
    title: "AgentVoice",
    lists: &[LIST],
    settings: &[
        Setting {
            key: "api_key",
            kind: SettingKind::Secret,
            need: Need::Always,
            help: "the key, sent as x-api-key",
        },
        Setting {
            key: "organization_id",
            kind: SettingKind::Secret,
            need: Need::Always,
            help: "the organization the key belongs to, sent as x-organization-id",
        },
    ],
    volatile_fields: <callfold_agentvoice::Client as callfold_transport::Vendor>::VOLATILE_FIELDS,
    open,
};

/// The order is documented: `order` and `order_by`, newest start first by default.
///
/// `phone_number` is the customer's number, not that of either party, and the
/// status words have no list: neither is sent. Whether `from` and `to` include
/// the bound is unstated: they are sent a second wider.
const LIST: Capability = Capability {
    filters: &[
        filter(Field::StartedAt, "from", &[Operator::From], Push::Time { widen_by_s: 1 }),
        filter(Field::StartedAt, "to", &[Operator::Until], Push::Time { widen_by_s: 1 }),
        filter(Field::Direction, "call_type", EQUAL, Push::Words { words: DIRECTIONS }),
        filter(
            Field::Status,
            "status",
            EQUAL,
            Push::NotPushed { why: "the vendor does not list its words, and several can mean one" },
        ),
        filter(
            Field::Phone,
            "phone_number",
            EQUAL,
            Push::NotPushed { why: "phone_number is the customer's alone" },
        ),
        filter(Field::Agent, "agent_id", EQUAL, Push::Uuid),
        filter(Field::Contact, "contact_id", EQUAL, Push::Uuid),
        filter(Field::Campaign, "campaign_id", EQUAL, Push::Uuid),
    ],
    order: Ordering::Selectable {
        by: ("order_by", "started_at"),
        parameter: "order",
        newest_first: "desc",
        oldest_first: "asc",
    },
    lookup: Lookup::Id { operation: "GET /api/calls/{id}" },
    detail: &[
        Detailing { part: Part::Numbers, cost: DetailCost::Inline },
        Detailing { part: Part::Recording, cost: DetailCost::Inline },
        Detailing {
            part: Part::Transcript,
            cost: DetailCost::ListOption { option: "include=transcript" },
        },
        Detailing { part: Part::Analysis, cost: DetailCost::ListOption { option: "fields=full" } },
        Detailing {
            part: Part::Metrics,
            cost: DetailCost::ListOption { option: "include=metrics" },
        },
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const EQUAL: &[Operator] = &[Operator::Equal];
const DIRECTIONS: &[(&str, &str)] = &[("inbound", "inbound"), ("outbound", "outbound")];

const fn filter(
    field: Field,
    parameter: &'static str,
    operators: &'static [Operator],
    push: Push,
) -> Filter {
    Filter { field, parameter, operators, required: false, push }
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let (key, organization) = (config.require("api_key")?, config.require("organization_id")?);
    let account = Account::open(&ENTRY, config, || Credentials::new(key, organization))?;
    Ok(Box::new(AgentVoice(account)))
}

struct AgentVoice(Account<Client>);

impl Source for AgentVoice {
    fn vendor(&self) -> &'static str {
        ENTRY.name
    }

    fn account(&self) -> &str {
        &self.0.context.account
    }

    fn capability(&self) -> &'static Capability {
        &LIST
    }

    fn stats(&self) -> callfold_transport::Stats {
        self.0.client.stats()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        self.0.plan(&LIST, Builder::PAGING, &[], query)
    }

    fn pages(&self, plan: &SourcePlan, walk: ListStart) -> SourcePages {
        let (client, asked) = (self.0.client.clone(), plan.clone());
        let list = walk.list;
        let fetch = move |at| {
            let (client, asked) = (client.clone(), asked.clone());
            async move { ask(client.list_calls(), asked.parameters(list)).into_page(at).await }
        };
        self.0.list(Builder::PAGING, plan, walk, fetch, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        async move {
            let request = account.client.get_call(&id).fields(types::GetCallFields::Full);
            // The latencies are in no set of fields.
            let answer = request.include("metrics").send().await;
            account.single(answer.map(|answer| Some(answer.into_inner())), map_record)
        }
        .boxed()
    }

    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        self.0.download(recording, from)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let account = self.0.clone();
        async move {
            let answer = account.client.list_calls().limit(1u32).send().await;
            answer.map(|_| ()).map_err(|error| account.error(error))
        }
        .boxed()
    }
}

type Builder = callfold_agentvoice::builder::ListCalls;

/// Sets the parameters of a plan.
fn ask<'p>(request: Builder, parameters: impl Iterator<Item = (&'static str, &'p str)>) -> Builder {
    parameters.fold(request, |request, (parameter, value)| match (parameter, value.parse()) {
        ("from", Ok(at)) => request.from(at),
        ("to", Ok(at)) => request.to(at),
        ("call_type", _) => request.call_type(value),
        ("agent_id", _) => request.agent_id(value),
        ("contact_id", _) => request.contact_id(value),
        ("campaign_id", _) => request.campaign_id(value),
        ("order", _) => request.order(value),
        ("order_by", _) => request.order_by(value),
        ("fields", _) => request.fields(value),
        ("include", _) => request.include(value),
        _ => request,
    })
}
