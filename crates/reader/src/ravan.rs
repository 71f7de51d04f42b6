//! How Ravan is asked: the sessions of the organisation, or the history of
//! each number that the source is restricted to.

use crate::account::{Account, Items, find, prefetch};
use crate::{
    Capability, DetailCost, Detailing, Field, Filter, Lookup, Need, OpenError, Operator, Ordering,
    Paging, Part, Query, ReadError, Setting, SettingKind, Source, SourceConfig, StopRule,
    VendorEntry,
};
use callfold_ravan::{Client, Credentials};
use callfold_transport::{Lenient, List, ListOperation, Pages, Record};
use callfold_unify::{
    Context, SetAside,
    model::{Call, PhoneNumber},
    ravan,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use std::sync::Arc;

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "ravan",
    title: "Ravan",
    lists: &[SESSIONS, HISTORY],
    settings: &[
        Setting {
            key: "api_key",
            kind: SettingKind::Secret,
            need: Need::OneOf("credentials"),
            help: "the organisation's key, sent as X-Api-Key",
        },
        Setting {
            key: "token",
            kind: SettingKind::Secret,
            need: Need::OneOf("credentials"),
            help: "a user's token, sent as a bearer token; documented for phones only",
        },
        Setting {
            key: "phones",
            kind: SettingKind::List,
            need: Need::Optional,
            help: "read the calls of these numbers only",
        },
    ],
    open,
};

/// Neither the values of `sort_by` nor the status words are listed, and
/// `caller_number` is one of the two parties: none of them is sent.
const SESSIONS: Capability = Capability {
    list: "GET /api/v1/calling/call-sessions",
    paging: Paging::Page { first: 1 },
    default_page_size: 20,
    max_page_size: None,
    total: Some("data.totalCount"),
    stop: StopRule::TotalReached,
    filters: &[
        filter(Field::StartedAt, "started_after", Operator::From, false),
        filter(Field::StartedAt, "started_before", Operator::Until, false),
        filter(Field::Status, "status", Operator::Equal, false),
        filter(Field::Phone, "caller_number", Operator::Equal, false),
        filter(Field::Agent, "agent_id", Operator::Equal, false),
    ],
    silent_on: SILENT_ON,
    detail_only: &[],
    order: Ordering::Unknown,
    lookup: LOOKUP,
    detail: &[
        Detailing { part: Part::Numbers, cost: DetailCost::Inline },
        Detailing { part: Part::Cost, cost: DetailCost::Inline },
        Detailing { part: Part::Recording, cost: DetailCost::Inline },
        Detailing { part: Part::Analysis, cost: DetailCost::Inline },
        Detailing { part: Part::Metrics, cost: DetailCost::Inline },
        Detailing {
            part: Part::Transcript,
            cost: DetailCost::RequestPerCall { operation: DETAIL },
        },
    ],
};

/// The history of one number, which has to be named.
const HISTORY: Capability = Capability {
    list: "GET /api/v1/calling/phone-history",
    max_page_size: Some(100),
    total: Some("total_count"),
    filters: &[
        filter(Field::Phone, "phone", Operator::Equal, true),
        filter(Field::Agent, "agent_id", Operator::Equal, false),
    ],
    detail: &[
        Detailing { part: Part::Numbers, cost: DetailCost::Inline },
        Detailing { part: Part::Cost, cost: DetailCost::Inline },
        Detailing { part: Part::Recording, cost: DetailCost::Inline },
        Detailing { part: Part::Analysis, cost: DetailCost::Inline },
        Detailing { part: Part::Metrics, cost: DetailCost::Inline },
        Detailing {
            part: Part::Transcript,
            cost: DetailCost::ListOption { option: "include_transcripts=true" },
        },
    ],
    ..SESSIONS
};

/// The direction is in no record, and is not inferred.
const SILENT_ON: &[Field] = &[Field::Direction, Field::Contact, Field::Campaign];
const DETAIL: &str = "GET /api/v1/calling/call-sessions-detail/{id}";
const LOOKUP: Lookup = Lookup::Id { operation: DETAIL };

