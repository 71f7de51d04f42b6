//! Calls that need not be fetched, and a database for them.

use crate::vendors::Vendor;
use callfold_reader::{
    Capability, ListStart, ListedRecord, PageInfo, Query, ReadError, Source, SourceConfig,
    SourcePage, SourcePages, SourcePlan, vendors,
};
use callfold_sandbox::credentials;
use callfold_sync::{CancellationToken, Database, DatabaseTarget, SyncOptions, sync};
use callfold_unify::{Context, model::Call};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use std::{future, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The account all calls belong to.
const ACCOUNT: &str = "all";

/// A list of one page that is at hand, planned as that of its vendor.
#[derive(Clone)]
pub struct AtHand {
    planned: Arc<dyn Source>,
    calls: Arc<[Call]>,
}

impl AtHand {
    /// So many calls: those of a page, again and again under other ids.
    pub fn of<V: Vendor>(count: usize) -> Self {
        let context = Context::new(ACCOUNT);
        let calls = V::decode(&V::page()).into_iter();
        let calls = calls.map(|record| V::call(record, &context).expect("a record with an id"));
        let calls: Vec<_> = calls.collect();
        let name = calls[0].id.vendor.clone();
        let many = calls.iter().cycle().take(count).cloned().enumerate().map(|(at, mut call)| {
            call.id.call_id = format!("{}-{at}", call.id.call_id);
            call
        });
        let vendor = vendors().iter().find(|vendor| vendor.name == name).expect("a vendor");
        let config = SourceConfig::new(ACCOUNT).with("base_url", "http://127.0.0.1:1");
        let config = credentials(vendor.name)
            .iter()
            .fold(config, |config, (key, value)| config.with(*key, *value));
        let planned = (vendor.open)(&config);
        Self { planned: planned.expect("a source").into(), calls: many.collect() }
    }
}

impl Source for AtHand {
    fn vendor(&self) -> &'static str {
        self.planned.vendor()
    }

    fn account(&self) -> &str {
        self.planned.account()
    }

    fn capability(&self) -> &'static Capability {
        self.planned.capability()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        self.planned.plan(query)
    }

    fn pages(&self, _: &SourcePlan, _: ListStart) -> SourcePages {
        let items = self.calls.iter().map(|call| ListedRecord::Call(Box::new(call.clone())));
        let info = PageInfo { records: self.calls.len(), ..PageInfo::default() };
        let page = SourcePage::new(info, items.collect());
        stream::once(future::ready(Ok(page))).boxed()
    }

    fn get(&self, _: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        future::ready(Ok(None)).boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        future::ready(Ok(())).boxed()
    }
}

/// An SQLite database, and what is read into it.
pub struct Synced {
    database: Database,
    sources: Vec<Box<dyn Source>>,
    runtime: Runtime,
    _directory: TempDir,
}

impl Synced {
    /// A new database.
    pub fn new(source: &AtHand) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let runtime = Runtime::new().expect("a runtime");
        let target = DatabaseTarget::Sqlite(directory.path().join("calls.sqlite"));
        let database =
            runtime.block_on(Database::open(&target, Duration::ZERO)).expect("a database");
        let sources: Vec<Box<dyn Source>> = vec![Box::new(source.clone())];
        Self { database, sources, runtime, _directory: directory }
    }

    /// Brings it up to date: so many calls are new, and so many as before.
    pub fn sync(&mut self, new: usize, as_before: usize) {
        let options = SyncOptions { full: true, ..SyncOptions::default() };
        let stop = CancellationToken::new();
        let run = sync(&self.database, &self.sources, &options, &stop, &|_| {});
        let written = self.runtime.block_on(run).expect("a run").sources[0].written;
        assert_eq!((written.new, written.unchanged), (new as u64, as_before as u64));
    }
}
