//! Ravan: the sessions of the organisation, or the history of each number to
//! which the source is restricted.

#![cfg(feature = "ravan")]

use crate::account::{
    Account, SetParameter, configure, delegate_to_account, find, replace_by_single,
};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Enricher, Filter, FilterField, ListStart,
    Lookup, Need, OpenError, Operator, ParameterValue, Pushdown, Query, ReadError, Setting,
    SettingKind, Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::ListOperation;
use callfold_unify::{
    model::{Call, PhoneNumber},
    ravan,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use std::sync::Arc;

pub use callfold_ravan::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "ravan",
    title: "Ravan",
    lists: &[SESSIONS, HISTORY],
    settings: &[
        Setting {
            need: Need::OneOf("credentials"),
            ..Setting::secret("api_key", "the organisation's key, sent as X-Api-Key")
        },
        Setting {
            need: Need::OneOf("credentials"),
            ..Setting::secret(
                "token",
                "a user's token, sent as a bearer token; documented for phones only",
            )
        },
        Setting::optional("phones", SettingKind::List, "read only the calls of these numbers"),
    ],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// The values of `sort_by` are not listed, so no order is requested. The times are
/// documented by name alone: they are sent with a day of margin, which covers any
/// reading of the zone and one that compares the date only.
const SESSIONS: Capability = Capability {
    filters: &[
        Filter::new(FilterField::StartedAt, "started_after", &[Operator::From], DAY_WIDER),
        Filter::new(FilterField::StartedAt, "started_before", &[Operator::Until], DAY_WIDER),
        Filter::equal(
            FilterField::Status,
            "status",
            Pushdown::NotPushed { why: "several of the vendor's words mean one status" },
        ),
        Filter::equal(
            FilterField::Phone,
            "caller_number",
            Pushdown::NotPushed { why: "caller_number is only the calling party's number" },
        ),
        Filter::equal(FilterField::Agent, "agent_id", Pushdown::Uuid),
    ],
    unavailable_fields: UNAVAILABLE_FIELDS,
    lookup: LOOKUP,
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Cost),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::inline(DetailPart::Analysis),
        DetailSupport::inline(DetailPart::Metrics),
        DetailSupport::request(DetailPart::Transcript, SINGLE),
    ],
    ..Capability::from_metadata(&Sessions::METADATA)
};

/// The history of one number, which the request has to name.
const HISTORY: Capability = Capability {
    filters: &[
        Filter { required: true, ..Filter::equal(FilterField::Phone, "phone", Pushdown::Text) },
        Filter::equal(
            FilterField::Agent,
            "agent_id",
            Pushdown::NotPushed {
                why: "agent_id was seen in use, and is not documented for this list",
            },
        ),
    ],
    unavailable_fields: UNAVAILABLE_FIELDS,
    lookup: LOOKUP,
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Cost),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::inline(DetailPart::Analysis),
        DetailSupport::inline(DetailPart::Metrics),
        DetailSupport::list_option(DetailPart::Transcript, "include_transcripts=true"),
    ],
    ..Capability::from_metadata(&History::METADATA)
};

/// No record has the direction, and it is not inferred.
const UNAVAILABLE_FIELDS: &[FilterField] =
    &[FilterField::Direction, FilterField::Contact, FilterField::Campaign];
const SINGLE: &str = "GET /api/v1/calling/call-sessions-detail/{id}";
const LOOKUP: Lookup = Lookup::Id { operation: SINGLE };
const DAY_WIDER: Pushdown = Pushdown::Time { widen_by_s: 86_400 };

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Ravan { account: Account::new(client, context), phones: Arc::default() })
}

/// Like [`source`], with only the calls of these numbers: it reads the history of each.
///
/// # Errors
///
/// [`OpenError`] if a number has no E.164 form.
pub fn source_of_numbers(
    client: Client,
    context: Context,
    phones: impl IntoIterator<Item = PhoneNumber>,
) -> Result<Box<dyn Source>, OpenError> {
    let phones: Arc<[_]> = phones.into_iter().collect();
    if phones.iter().any(|phone| phone.e164.is_none()) {
        let help = "write each with + and its country code: \"+19195550100\"";
        return Err(OpenError::new("phones", "holds a value that is not an E.164 number", help));
    }
    Ok(Box::new(Ravan { account: Account::new(client, context), phones }))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let (client, context) = match config.text("token") {
        Some(token) => configure(&ENTRY, config, || Credentials::bearer(token))?,
        None => {
            let key = config.require("api_key")?;
            configure(&ENTRY, config, || Credentials::api_key(key))?
        }
    };
    let phones = config.list("phones").into_iter().map(PhoneNumber::new);
    source_of_numbers(client, context, phones)
}

