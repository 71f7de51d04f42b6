//! Adds to calls what only a request for each of them returns.
//!
//! Where the query filters by such a field, each candidate is enriched before
//! it is compared ([`page_chunks`]). Otherwise only calls that are emitted are
//! enriched ([`counting_enricher`]). No call is enriched twice.

use crate::{
    Enriched, Enricher, ListedRecord, MAX_CONCURRENT_LOOKUPS, PageInfo, Query, ReadError, Source,
    SourcePage, SourcePages, SourcePlan, summary::SharedSummary,
};
use callfold_unify::model::Call;
use futures_util::{
    FutureExt, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::value::RawValue;
use std::sync::Arc;

/// The pages of a list, in one chunk each, or record by record.
pub(crate) type ChunkStream = BoxStream<'static, Result<PageChunk, ReadError>>;

/// A page, or a part of it.
pub(crate) struct PageChunk {
    /// The page, in its first chunk.
    pub(crate) info: Option<PageInfo>,
    pub(crate) items: Vec<ListedRecord>,
    /// Whether its call has its details already.
    pub(crate) is_enriched: bool,
    /// Whether these details could not be fetched, so that the call cannot be
    /// compared with the query.
    pub(crate) is_undecided: bool,
    /// Whether it is the last chunk of its page.
    pub(crate) ends_page: bool,
}

impl PageChunk {
    fn new(info: Option<PageInfo>, items: Vec<ListedRecord>, ends_page: bool) -> Self {
        Self { info, items, is_enriched: false, is_undecided: false, ends_page }
    }
}

/// The pages as chunks. Where the plan needs a request for each candidate, each
/// record is a chunk of its own, and each call that matches the rest of the
/// query is enriched.
pub(crate) fn page_chunks(
    source: &dyn Source,
    plan: &SourcePlan,
    query: &Query,
    pages: SourcePages,
) -> ChunkStream {
    let per_candidate = plan.expected.request_per_candidate;
    let Some(enrich) = source.enricher(plan).filter(|_| per_candidate) else {
        let whole = |page: SourcePage| PageChunk::new(Some(page.info), page.items, true);
        return pages.map(move |page| page.map(whole)).boxed();
    };
    let (detail_only, query) = (source.capability().detail_only, query.clone());
    let is_candidate = move |call: &Call| {
        let mut fields = query.fields().filter(|field| !detail_only.contains(field));
        query.is_within_lookback(call) && fields.all(|field| query.matches_field(field, call))
    };
    pages
        .flat_map(|page| stream::iter(record_chunks(page)))
        .map(move |mut chunk| {
            let item = chunk.as_mut().ok().and_then(|chunk| chunk.items.pop());
            let (item, enriching) = match item {
                Some(ListedRecord::Call(call)) if is_candidate(&call) => (None, Some(enrich(call))),
                item => (item, None),
            };
            async move {
                let mut chunk = chunk?;
                chunk.items.extend(item);
                if let Some(enriching) = enriching {
                    let Enriched { call, missing } = enriching.await;
                    chunk.items.push(ListedRecord::Call(call));
                    (chunk.is_enriched, chunk.is_undecided) = (true, missing.is_some());
                }
                Ok(chunk)
            }
        })
        .buffered(MAX_CONCURRENT_LOOKUPS)
        .boxed()
}

/// A chunk with what is known about the page, and one for each of its records.
fn record_chunks(page: Result<SourcePage, ReadError>) -> Vec<Result<PageChunk, ReadError>> {
    let SourcePage { info, items } = match page {
        Ok(page) => page,
        Err(error) => return vec![Err(error)],
    };
    let count = items.len();
    let records =
        (1..).zip(items).map(|(number, item)| PageChunk::new(None, vec![item], number == count));
    let first = PageChunk::new(Some(info), Vec::new(), count == 0);
    std::iter::once(first).chain(records).map(Ok).collect()
}

/// The source's enricher, if the plan needs a request for each emitted call.
/// It counts what could not be fetched in the summary.
pub(crate) fn counting_enricher(
    source: &dyn Source,
    plan: &SourcePlan,
    query: &Query,
    summary: &SharedSummary,
) -> Option<Enricher> {
    let enrich = source.enricher(plan).filter(|_| plan.needs_enrichment())?;
    let (summary, raw) = (summary.clone(), query.raw);
    summary.get().detail_part = Some(plan.part_per_call());
    Some(Arc::new(move |call| {
        let (enriching, summary) = (enrich(call), summary.clone());
        async move {
            let mut enriched = enriching.await;
            if let Some(missing) = &enriched.missing {
                summary.get().count_missing(missing);
            }
            if !raw {
                enriched.call.raw = RawValue::NULL.to_owned();
            }
            enriched
        }
        .boxed()
    }))
}
