//! How Zudu is asked: pages counted from 0, newest first.

#![cfg(feature = "zudu")]

use crate::account::{Account, find};
use crate::{
    Capability, DetailCost, Detailing, Download, Field, ListStart, Lookup, Need, OpenError, Part,
    Query, ReadError, Setting, SettingKind, Source, SourceConfig, SourcePages, SourcePlan,
    VendorEntry,
};
use callfold_transport::{List, ListOperation, ResumePoint};
use callfold_unify::{
    model::{Call, Recording},
    zudu::map_record,
};
use callfold_zudu::{Client, Credentials};
use futures_util::{FutureExt, future::BoxFuture};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "zudu",
    title: "Zudu",
    lists: &[LIST],
    settings: &[
        Setting {
            key: "api_key",
            kind: SettingKind::Secret,
            need: Need::Always,
            help: "the key, sent as X-API-KEY",
        },
        Setting {
            key: "api_secret",
            kind: SettingKind::Secret,
            need: Need::Always,
            help: "the secret that belongs to the key, sent as X-API-SECRET",
        },
    ],
    volatile_fields: <callfold_zudu::Client as callfold_transport::Vendor>::VOLATILE_FIELDS,
    open,
};

/// No parameter of the list is documented; paging and order are echoed in each
/// answer. The largest page is not stated. The search by POST is not used: one page
/// of its documentation gives the agent as a text and the other as a list, and the
/// words for a status come in both letter cases.
const LIST: Capability = Capability {
    unavailable_fields: &[Field::Contact, Field::Campaign],
    lookup: Lookup::AlternateId { operation: "GET /api/calls/{callId}", name: "call_id" },
    detail: &[
        inline(Part::Numbers),
        inline(Part::Cost),
        inline(Part::Transcript),
        inline(Part::Recording),
        inline(Part::Analysis),
        inline(Part::Metrics),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const fn inline(part: Part) -> Detailing {
    Detailing { part, cost: DetailCost::Inline }
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let (key, secret) = (config.require("api_key")?, config.require("api_secret")?);
    Ok(Box::new(Zudu(Account::open(&ENTRY, config, || Credentials::new(key, secret))?)))
}

struct Zudu(Account<Client>);

impl Source for Zudu {
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

    /// The operation knows a call by its `call_id`, which is not its id; an id
    /// that it does not know is looked for in the list.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        let everything = Query { raw: true, ..Query::default() };
        let pages = self.pages(&self.plan(&everything), ListStart::default());
        async move {
            let answer = account.client.get_call(&id).send().await;
            let found =
                account.single(answer.map(|answer| answer.into_inner().data), map_record)?;
            match found {
                Some(call) => Ok(Some(call)),
                None => find(pages, |call| is_known_as(call, &id)).await,
            }
        }
        .boxed()
    }

    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        self.0.download(recording, from)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let account = self.0.clone();
        async move {
            let answer = account.client.list_calls().page(0u32).limit(1u32).send().await;
            answer.map(|_| ()).map_err(|error| account.error(error))
        }
        .boxed()
    }
}

type Builder = callfold_zudu::builder::ListCalls;

fn is_known_as(call: &Call, id: &str) -> bool {
    call.id.call_id == id || call.alternate_ids.get("call_id").is_some_and(|known| known == id)
}
