//! Zudu: pages counted from 0, newest first.

#![cfg(feature = "zudu")]

use crate::account::{Account, configure, find, single_list};
use crate::{
    Capability, Context, DetailPart, DetailSupport, FilterField, ListStart, Lookup, OpenError,
    Query, ReadError, Setting, Source, SourceConfig, SourcePages, SourcePlan, VendorEntry,
};
use callfold_transport::ListOperation;
use callfold_unify::{model::Call, zudu::map_record};
use futures_util::{FutureExt, future::BoxFuture};

pub use callfold_zudu::{Client, Credentials};

/// The entry in the list of vendors.
pub(crate) const ENTRY: VendorEntry = VendorEntry {
    name: "zudu",
    title: "Zudu",
    lists: &[LIST],
    settings: &[
        Setting::secret("api_key", "the key, sent as X-API-KEY"),
        Setting::secret("api_secret", "the secret that belongs to the key, sent as X-API-SECRET"),
    ],
    volatile_fields: <Client as callfold_transport::VendorClient>::VOLATILE_FIELDS,
    open,
};

/// No filter of the list is documented; paging and order are echoed in each
/// response. The largest page is not stated. The search by POST is not used: its
/// documentation gives the agent as a text on one page and as a list on another,
/// and the words for a status come in both letter cases.
const LIST: Capability = Capability {
    unavailable_fields: &[FilterField::Contact, FilterField::Campaign],
    lookup: Lookup::Id { operation: "GET /api/calls/{callId}" },
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

/// The account that `client` reads. Its calls are mapped with `context`, which also names it.
pub fn source(client: Client, context: Context) -> Box<dyn Source> {
    Box::new(Zudu(Account::new(client, context)))
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, OpenError> {
    let (key, secret) = (config.require("api_key")?, config.require("api_secret")?);
    let (client, context) = configure(&ENTRY, config, || Credentials::new(key, secret))?;
    Ok(source(client, context))
}

struct Zudu(Account<Client>);

impl Source for Zudu {
    single_list!(LIST, Builder);

    fn pages(&self, plan: &SourcePlan, start: ListStart) -> SourcePages {
        self.0.list(self.0.client.list_calls(), |_, _, _| None, plan, start, map_record)
    }

    /// The operation knows a call by its `call_id`. A call under its other id is
    /// looked for in the list.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (request, id) = (self.0.client.get_call(id), id.to_owned());
        let everything = Query { raw: true, ..Query::default() };
        let pages = self.pages(&self.plan(&everything), ListStart::default());
        let answer = async { Ok(request.send().await?.into_inner().data) };
        let found = self.0.look_up(answer, map_record);
        async move {
            match found.await? {
                Some(call) => Ok(Some(call)),
                None => find(pages, |call| has_id(call, &id)).await,
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.0.check(self.0.client.list_calls().page(0u32).limit(1u32).send())
    }
}

type Builder = callfold_zudu::builder::ListCalls;

fn has_id(call: &Call, id: &str) -> bool {
    call.id.call_id == id || call.alternate_ids.get("id").is_some_and(|known| known == id)
}
