//! Bland: an offset and a limit, by the time of the request, with the details in the single record.

#![cfg(feature = "bland")]

use crate::account::{Account, configure, delegate_to_account, replace_by_single};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Enricher, Filter, FilterField, ListStart,
    Lookup, OpenError, Operator, Order, OrderStrategy, Ordering, ParameterValue, Pushdown, Query,
    ReadError, Setting, Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::ListOperation;
use callfold_unify::{bland::map_record, model::Call};
use futures_util::future::BoxFuture;
use std::sync::Arc;

pub use callfold_bland::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "bland",
    title: "Bland",
    lists: &[LIST],
    settings: &[Setting::secret("api_key", "the key, sent as authorization")],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// The list is sorted and filtered by the time of the request, which is the start of a listed call.
/// Oldest first, calls that arrive stand behind all pages that are still to be read: a read without an
/// order, such as the first sync of a source, is requested so.
///
/// Both bounds of time are included. They are sent as times with an offset and with a day of margin,
/// because dates alone are documented too, and a day's bounds depend on a zone. The position `to` and
/// the filters by one party's number are not sent. `completed` is no status: a call that failed is
/// completed too, and only its single record says so.
const LIST: Capability = Capability {
    filters: &[
        Filter::new(FilterField::StartedAt, "start_date", &[Operator::From], DAY_WIDER),
        Filter::new(FilterField::StartedAt, "end_date", &[Operator::Until], DAY_WIDER),
        Filter::equal(FilterField::Direction, "inbound", Pushdown::Words { words: DIRECTIONS }),
        Filter::equal(
            FilterField::Status,
            "completed",
            Pushdown::NotPushed { why: "completed says whether a call is over, not how it went" },
        ),
        Filter::equal(
            FilterField::Phone,
            "from_number",
            Pushdown::NotPushed { why: "from_number is only the calling party's number" },
        ),
    ],
    unavailable_fields: &[FilterField::Contact, FilterField::Campaign],
    order: Ordering::Selectable {
        by: Some(("sort_by", "created_at")),
        parameter: "ascending",
        newest_first: "false",
        oldest_first: "true",
    },
    lookup: Lookup::Id { operation: SINGLE },
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::request(DetailPart::Cost, SINGLE),
        DetailSupport::request(DetailPart::Transcript, SINGLE),
        DetailSupport::request(DetailPart::Recording, SINGLE),
        DetailSupport::request(DetailPart::Analysis, SINGLE),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const DAY_WIDER: Pushdown = Pushdown::Time { widen_by_s: 24 * 60 * 60 };
const DIRECTIONS: &[(&str, &str)] = &[("inbound", "true"), ("outbound", "false")];
const SINGLE: &str = "GET /v1/calls/{call_id}";

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Bland(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::api_key(key))?;
    Ok(source(client, context))
}

struct Bland(Account<Client>);

impl Source for Bland {
    delegate_to_account!(0);

    fn capability(&self) -> &'static Capability {
        &LIST
    }

    /// Reads the oldest call first where neither an order nor a look-back needs the newest.
    fn plan(&self, query: &Query) -> SourcePlan {
        let plan = |query: &Query| self.0.plan(&LIST, Builder::PAGING, &[], query);
        let reads_all = query.lookback_floor.is_none() && query.limit.is_none();
        match query.order {
            Order::AsRead if reads_all => {
                let oldest_first = Query { order: Order::OldestFirst, ..query.clone() };
                SourcePlan { order: OrderStrategy::Unordered, ..plan(&oldest_first) }
            }
            _ => plan(query),
        }
    }

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_calls(), set_parameter, plan, start, map_record)
    }

    /// Replaces a call of the list by its single record.
    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let account = self.0.clone();
        plan.needs_enrichment().then_some(Arc::new(move |listed: Box<Call>| {
            let single = single(&account, &listed.id.call_id);
            replace_by_single(listed, single)
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        single(&self.0, id)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().limit(1u32).send())
    }
}

type Builder = callfold_bland::builder::ListCalls;

/// The single record of a call.
fn single(
    account: &Account<Client>,
    id: &str,
) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
    let request = account.client.get_call(id);
    account.look_up(async { Ok(Some(request.send().await?.into_inner())) }, map_record)
}

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    Some(match (name, value) {
        ("start_date", ParameterValue::Time(_)) => request.start_date(value.to_text()),
        ("end_date", ParameterValue::Time(_)) => request.end_date(value.to_text()),
        ("inbound", ParameterValue::Text(text)) => request.inbound(text.parse::<bool>().ok()?),
        ("ascending", ParameterValue::Text(text)) => request.ascending(text.parse::<bool>().ok()?),
        ("sort_by", ParameterValue::Text(text)) => request.sort_by(text.as_str()),
        _ => return None,
    })
}