#[derive(Clone)]
struct Ravan {
    account: Account<Client>,
    phones: Arc<[PhoneNumber]>,
}

impl Source for Ravan {
    delegate_to_account!(account);

    fn capability(&self) -> &'static Capability {
        if self.phones.is_empty() { &SESSIONS } else { &HISTORY }
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        let phones: Vec<_> = self.phones.iter().cloned().map(ParameterValue::Phone).collect();
        let paging = if phones.is_empty() { Sessions::PAGING } else { History::PAGING };
        self.account.plan(self.capability(), paging, &phones, query)
    }

    /// One list for each number. A call between two of them is in both lists.
    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        let (account, client) = (&self.account, &self.account.client);
        if self.phones.is_empty() {
            let set: SetParameter<Sessions> = |request, name, value| match (name, value) {
                ("agent_id", ParameterValue::Text(id)) => Some(request.agent_id(id.as_str())),
                ("started_after", ParameterValue::Time(at)) => Some(request.started_after(*at)),
                ("started_before", ParameterValue::Time(at)) => Some(request.started_before(*at)),
                _ => None,
            };
            return account.list(client.list_call_sessions(), set, plan, start, ravan::map_listed);
        }
        let mut parameters = plan.parameters(start.list);
        let phone = parameters.find(|(name, _)| *name == "phone");
        let phone = phone.map(|(_, phone)| phone.to_text()).unwrap_or_default();
        let set: SetParameter<History> = |request, name, value| match (name, value) {
            // The request is made with it.
            ("phone", ParameterValue::Phone(_)) => Some(request),
            ("include_transcripts", ParameterValue::Flag(is_on)) => {
                Some(request.include_transcripts(*is_on))
            }
            _ => None,
        };
        account.list(client.list_phone_history(phone), set, plan, start, ravan::map_record)
    }

    /// Replaces a call of the list by its single record, which has the turns.
    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let account = self.account.clone();
        plan.needs_enrichment().then_some(Arc::new(move |listed: Box<Call>| {
            let single = single(&account, &listed.id.call_id);
            replace_by_single(listed, single)
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.account.map_record(record, ravan::map_listed)
    }

    /// A call that is in progress may be in the list only.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (source, id) = (self.clone(), id.to_owned());
        async move {
            match single(&source.account, &id).await? {
                Some(call) => Ok(Some(call).filter(|call| source.has_number_of(call))),
                None => find(source.all_lists(), |call| call.id.call_id == id).await,
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let client = &self.account.client;
        match self.phones.first() {
            Some(phone) => {
                let request = client.list_phone_history(phone.as_str());
                self.account.check(request.page_size(1u32).send())
            }
            None => self.account.check(client.list_call_sessions().page_size(1u32).send()),
        }
    }
}

type Sessions = callfold_ravan::builder::ListCallSessions;
type History = callfold_ravan::builder::ListPhoneHistory;

impl Ravan {
    /// The calls of all lists.
    fn all_lists(&self) -> SourcePages {
        let plan = self.plan(&Query { raw: true, ..Query::default() });
        let lists = (0..plan.expected.lists).map(|list| ListStart { list, from: None });
        let lists: Vec<_> = lists.map(|start| self.pages(&plan, start)).collect();
        stream::iter(lists).flatten().boxed()
    }

    /// Whether a party of the call has one of the numbers, if there are any.
    fn has_number_of(&self, call: &Call) -> bool {
        let parties = [&call.from, &call.to].into_iter().flatten();
        let mut numbers = parties.filter_map(|party| party.number.as_ref());
        self.phones.is_empty()
            || numbers.any(|number| self.phones.iter().any(|phone| phone.e164 == number.e164))
    }
}

/// The single record of a call.
fn single(
    account: &Account<Client>,
    id: &str,
) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
    let request = account.client.get_call_session(id);
    account.look_up(async { Ok(request.send().await?.into_inner().data) }, ravan::map_record)
}
