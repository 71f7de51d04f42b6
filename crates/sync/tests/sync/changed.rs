//! A source whose records are changed on their way.

use callfold_reader::{
    Capability, Download, Enricher, ListStart, ListedRecord, Query, ReadError, Source, SourcePages,
    SourcePlan,
};
use callfold_transport::ResumePoint;
use callfold_unify::{
    RejectedRecord,
    model::{Call, Recording},
};
use futures_util::{StreamExt, future::BoxFuture};
use serde_json::value::RawValue;
use std::sync::Arc;

type Change = Arc<dyn Fn(&mut Call) + Send + Sync>;

/// Another source, whose calls are changed before anybody sees them.
pub(crate) struct Changed {
    inner: Box<dyn Source>,
    change: Change,
    /// Which of its records cannot be read, but for their id.
    pub(crate) is_unreadable: fn(&Call) -> bool,
    /// Whether its lists hold nothing.
    pub(crate) is_empty: bool,
    /// Whether it knows no call by its id.
    pub(crate) knows_none: bool,
}

impl Changed {
    pub(crate) fn new(
        inner: Box<dyn Source>,
        change: impl Fn(&mut Call) + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner,
            change: Arc::new(change),
            is_unreadable: |_| false,
            is_empty: false,
            knows_none: false,
        }
    }

    /// One whose lists hold nothing.
    pub(crate) fn emptied(inner: Box<dyn Source>) -> Self {
        Self { is_empty: true, ..Self::new(inner, |_| {}) }
    }
}

/// Puts another record below a call.
pub(crate) fn set_raw(call: &mut Call, raw: String) {
    call.raw = RawValue::from_string(raw).unwrap();
}

fn unreadable(vendor: &'static str, call: &Call) -> RejectedRecord {
    RejectedRecord {
        vendor,
        account: call.id.account.clone(),
        reason: "the record is not valid JSON".to_owned(),
        id: Some(call.id.call_id.clone()),
        raw: call.raw.clone(),
    }
}

impl Source for Changed {
    fn vendor(&self) -> &'static str {
        self.inner.vendor()
    }

    fn account(&self) -> &str {
        self.inner.account()
    }

    fn capability(&self) -> &'static Capability {
        self.inner.capability()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        self.inner.plan(query)
    }

    fn pages(&self, plan: &SourcePlan, walk: ListStart) -> SourcePages {
        let (change, is_empty) = (self.change.clone(), self.is_empty);
        let (vendor, is_unreadable) = (self.inner.vendor(), self.is_unreadable);
        let pages = self.inner.pages(plan, walk).map(move |page| {
            let mut page = page?;
            for item in &mut page.items {
                if let ListedRecord::Call(call) = item {
                    change(call);
                    if is_unreadable(call) {
                        *item = ListedRecord::Rejected(unreadable(vendor, call));
                    }
                }
            }
            if is_empty {
                page.items.clear();
                (page.info.records, page.info.total, page.info.next) = (0, Some(0), None);
            }
            Ok(page)
        });
        if is_empty { pages.take(1).boxed() } else { pages.boxed() }
    }

    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        self.inner.enricher(plan)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        if self.knows_none {
            return Box::pin(async { Ok(None) });
        }
        let (found, change) = (self.inner.get(id), self.change.clone());
        Box::pin(async move {
            let mut found = found.await?;
            found.iter_mut().for_each(|call| change(call));
            Ok(found)
        })
    }

    fn download(&self, recording: &Recording, resume: &ResumePoint) -> Download {
        self.inner.download(recording, resume)
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.inner.check()
    }
}
