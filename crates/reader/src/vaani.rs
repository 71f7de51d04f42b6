//! Vaani: numbered pages, no filter and no stated order.

#![cfg(feature = "vaani")]

use crate::account::{Account, configure, find, single_list, warn};
use crate::{
    Capability, Context, DetailFailure, DetailPart, DetailSupport, Enriched, Enricher, FilterField,
    ListStart, OpenError, Query, ReadError, Setting, Source, SourceConfig, SourcePages, SourcePlan,
    VendorEntry,
};
use callfold_transport::{Error, ListOperation, ResponseValue};
use callfold_unify::model::Call;
use callfold_unify::vaani::{map_record, with_details, with_transcript};
use callfold_vaani::types;
use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use std::sync::Arc;

pub use callfold_vaani::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "vaani",
    title: "Vaani",
    lists: &[LIST],
    settings: &[Setting::secret("api_key", "the key, sent as X-API-Key")],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// The page documents `page` and `page_size`, and nothing else.
const LIST: Capability = Capability {
    unavailable_fields: &[FilterField::Contact, FilterField::Campaign],
    detail: &[
        DetailSupport::inline(DetailPart::Numbers),
        DetailSupport::inline(DetailPart::Cost),
        DetailSupport::inline(DetailPart::Recording),
        DetailSupport::inline(DetailPart::Analysis),
        DetailSupport::request(DetailPart::Transcript, "GET /api/transcript/{call_id}"),
    ],
    ..Capability::from_metadata(&Builder::METADATA)
};

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Vaani(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let key = config.require("api_key")?;
    let (client, context) = configure(&ENTRY, config, || Credentials::api_key(key))?;
    Ok(source(client, context))
}

struct Vaani(Account<Client>);

impl Source for Vaani {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_calls(), |_, _, _| None, plan, start, map_record)
    }

    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let (client, context) = (self.0.client.clone(), self.0.context.clone());
        plan.needs_enrichment().then_some(Arc::new(move |mut call: Box<Call>| {
            let request = client.get_transcript(&call.id.call_id);
            let context = context.clone();
            async move {
                let missing = add_transcript(&mut call, request.send().await, &context);
                Enriched { call, missing }
            }
            .boxed()
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.0.map_record(record, map_record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (client, context) = (self.0.client.clone(), self.0.context.clone());
        let id = id.to_owned();
        let everything = Query { raw: true, ..Query::default() };
        let pages = self.pages(&self.plan(&everything), ListStart::default());
        async move {
            let Some(mut call) = find(pages, |call| call.id.call_id == id).await? else {
                return Ok(None);
            };
            let details = client.get_call_details(&id).send();
            let transcript = client.get_transcript(&id).send();
            let (details, transcript) = future::join(details, transcript).await;
            match details {
                Ok(details) => with_details(&mut call, details.into_inner(), &context),
                Err(error) => warn(&mut call, "the details", Some(&error)),
            }
            add_transcript(&mut call, transcript, &context);
            Ok(Some(call))
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().page(1u32).page_size(1u32).send())
    }
}

type Builder = callfold_vaani::builder::ListCalls;

/// Adds the transcript, or a warning that it could not be fetched.
fn add_transcript(
    call: &mut Call,
    answer: Result<ResponseValue<types::Transcript>, Error>,
    context: &Context,
) -> Option<DetailFailure> {
    match answer {
        Ok(transcript) => with_transcript(call, transcript.into_inner(), context),
        Err(error) => {
            warn(call, "the transcript", Some(&error));
            return Some(DetailFailure::new(Some(&error)));
        }
    }
    None
}
