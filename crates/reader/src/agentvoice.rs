//! How AgentVoice is asked: skipped records and a limit, newest first, most
//! filters on the server.

use crate::account::{Account, Items, prefetch};
use crate::{
    Capability, DetailCost, Detailing, Field, Filter, Lookup, Need, OpenError, Operator, Ordering,
    Paging, Part, Query, ReadError, Setting, SettingKind, Source, SourceConfig, StopRule,
    VendorEntry,
};
use callfold_agentvoice::{Client, Credentials, types};
use callfold_transport::{List, ListOperation, Pages};
use callfold_unify::{agentvoice::call, model::Call, model::Direction};
use chrono::TimeDelta;
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
    open,
};

/// The order is documented: `order` and `order_by`, newest start first by default.
///
/// `phone_number` is the customer's number, not that of either party, and the
/// status words have no list: neither is sent. Whether `from` and `to` include
/// the bound is unstated: they are sent a second wider.
const LIST: Capability = Capability {
    list: "GET /api/calls",
    paging: Paging::Offset,
    default_page_size: 50,
    max_page_size: Some(100),
    total: Some("pagination.total"),
    stop: StopRule::Flag { field: "pagination.has_more" },
    filters: &[
        filter(Field::StartedAt, "from", &[Operator::From], true),
        filter(Field::StartedAt, "to", &[Operator::Until], true),
        filter(Field::Direction, "call_type", &[Operator::Equal], true),
        filter(Field::Status, "status", &[Operator::Equal], false),
        filter(Field::Phone, "phone_number", &[Operator::Equal], false),
        filter(Field::Agent, "agent_id", &[Operator::Equal], true),
        filter(Field::Contact, "contact_id", &[Operator::Equal], true),
        filter(Field::Campaign, "campaign_id", &[Operator::Equal], true),
    ],
    silent_on: &[],
    detail_only: &[],
    order: Ordering::Selectable { parameter: "order" },
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
};

const fn filter(
    field: Field,
    parameter: &'static str,
    operators: &'static [Operator],
    pushed: bool,
) -> Filter {
    Filter { field, parameter, operators, required: false, pushed }
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

    fn calls(&self, query: &Query) -> Items {
        let client = self.0.client.clone();
        let pushed = Pushed::of(query);
        let pages = Pages::new(Builder::PAGING, move |at| {
            let (client, pushed) = (client.clone(), pushed.clone());
            async move { pushed.apply(client.list_calls()).into_page(at).await }
        });
        let pages = pages.page_size(Builder::PAGING.max_size()).prefetch(prefetch(query, true));
        self.0.items(pages, call)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id) = (self.0.clone(), id.to_owned());
        async move {
            let answer =
                account.client.get_call().id(id).fields(types::GetCallFields::Full).send().await;
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

type Builder<'a> = callfold_agentvoice::builder::ListCalls<'a>;

/// The part of a query that the server answers as the reader would, or more
/// widely.
#[derive(Clone)]
struct Pushed {
    from: Option<chrono::DateTime<chrono::Utc>>,
    to: Option<chrono::DateTime<chrono::Utc>>,
    call_type: Option<types::ListCallsCallType>,
    agent_id: Option<String>,
    contact_id: Option<String>,
    campaign_id: Option<String>,
}

impl Pushed {
    fn of(query: &Query) -> Self {
        let second = TimeDelta::seconds(1);
        // A name in place of an id is not known to the server.
        let id = |text: &Option<String>| text.clone().filter(|text| is_uuid(text));
        Self {
            from: query.since.and_then(|since| since.checked_sub_signed(second)),
            to: query.until.and_then(|until| until.checked_add_signed(second)),
            call_type: match query.direction {
                Some(Direction::Inbound) => Some(types::ListCallsCallType::Inbound),
                Some(Direction::Outbound) => Some(types::ListCallsCallType::Outbound),
                _ => None,
            },
            agent_id: id(&query.agent),
            contact_id: id(&query.contact),
            campaign_id: id(&query.campaign),
        }
    }

    fn apply<'a>(&self, mut request: Builder<'a>) -> Builder<'a> {
        if let Some(from) = self.from {
            request = request.from(from);
        }
        if let Some(to) = self.to {
            request = request.to(to);
        }
        if let Some(call_type) = self.call_type {
            request = request.call_type(call_type);
        }
        if let Some(id) = &self.agent_id {
            request = request.agent_id(id);
        }
        if let Some(id) = &self.contact_id {
            request = request.contact_id(id);
        }
        if let Some(id) = &self.campaign_id {
            request = request.campaign_id(id);
        }
        request
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
