//! How VozAgent is asked: skipped records and a limit over a bare array that
//! announces no total, and one request for each call that has to tell its
//! numbers.

use crate::account::{Account, Items, prefetch};
use crate::{
    Capability, DetailCost, Detailing, Field, Filter, Item, Lookup, Need, OpenError, Operator,
    Ordering, Paging, Part, Query, ReadError, Setting, SettingKind, Source, SourceConfig, StopRule,
    VendorEntry,
};
use callfold_transport::{List, ListOperation, Pages};
use callfold_unify::model::{Call, Direction, Warning, WarningCode};
use callfold_unify::vozagent::call;
use callfold_vozagent::{Client, Credentials, types};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};

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
    open,
};

/// Three status words are listed, while creation yields a fourth: the status
/// is not sent.
const LIST: Capability = Capability {
    list: "GET /v1/calls",
    paging: Paging::Offset,
    default_page_size: 50,
    max_page_size: Some(100),
    total: None,
    stop: StopRule::ShortPage,
    filters: &[
        filter(Field::Direction, "call_type", true),
        filter(Field::Status, "status", false),
        filter(Field::Agent, "assistant_id", true),
        filter(Field::Contact, "contact_id", true),
    ],
    silent_on: &[Field::Campaign],
    detail_only: &[Field::Phone],
    order: Ordering::Unknown,
    lookup: Lookup::Id { operation: ONE },
    detail: &[
        one(Part::Numbers),
        one(Part::Cost),
        one(Part::Transcript),
        one(Part::Recording),
        one(Part::Analysis),
    ],
};

const ONE: &str = "GET /v1/calls/{id}";

/// Requests for single calls that run at once.
const SINGLES: usize = 8;

const fn filter(field: Field, parameter: &'static str, pushed: bool) -> Filter {
    Filter { field, parameter, operators: &[Operator::Equal], required: false, pushed }
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

    fn calls(&self, query: &Query) -> Items {
        let client = self.0.client.clone();
        let pushed = Pushed::of(query);
        let pages = Pages::new(Builder::PAGING, move |at| {
            let (client, pushed) = (client.clone(), pushed.clone());
            async move { pushed.apply(client.list_calls()).into_page(at).await }
        });
        let pages = pages.page_size(Builder::PAGING.max_size()).prefetch(prefetch(query, false));
        let items = self.0.items(pages, call);
        if query.phone.is_none() && query.detail == crate::Detail::LIGHT {
            return items;
        }
        let (source, query) = (self.clone(), query.clone());
        items
            .map(move |item| source.clone().completed(item, query.clone()))
            .buffered(SINGLES)
            .boxed()
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        async move {
            let answer = account.client.get_call().id(id).send().await;
            account.single(answer.map(|answer| Some(answer.into_inner())), call)
        }
        .boxed()
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

impl VozAgent {
    /// Replaces a call of the list by its single record, unless the list
    /// already tells that it is not wanted. Where only the detail is wanted, a
    /// record that cannot be had leaves a warning; where the query asks for a
    /// number, its answer would be wrong, and that is an error.
    async fn completed(
        self,
        item: Result<Item, ReadError>,
        query: Query,
    ) -> Result<Item, ReadError> {
        let mut light = match item? {
            Item::Call(light) => light,
            other => return Ok(other),
        };
        let known = query.fields().filter(|field| !LIST.detail_only.contains(field));
        if known.into_iter().any(|field| !query.matches_field(field, &light)) {
            return Ok(Item::Call(light));
        }
        match self.get(&light.id.call_id).await {
            Ok(Some(full)) => return Ok(Item::Call(Box::new(full))),
            Ok(None) => {}
            Err(error) if query.phone.is_some() => return Err(error),
            Err(_) => {}
        }
        let message = "the single record could not be fetched";
        light.warnings.push(Warning::new(WarningCode::DetailUnavailable, "", message));
        Ok(Item::Call(light))
    }
}

type Builder<'a> = callfold_vozagent::builder::ListCalls<'a>;

/// The part of a query that the server answers as the reader would. An agent
/// has an id and no name here.
#[derive(Clone)]
struct Pushed {
    call_type: Option<types::ListCallsCallType>,
    assistant_id: Option<String>,
    contact_id: Option<String>,
}

impl Pushed {
    fn of(query: &Query) -> Self {
        Self {
            call_type: match query.direction {
                Some(Direction::Inbound) => Some(types::ListCallsCallType::Inbound),
                Some(Direction::Outbound) => Some(types::ListCallsCallType::Outbound),
                _ => None,
            },
            assistant_id: query.agent.clone(),
            contact_id: query.contact.clone(),
        }
    }

    fn apply<'a>(&self, mut request: Builder<'a>) -> Builder<'a> {
        if let Some(call_type) = self.call_type {
            request = request.call_type(call_type);
        }
        if let Some(id) = &self.assistant_id {
            request = request.assistant_id(id);
        }
        if let Some(id) = &self.contact_id {
            request = request.contact_id(id);
        }
        request
    }
}
