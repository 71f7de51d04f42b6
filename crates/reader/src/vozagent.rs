//! How VozAgent is asked: skipped records and a limit over a bare array that
//! announces no total, and one request for each call that has to tell its
//! numbers.

#![cfg(feature = "vozagent")]

use crate::account::{Account, warn_missing};
use crate::{
    Capability, DetailCost, Detailing, Download, Enriched, Enricher, Field, Filter, ListStart,
    Lookup, Missing, Need, OpenError, Operator, Part, Push, Query, ReadError, Setting, SettingKind,
    Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::{List, ListOperation, ResumePoint};
use callfold_unify::{
    model::{Call, Recording},
    vozagent::map_record,
};
use callfold_vozagent::{Client, Credentials};
use futures_util::{FutureExt, future::BoxFuture};
use std::sync::Arc;

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "vozagent",
    title: "VozAgent",
    lists: &[LIST],
    settings: &[Setting {
        key: "api_key",
        kind: SettingKind::Secret,
        need: Need::Always,
        help: "the key, sent as a bearer token",
    }],
    volatile_fields: <callfold_vozagent::Client as callfold_transport::Vendor>::VOLATILE_FIELDS,
    open,
};

/// An agent has an id and no name here. A call that has ended may come without
/// a status, so that `completed` would miss it.
const LIST: Capability = Capability {
    filters: &[
        filter(Field::Direction, "call_type", Push::Words { words: DIRECTIONS }),
        filter(Field::Status, "status", Push::Words { words: STATES }),
        filter(Field::Agent, "assistant_id", Push::Text),
        filter(Field::Contact, "contact_id", Push::Text),
    ],
    unavailable_fields: &[Field::Campaign],
    detail_only: &[Field::Phone],
    lookup: Lookup::Id { operation: ONE },
    detail: &[
        one(Part::Numbers),
        one(Part::Cost),
        one(Part::Transcript),
        one(Part::Recording),
        one(Part::Analysis),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const ONE: &str = "GET /v1/calls/{id}";

const DIRECTIONS: &[(&str, &str)] = &[("inbound", "inbound"), ("outbound", "outbound")];
const STATES: &[(&str, &str)] = &[("in_progress", "in-progress"), ("failed", "failed")];

const fn filter(field: Field, parameter: &'static str, push: Push) -> Filter {
    Filter { field, parameter, operators: &[Operator::Equal], required: false, push }
}

const fn one(part: Part) -> Detailing {
    Detailing { part, cost: DetailCost::RequestPerCall { operation: ONE } }
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    Ok(Box::new(VozAgent(Account::open(&ENTRY, config, || Credentials::bearer(key))?)))
}

#[derive(Clone)]
struct VozAgent(Account<Client>);

impl Source for VozAgent {
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

    /// Replaces a call of the list by its single record.
    fn enricher(&self, _: &SourcePlan) -> Option<Enricher> {
        let source = self.clone();
        Some(Arc::new(move |mut light: Box<Call>| {
            let full = source.get(&light.id.call_id);
            async move {
                match full.await {
                    Ok(Some(full)) => Enriched { call: Box::new(full), missing: None },
                    answer => {
                        let error = answer.err();
                        let missing = Missing::new(error.as_ref().and_then(ReadError::request));
                        warn_missing(&mut light, "the single record", error);
                        Enriched { call: light, missing: Some(missing) }
                    }
                }
            }
            .boxed()
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        async move {
            let answer = account.client.get_call(&id).send().await;
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

type Builder = callfold_vozagent::builder::ListCalls;

/// Sets the parameters of a plan.
fn ask<'p>(request: Builder, parameters: impl Iterator<Item = (&'static str, &'p str)>) -> Builder {
    parameters.fold(request, |request, (parameter, value)| match parameter {
        "call_type" => request.call_type(value),
        "status" => request.status(value),
        "assistant_id" => request.assistant_id(value),
        "contact_id" => request.contact_id(value),
        _ => request,
    })
}
