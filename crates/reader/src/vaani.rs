//! How Vaani is asked: numbered pages, no filter, no order that it would state.

#![cfg(feature = "vaani")]

use crate::account::{Account, find, warn};
use crate::{
    Capability, DetailCost, Detailing, Download, Enriched, Enricher, Field, ListStart, Missing,
    Need, OpenError, Part, Query, ReadError, Setting, SettingKind, Source, SourceConfig,
    SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::{List, ListOperation, ResumePoint};
use callfold_unify::Context;
use callfold_unify::model::{Call, Recording};
use callfold_unify::vaani::{map_record, with_details, with_transcript};
use callfold_vaani::{Client, Credentials};
use futures_util::{FutureExt, future::BoxFuture};
use std::sync::Arc;

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "vaani",
    title: "Vaani",
    lists: &[LIST],
    settings: &[Setting {
        key: "api_key",
        kind: SettingKind::Secret,
        need: Need::Always,
        help: "the key, sent as X-API-Key",
    }],
    volatile_fields: <callfold_vaani::Client as callfold_transport::Vendor>::VOLATILE_FIELDS,
    open,
};

/// The page documents `page` and `page_size`, and nothing else.
const LIST: Capability = Capability {
    unavailable_fields: &[Field::Contact, Field::Campaign],
    detail: &[
        Detailing { part: Part::Numbers, cost: DetailCost::Inline },
        Detailing { part: Part::Cost, cost: DetailCost::Inline },
        Detailing { part: Part::Recording, cost: DetailCost::Inline },
        Detailing { part: Part::Analysis, cost: DetailCost::Inline },
        Detailing {
            part: Part::Transcript,
            cost: DetailCost::RequestPerCall { operation: "GET /api/transcript/{call_id}" },
        },
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    Ok(Box::new(Vaani(Account::open(&ENTRY, config, || Credentials::api_key(key))?)))
}

struct Vaani(Account<Client>);

impl Source for Vaani {
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
        let client = self.0.client.clone();
        let fetch = move |at| {
            let client = client.clone();
            async move { client.list_calls().into_page(at).await }
        };
        self.0.list(Builder::PAGING, plan, walk, fetch, map_record)
    }

    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let (client, context) = (self.0.client.clone(), self.0.context.clone());
        plan.needs_enrichment().then_some(Arc::new(move |mut call: Box<Call>| {
            let (client, context) = (client.clone(), context.clone());
            async move {
                let answer = client.get_transcript(&call.id.call_id).send().await;
                let missing = answer.as_ref().err().map(|error| Missing::new(Some(error)));
                match answer {
                    Ok(transcript) => {
                        with_transcript(&mut call, transcript.into_inner(), &context);
                    }
                    Err(error) => warn(&mut call, "the transcript", &error),
                }
                Enriched { call, missing }
            }
            .boxed()
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        let everything = Query { raw: true, ..Query::default() };
        let pages = self.pages(&self.plan(&everything), ListStart::default());
        async move {
            let mut found = find(pages, |call| call.id.call_id == id).await?;
            if let Some(call) = &mut found {
                complete(&account.client, call, &account.context).await;
            }
            Ok(found)
        }
        .boxed()
    }

    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        self.0.download(recording, from)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let account = self.0.clone();
        async move {
            let answer = account.client.list_calls().page(1u32).page_size(1u32).send().await;
            answer.map(|_| ()).map_err(|error| account.error(error))
        }
        .boxed()
    }
}

type Builder = callfold_vaani::builder::ListCalls;

/// Adds what only the operations on one call tell. A part that cannot be had
/// leaves a warning.
async fn complete(client: &Client, call: &mut Call, context: &Context) {
    let id = call.id.call_id.clone();
    let details = client.get_call_details(&id).send();
    let transcript = client.get_transcript(&id).send();
    let (details, transcript) = futures_util::future::join(details, transcript).await;
    match details {
        Ok(details) => with_details(call, details.into_inner(), context),
        Err(error) => warn(call, "the details", &error),
    }
    match transcript {
        Ok(transcript) => with_transcript(call, transcript.into_inner(), context),
        Err(error) => warn(call, "the transcript", &error),
    }
}
