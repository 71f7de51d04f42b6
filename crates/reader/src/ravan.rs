//! How Ravan is asked: the sessions of the organisation, or the history of
//! each number that the source is restricted to.

#![cfg(feature = "ravan")]

use crate::account::{Account, find, warn_missing};
use crate::{
    Capability, DetailCost, Detailing, Download, Enriched, Enricher, Field, Filter, ListStart,
    Lookup, Missing, Need, OpenError, Operator, Part, Push, Query, ReadError, Setting, SettingKind,
    Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_ravan::{Client, Credentials};
use callfold_transport::{List, ListOperation, ResumePoint};
use callfold_unify::{
    model::{Call, PhoneNumber, Recording},
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
    volatile_fields: <callfold_ravan::Client as callfold_transport::Vendor>::VOLATILE_FIELDS,
    open,
};

/// The values of `sort_by` are not listed, so no order is asked for. The times are
/// documented by name alone: they are sent a day wider, which covers any reading of
/// the zone and one that looks at the date only.
const SESSIONS: Capability = Capability {
    filters: &[
        filter(Field::StartedAt, "started_after", &[Operator::From], A_DAY_WIDER),
        filter(Field::StartedAt, "started_before", &[Operator::Until], A_DAY_WIDER),
        filter(
            Field::Status,
            "status",
            EQUAL,
            Push::NotPushed { why: "several of the vendor's words mean one status" },
        ),
        filter(
            Field::Phone,
            "caller_number",
            EQUAL,
            Push::NotPushed { why: "caller_number is the calling party's alone" },
        ),
        filter(Field::Agent, "agent_id", EQUAL, Push::Uuid),
    ],
    unavailable_fields: UNAVAILABLE_FIELDS,
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
    ..Capability::from_metadata(&Sessions::METADATA)
};

/// The history of one number, which has to be named.
const HISTORY: Capability = Capability {
    filters: &[
        Filter { required: true, ..filter(Field::Phone, "phone", EQUAL, Push::Text) },
        filter(
            Field::Agent,
            "agent_id",
            EQUAL,
            Push::NotPushed {
                why: "agent_id was seen in use, and is not documented for this list",
            },
        ),
    ],
    unavailable_fields: UNAVAILABLE_FIELDS,
    lookup: LOOKUP,
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
    ..Capability::from_metadata(&History::METADATA)
};

/// The direction is in no record, and is not inferred.
const UNAVAILABLE_FIELDS: &[Field] = &[Field::Direction, Field::Contact, Field::Campaign];
const DETAIL: &str = "GET /api/v1/calling/call-sessions-detail/{id}";
const LOOKUP: Lookup = Lookup::Id { operation: DETAIL };

const EQUAL: &[Operator] = &[Operator::Equal];
const A_DAY_WIDER: Push = Push::Time { widen_by_s: 86_400 };

const fn filter(
    field: Field,
    parameter: &'static str,
    operators: &'static [Operator],
    push: Push,
) -> Filter {
    Filter { field, parameter, operators, required: false, push }
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

    fn stats(&self) -> callfold_transport::Stats {
        self.account.client.stats()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        let numbers: Vec<_> = self.phones.iter().map(|phone| phone.as_str().to_owned()).collect();
        let paging = if numbers.is_empty() { Sessions::PAGING } else { History::PAGING };
        self.account.plan(self.capability(), paging, &numbers, query)
    }

    /// One number is read after the other: a call between two of them comes
    /// twice, and whoever reads drops the second.
    fn pages(&self, plan: &SourcePlan, walk: ListStart) -> SourcePages {
        if self.phones.is_empty() {
            return sessions(&self.account, plan, walk);
        }
        history(&self.account, plan, walk)
    }

    /// Replaces a call of the list by its single record, which has the turns.
    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let account = self.account.clone();
        plan.needs_enrichment().then_some(Arc::new(move |mut light: Box<Call>| {
            let account = account.clone();
            async move {
                let answer = account.client.get_call_session(&light.id.call_id).send().await;
                let record = answer.map(|answer| answer.into_inner().data);
                match account.single(record, ravan::map_record) {
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
        self.account.map_record(record, ravan::map_listed)
    }

    /// A call that is still going on may be in the list only.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (account, id, phones) = (self.account.clone(), id.to_owned(), self.phones.clone());
        let pages = self.everything();
        async move {
            let answer = account.client.get_call_session(&id).send().await;
            let found =
                account.single(answer.map(|answer| answer.into_inner().data), ravan::map_record)?;
            match found {
                Some(call) => Ok(Some(call).filter(|call| is_between(call, &phones))),
                None => find(pages, |call| call.id.call_id == id).await,
            }
        }
        .boxed()
    }

    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        self.account.download(recording, from)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let (account, phones) = (self.account.clone(), self.phones.clone());
        async move {
            let client = &account.client;
            let answer = match phones.first() {
                Some(phone) => {
                    let request = client.list_phone_history(phone.as_str());
                    request.page_size(1u32).send().await.map(|_| ())
                }
                None => client.list_call_sessions().page_size(1u32).send().await.map(|_| ()),
            };
            answer.map_err(|error| account.error(error))
        }
        .boxed()
    }
}

type Sessions = callfold_ravan::builder::ListCallSessions;
type History = callfold_ravan::builder::ListPhoneHistory;

impl Ravan {
    /// The calls of all lists.
    fn everything(&self) -> SourcePages {
        let plan = self.plan(&Query { raw: true, ..Query::default() });
        let lists = (0..plan.expected.lists).map(|list| ListStart { list, ..ListStart::default() });
        let lists: Vec<_> = lists.map(|walk| self.pages(&plan, walk)).collect();
        stream::iter(lists).flatten().boxed()
    }
}

fn sessions(account: &Account<Client>, plan: &SourcePlan, walk: ListStart) -> SourcePages {
    let (client, asked, list) = (account.client.clone(), plan.clone(), walk.list);
    let fetch = move |at| {
        let (client, asked) = (client.clone(), asked.clone());
        async move {
            let mut request = client.list_call_sessions();
            for (parameter, value) in asked.parameters(list) {
                request = match (parameter, value.parse()) {
                    ("agent_id", _) => request.agent_id(value),
                    ("started_after", Ok(at)) => request.started_after(at),
                    ("started_before", Ok(at)) => request.started_before(at),
                    _ => request,
                };
            }
            request.into_page(at).await
        }
    };
    account.list(Sessions::PAGING, plan, walk, fetch, ravan::map_listed)
}

fn history(account: &Account<Client>, plan: &SourcePlan, walk: ListStart) -> SourcePages {
    let (client, asked, list) = (account.client.clone(), plan.clone(), walk.list);
    let fetch = move |at| {
        let (client, asked) = (client.clone(), asked.clone());
        async move {
            let phone = asked.parameters(list).find(|(parameter, _)| *parameter == "phone");
            let mut request = client.list_phone_history(phone.map_or("", |(_, phone)| phone));
            for (parameter, value) in asked.parameters(list) {
                request = match parameter {
                    "include_transcripts" => request.include_transcripts(value == "true"),
                    _ => request,
                };
            }
            request.into_page(at).await
        }
    };
    account.list(History::PAGING, plan, walk, fetch, ravan::map_record)
}

/// Whether a party of the call has one of the numbers; any call has where
/// there is none.
fn is_between(call: &Call, phones: &[PhoneNumber]) -> bool {
    let numbers = [&call.from, &call.to].into_iter().flatten().filter_map(|p| p.number.as_ref());
    phones.is_empty()
        || numbers.into_iter().any(|number| phones.iter().any(|p| p.e164 == number.e164))
}
