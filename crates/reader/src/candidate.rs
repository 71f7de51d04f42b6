//! Items of a list, with what only the single record tells where a query needs
//! it.

use crate::{Completed, Item, Query, ReadError, Source, SourcePlan, Walk};
use callfold_unify::model::Call;
use futures_util::{StreamExt, stream::BoxStream};

pub(crate) type Candidates = BoxStream<'static, Result<Candidate, ReadError>>;

/// An item, and what the request of its own told that it took.
pub(crate) struct Candidate {
    pub(crate) item: Item,
    /// Whether the call is all that its single record tells.
    pub(crate) complete: bool,
    /// Whether that record could not be had.
    pub(crate) undecided: bool,
}

/// The items of a walk. Where only the single record tells what is filtered
/// by, each call that the rest of the query lets through is completed first.
pub(crate) fn candidates(
    source: &dyn Source,
    plan: &SourcePlan,
    query: &Query,
    walk: &Walk,
) -> Candidates {
    let items = source.calls(plan, walk.clone());
    let plain = |item| Candidate { item, complete: false, undecided: false };
    let per_candidate = plan.expected.request_per_candidate;
    let Some(complete) = source.completer(plan).filter(|_| per_candidate) else {
        return items.map(move |item| item.map(plain)).boxed();
    };
    let (detail_only, query) = (source.capability().detail_only, query.clone());
    items
        .map(move |item| {
            let known = |call: &Call| {
                let mut fields = query.fields().filter(|field| !detail_only.contains(field));
                fields.all(|field| query.matches_field(field, call))
            };
            let completing = match item {
                Ok(Item::Call(call)) if known(&call) => Ok(complete(call)),
                other => Err(other),
            };
            async move {
                match completing {
                    Ok(completing) => {
                        let Completed { call, missed } = completing.await;
                        Ok(Candidate { item: Item::Call(call), complete: true, undecided: missed })
                    }
                    Err(other) => other.map(plain),
                }
            }
        })
        .buffered(crate::SINGLES_AT_ONCE)
        .boxed()
}