const fn filter(
    field: Field,
    parameter: &'static str,
    operator: Operator,
    required: bool,
) -> Filter {
    let operators: &'static [Operator] = match operator {
        Operator::From => &[Operator::From],
        Operator::Until => &[Operator::Until],
        _ => &[Operator::Equal],
    };
    Filter { field, parameter, operators, required, pushed: required }
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let phones: Vec<_> = config.list("phones").into_iter().map(PhoneNumber::new).collect();
    if phones.iter().any(|phone| phone.e164.is_none()) {
        let cure = "write each with + and its country code: \"+19195550100\"";
        return Err(OpenError::new("phones", "holds something that is no E.164 number", cure));
    }
    let account = match config.text("token") {
        Some(token) => Account::open(&ENTRY, config, || Credentials::bearer(token))?,
        None => {
            let key = config.require("api_key")?;
            Account::open(&ENTRY, config, || Credentials::api_key(key))?
        }
    };
    Ok(Box::new(Ravan { account, phones: phones.into() }))
}

struct Ravan {
    account: Account<Client>,
    phones: Arc<[PhoneNumber]>,
}

impl Source for Ravan {
    fn vendor(&self) -> &'static str {
        ENTRY.name
    }

    fn account(&self) -> &str {
        &self.account.context.account
    }

    fn capability(&self) -> &'static Capability {
        if self.phones.is_empty() { &SESSIONS } else { &HISTORY }
    }

    fn calls(&self, query: &Query) -> Items {
        if self.phones.is_empty() {
            return sessions(&self.account, query);
        }
        let (account, query, phones) = (self.account.clone(), query.clone(), self.phones.clone());
        // One number after the other: a call between two of them comes twice,
        // and whoever reads drops the second.
        stream::iter(0..phones.len())
            .flat_map(move |index| history(&account, &query, &phones[index]))
            .boxed()
    }

    /// A call that is still going on may be in the list only.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id, phones) = (self.account.clone(), id.to_owned(), self.phones.clone());
        let items = self.calls(&Query::default());
        async move {
            let answer = account.client.get_call_session().id(&id).send().await;
            let found = account.single(answer.map(|answer| answer.into_inner().data), map)?;
            match found {
                Some(call) => Ok(Some(call).filter(|call| is_between(call, &phones))),
                None => find(items, |call| call.id.call_id == id).await,
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let (account, phones) = (self.account.clone(), self.phones.clone());
        async move {
            let client = &account.client;
            let answer = match phones.first() {
                Some(phone) => {
                    let request = client.list_phone_history().phone(phone.as_str());
                    request.page_size(1u32).send().await.map(|_| ())
                }
                None => client.list_call_sessions().page_size(1u32).send().await.map(|_| ()),
            };
            answer.map_err(|error| account.error(error))
        }
        .boxed()
    }
}

type Sessions<'a> = callfold_ravan::builder::ListCallSessions<'a>;
type History<'a> = callfold_ravan::builder::ListPhoneHistory<'a>;

fn sessions(account: &Account<Client>, query: &Query) -> Items {
    let client = account.client.clone();
    let pages = Pages::new(Sessions::PAGING, move |at| {
        let client = client.clone();
        async move { client.list_call_sessions().into_page(at).await }
    });
    let pages = pages.page_size(Sessions::PAGING.max_size()).prefetch(prefetch(query, false));
    account.items(pages, map)
}

fn history(account: &Account<Client>, query: &Query, phone: &PhoneNumber) -> Items {
    let (client, phone) = (account.client.clone(), phone.as_str().to_owned());
    let pages = Pages::new(History::PAGING, move |at| {
        let (client, phone) = (client.clone(), phone.clone());
        async move { client.list_phone_history().phone(phone).into_page(at).await }
    });
    let pages = pages.page_size(History::PAGING.max_size()).prefetch(prefetch(query, false));
    account.items(pages, map)
}

/// Maps a record of either letter case, whatever type it was read as.
fn map<R: Record>(record: Lenient<R>, context: &Context) -> Result<Call, SetAside> {
    let (raw, ..) = record.into_parts();
    let unmapped = |reason: String| SetAside {
        vendor: ENTRY.name,
        account: context.account.clone(),
        reason,
        raw: raw.clone(),
    };
    let batch = ravan::from_json_with(raw.get(), context).map_err(|e| unmapped(e.to_string()))?;
    let mut set_aside = batch.set_aside.into_iter();
    match batch.calls.into_iter().next() {
        Some(call) => Ok(call),
        None => Err(set_aside.next().unwrap_or_else(|| unmapped("no call in it".to_owned()))),
    }
}

/// Whether a party of the call has one of the numbers; any call has where
/// there is none.
fn is_between(call: &Call, phones: &[PhoneNumber]) -> bool {
    let numbers = [&call.from, &call.to].into_iter().flatten().filter_map(|p| p.number.as_ref());
    phones.is_empty()
        || numbers.into_iter().any(|number| phones.iter().any(|p| p.e164 == number.e164))
}
