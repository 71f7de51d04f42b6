//! The pages of a list, with what only the single records tell where a query
//! needs it.

use crate::{
    Enriched, Item, PageInfo, Query, ReadError, Source, SourcePage, SourcePages, SourcePlan,
};
use callfold_unify::model::Call;
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream::{self, BoxStream},
};
use std::iter;

pub(crate) type Parts = BoxStream<'static, Result<Part, ReadError>>;

/// A page, or a part of it.
pub(crate) struct Part {
    /// The page, with its first part.
    pub(crate) begins: Option<PageInfo>,
    pub(crate) records: Vec<EnrichedRecord>,
    /// Whether it is the page's last part.
    pub(crate) ends: bool,
}

/// A record, and what the request of its own told that it took.
pub(crate) struct EnrichedRecord {
    pub(crate) item: Item,
    /// Whether the call is all that its single record tells.
    pub(crate) is_enriched: bool,
    /// Whether that record could not be had.
    pub(crate) undecided: bool,
}

impl From<Item> for EnrichedRecord {
    fn from(item: Item) -> Self {
        Self { item, is_enriched: false, undecided: false }
    }
}

/// Pages, record by record where that costs requests. Where only the single record tells what is filtered
/// by, each call that the rest of the query lets through is completed first,
/// and comes as a part of its own.
pub(crate) fn parts(
    source: &dyn Source,
    plan: &SourcePlan,
    query: &Query,
    pages: SourcePages,
) -> Parts {
    let per_candidate = plan.expected.request_per_candidate;
    let Some(enrich) = source.enricher(plan).filter(|_| per_candidate) else {
        let whole = |page: SourcePage| Part {
            begins: Some(page.info),
            records: page.items.into_iter().map(EnrichedRecord::from).collect(),
            ends: true,
        };
        return pages.map(move |page| page.map(whole)).boxed();
    };
    let (detail_only, query) = (source.capability().detail_only, query.clone());
    let is_known = move |call: &Call| {
        let mut fields = query.fields().filter(|field| !detail_only.contains(field));
        query.reaches(call) && fields.all(|field| query.matches_field(field, call))
    };
    let candidate = move |item: Item| -> BoxFuture<'static, EnrichedRecord> {
        match item {
            Item::Call(call) if is_known(&call) => enrich(call)
                .map(|Enriched { call, missing }| EnrichedRecord {
                    item: Item::Call(call),
                    is_enriched: true,
                    undecided: missing.is_some(),
                })
                .boxed(),
            item => future::ready(EnrichedRecord::from(item)).boxed(),
        }
    };
    pages
        .flat_map(|page| stream::iter(split(page)))
        .map(move |part| {
            let part = part.map(|(part, item)| (part, item.map(&candidate)));
            async move {
                let (mut part, candidate) = part?;
                if let Some(candidate) = candidate {
                    part.records.push(candidate.await);
                }
                Ok(part)
            }
        })
        .buffered(crate::MAX_CONCURRENT_LOOKUPS)
        .boxed()
}

/// The beginning of a page and each of its records, which are yet to become
/// candidates.
fn split(
    page: Result<SourcePage, ReadError>,
) -> impl Iterator<Item = Result<(Part, Option<Item>), ReadError>> {
    let (first, items) = match page {
        Ok(SourcePage { info, items }) => {
            let part = Part { begins: Some(info), records: Vec::new(), ends: items.is_empty() };
            (Ok((part, None)), items)
        }
        Err(error) => (Err(error), Vec::new()),
    };
    let last = items.len();
    let rest = (1..).zip(items).map(move |(at, item)| {
        Ok((Part { begins: None, records: Vec::new(), ends: at == last }, Some(item)))
    });
    iter::once(first).chain(rest)
}
