//! Retell: pages by an opaque key, in either order, with a total, and one request for each call
//! to get its transcript.

#![cfg(feature = "retell")]

use crate::account::{Account, configure, replace_by_single, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Enriched, Enricher, Filter, FilterField,
    ListStart, Lookup, OpenError, Operator, Ordering, ParameterValue, Pushdown, Query, ReadError,
    Setting, Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_retell::types::{
    CallFilter, CallSearch, CallSearchSortOrder, FieldFilter, FieldFilterOp, FieldFilterType,
};
use callfold_transport::{Error, ListOperation};
use callfold_unify::{
    model::{Call, TranscriptState},
    retell::{map_listed, map_record},
};
use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub use callfold_retell::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "retell",
    title: "Retell",
    lists: &[LIST],
    settings: &[Setting::secret("api_key", "the key, sent as a bearer token")],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// The order is documented, in either direction; how calls with one start are ordered is not, which
/// the opaque key of a page makes no matter. The total is requested with each page.
///
/// Whether a range of times includes its ends is not stated: both are sent with a second of margin.
/// A call that is over has one of two words, and its numbers are two conditions that must hold together.
const LIST: Capability = Capability {
    filters: &[
        Filter::new(
            FilterField::StartedAt,
            SINCE,
            &[Operator::From],
            Pushdown::Time { widen_by_s: 1 },
        ),
        Filter::new(
            FilterField::StartedAt,
            UNTIL,
            &[Operator::Until],
            Pushdown::Time { widen_by_s: 1 },
        ),
        Filter::equal(FilterField::Direction, DIRECTION, Pushdown::Words { words: DIRECTIONS }),
        Filter::equal(FilterField::Status, STATUS, Pushdown::Words { words: STATES }),
        Filter::equal(
            FilterField::Phone,
            "from_number",
            Pushdown::NotPushed { why: "conditions on the two numbers are joined by AND" },
        ),
        Filter::equal(
            FilterField::Agent,
            "agent",
            Pushdown::NotPushed { why: "the server compares ids, and this may be a name" },
        ),
    ],
    unavailable_fields: &[FilterField::Contact, FilterField::Campaign],
    order: Ordering::Selectable {
        by: None,
        parameter: "sort_order",
        newest_first: "descending",
        oldest_first: "ascending",
    },
    lookup: Lookup::Id { operation: SINGLE },
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Cost),
        DetailSupport::request(DetailPart::Transcript, SINGLE),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::inline(DetailPart::Analysis),
        DetailSupport::inline(DetailPart::Metrics),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

const SINGLE: &str = "GET /v2/get-call/{call_id}";

const SINCE: &str = "start_timestamp.ge";
const UNTIL: &str = "start_timestamp.le";
const DIRECTION: &str = "direction";
const STATUS: &str = "call_status";

const DIRECTIONS: &[(&str, &str)] = &[("inbound", "inbound"), ("outbound", "outbound")];
const STATES: &[(&str, &str)] = &[("in_progress", "ongoing"), ("failed", "error")];

/// The status with which the vendor refuses an id that it does not know.
const UNKNOWN_ID: u16 = 422;

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Retell(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::api_key(key))?;
    Ok(source(client, context))
}

#[derive(Clone)]
struct Retell(Account<Client>);

impl Source for Retell {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        let search = CallSearch::default().include_total(true);
        let request = self.0.client.list_calls().body(search);
        self.0.list(request, set_parameter, plan, start, map_listed)
    }

    /// Replaces a call of the list by its single record, if that can have a transcript.
    fn enricher(&self, _: &SourcePlan) -> Option<Enricher> {
        let source = self.clone();
        Some(Arc::new(move |listed: Box<Call>| {
            if listed.transcript.state != TranscriptState::NotRequested {
                return future::ready(Enriched { call: listed, missing: None }).boxed();
            }
            let single = source.get(&listed.id.call_id);
            replace_by_single(listed, single)
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_listed)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let request = self.0.client.get_call(id);
        let request = async {
            match request.send().await {
                Ok(response) => Ok(Some(response.into_inner())),
                Err(error) if error.http_status() == Some(UNKNOWN_ID) => Ok(None),
                Err(error) => Err::<_, Error>(error),
            }
        };
        self.0.look_up(request, map_record)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        let search = CallSearch::default().limit(1u32);
        self.0.check(self.0.client.list_calls().body(search).send())
    }
}

type Builder = callfold_retell::builder::ListCalls;

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    let filter = |change: &dyn Fn(CallFilter) -> CallFilter| {
        request.clone().body_map(|mut search| {
            let criteria = search.filter_criteria.take().unwrap_or_default();
            search.filter_criteria(change(criteria))
        })
    };
    Some(match (name, value) {
        (SINCE | UNTIL, ParameterValue::Time(at)) => {
            let (at, is_since) = (at.timestamp_millis(), name == SINCE);
            filter(&|criteria| with_bound(criteria, at, is_since))
        }
        (DIRECTION, ParameterValue::Text(word)) => filter(&|it| it.direction(one_of(word))),
        (STATUS, ParameterValue::Text(word)) => filter(&|it| it.call_status(one_of(word))),
        ("sort_order", ParameterValue::Text(word)) => {
            let order = match word.as_str() {
                "ascending" => CallSearchSortOrder::Ascending,
                _ => CallSearchSortOrder::Descending,
            };
            request.body_map(|search| search.sort_order(order))
        }
        _ => return None,
    })
}

/// The field is this word.
fn one_of(word: &str) -> FieldFilter {
    let filter = FieldFilter::default().type_(FieldFilterType::Enum).op(FieldFilterOp::In);
    filter.value(json!([word]))
}

/// The criteria with a bound of the start. A field takes one condition, so two bounds are a range.
fn with_bound(criteria: CallFilter, at: i64, is_since: bool) -> CallFilter {
    let known = criteria.start_timestamp.as_ref().and_then(|known| known.value.as_ref());
    let filter = match (known.and_then(Value::as_i64), is_since) {
        (None, true) => condition(FieldFilterType::Number, FieldFilterOp::Ge, json!(at)),
        (None, false) => condition(FieldFilterType::Number, FieldFilterOp::Le, json!(at)),
        (Some(other), _) => {
            let (since, until) = if is_since { (at, other) } else { (other, at) };
            let range = json!([since, until.max(since)]);
            condition(FieldFilterType::Range, FieldFilterOp::Bt, range)
        }
    };
    criteria.start_timestamp(filter)
}

fn condition(kind: FieldFilterType, op: FieldFilterOp, value: Value) -> FieldFilter {
    FieldFilter::default().type_(kind).op(op).value(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bounds_of_the_start_are_one_range() {
        let start = |bounds: &[(i64, bool)]| {
            let bounds = bounds.iter();
            let criteria = bounds.fold(CallFilter::default(), |criteria, (at, is_since)| {
                with_bound(criteria, *at, *is_since)
            });
            serde_json::to_value(criteria).unwrap()["start_timestamp"].clone()
        };
        assert_eq!(start(&[(5, true)]), json!({ "type": "number", "op": "ge", "value": 5 }));
        assert_eq!(start(&[(9, false)]), json!({ "type": "number", "op": "le", "value": 9 }));
        let range = json!({ "type": "range", "op": "bt", "value": [5, 9] });
        assert_eq!(start(&[(5, true), (9, false)]), range);
        assert_eq!(start(&[(9, false), (5, true)]), range);
        let empty = json!({ "type": "range", "op": "bt", "value": [9, 9] });
        assert_eq!(start(&[(9, true), (5, false)]), empty);
    }
}
