//! Vapi: a list by the time at which the last record of the page before was made.
//!
//! The order is stated in the vendor's support forum only. Each page is compared with the one
//! before it: one that is not in that order makes the list one with a gap.

#![cfg(feature = "vapi")]

use crate::account::{Account, configure, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, Filter, FilterField, ListStart, ListedRecord,
    Lookup, OpenError, Operator, ParameterValue, Pushdown, Query, ReadError, Setting, Source,
    SourceConfig, SourcePage, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::{ListOperation, PageWarning};
use callfold_unify::{
    model::{Call, Timestamp},
    vapi::map_record,
};
use futures_util::{StreamExt, future::BoxFuture};

pub use callfold_vapi::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "vapi",
    title: "Vapi",
    lists: &[LIST],
    settings: &[Setting::secret(
        "api_key",
        "the organisation's private key, sent as a bearer token",
    )],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// A record is made before its call starts, so that an upper bound of the start is one of the
/// record's time too, and is sent with a second of margin. A lower bound is not: a scheduled call
/// starts days after its record was made.
const LIST: Capability = Capability {
    filters: &[
        Filter::new(
            FilterField::StartedAt,
            "createdAtLt",
            &[Operator::Until],
            Pushdown::Time { widen_by_s: 1 },
        ),
        Filter::equal(
            FilterField::Agent,
            "assistantId",
            Pushdown::NotPushed {
                why: "assistantId was seen to hide calls of squads and inline assistants",
            },
        ),
    ],
    lookup: Lookup::Id { operation: "GET /call/{id}" },
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Cost),
        DetailSupport::inline(DetailPart::Transcript),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::inline(DetailPart::Analysis),
        DetailSupport::inline(DetailPart::Metrics),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

type Builder = callfold_vapi::builder::ListCalls;

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Vapi(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::private_key(key))?;
    Ok(source(client, context))
}

struct Vapi(Account<Client>);

impl Source for Vapi {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        let pages = self.0.list(self.0.client.list_calls(), set_parameter, plan, start, map_record);
        let mut order = CreationOrder::default();
        pages.map(move |page| page.map(|page| order.check(page))).boxed()
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let request = self.0.client.get_call(id);
        self.0.look_up(async { Ok(Some(request.send().await?.into_inner())) }, map_record)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().limit(1u32).send())
    }

    /// A plan keeps calls for some days, 14 of them where nothing else is agreed. A page that begins
    /// before is refused.
    fn ends_history(&self, error: &ReadError) -> bool {
        error.request().is_some_and(|error| {
            error.http_status() == Some(400)
                && error.message().is_some_and(|message| message.contains("retention window"))
        })
    }
}

fn set_parameter(request: Builder, name: &str, value: &ParameterValue) -> Option<Builder> {
    match (name, value) {
        ("createdAtLt", ParameterValue::Time(at)) => Some(request.created_at_lt(*at)),
        _ => None,
    }
}

/// Whether the records come in the order of their creation, newest first. The next page begins at
/// the last record of a page: one that is older than another one behind it hides records.
#[derive(Default)]
struct CreationOrder {
    oldest: Option<Timestamp>,
}

impl CreationOrder {
    fn check(&mut self, mut page: SourcePage) -> SourcePage {
        for item in &page.items {
            let ListedRecord::Call(call) = item else { continue };
            let Some(created_at) = call.created_at else { continue };
            if self.oldest.is_some_and(|oldest| created_at > oldest)
                && !page.info.notes.contains(&PageWarning::Gap)
            {
                page.info.notes.push(PageWarning::Gap);
            }
            self.oldest = Some(self.oldest.map_or(created_at, |oldest| oldest.min(created_at)));
        }
        page
    }
}

#[cfg(test)]
#[path = "tests/vapi.rs"]
mod tests;
