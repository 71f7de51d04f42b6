//! Checkpoints that were stored beside what was read, and come back as anything.

use callfold_reader::{
    Capability, Checkpoint, ListStart, ListedRecord, PageInfo, Query, ReadError, ResumeState,
    Source, SourceConfig, SourcePage, SourcePages, SourcePlan, read_batches, vendors,
};
use callfold_transport::{Lenient, ListOperation, Page, PageContents, Pages, Paging};
use callfold_unify::{Context, model::Call, vozagent};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use std::sync::LazyLock;

/// Records of the list, and records of a page.
const RECORDS: u64 = 23;
const SIZE: u32 = 5;

/// Takes any bytes for a checkpoint, and resumes from it to the end.
pub(crate) fn resumed(data: &[u8]) {
    for source in SOURCES.iter() {
        resumed_in(source, data);
    }
}

fn resumed_in(source: &InMemoryList, data: &[u8]) {
    let checkpoint: Checkpoint = match serde_json::from_slice(data) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            // What is not harmless is escaped, by up to six characters.
            assert!(error.to_string().len() < 500 + 6 * data.len());
            return;
        }
    };
    let written = serde_json::to_string(&checkpoint).expect("a checkpoint is written");
    let again: Checkpoint = serde_json::from_str(&written).expect("a checkpoint is read back");
    assert_eq!(again, checkpoint, "a checkpoint changes");
    let query = Query::default();
    let resume = ResumeState { checkpoint, seen: Vec::new() };
    let mut batches = read_batches(source, &query, Some(resume));
    let mut calls = 0;
    // A list that moved is read a second time; nothing is read for ever.
    let mut ended = false;
    for _ in 0..100 {
        let Some(batch) = batches.next().now_or_never() else { return };
        let Some(batch) = batch else {
            ended = true;
            break;
        };
        calls += batch.calls.len() as u64;
        assert!(calls <= RECORDS, "{calls} calls of {RECORDS}");
    }
    assert!(ended, "it has no end");
    let statement = batches.summary();
    super::pages::is_one_harmless_line(&statement.to_string());
    if let Some(error) = &statement.error {
        super::pages::is_one_harmless_line(&error.to_string());
    }
}

/// A list in memory, planned as that of a vendor.
struct InMemoryList {
    vendor: Box<dyn Source>,
    paging: Paging,
    style: callfold_reader::ListPaging,
}

/// The same list in each style.
static SOURCES: LazyLock<[InMemoryList; 3]> = LazyLock::new(|| {
    let vendor = vendors().iter().find(|vendor| vendor.name == "vozagent").expect("a vendor");
    let config = SourceConfig::new("leads")
        .with("api_key", "key-of-no-use")
        .with("base_url", "http://127.0.0.1:1");
    let list = |paging: Paging, style| {
        let vendor = (vendor.open)(&config).expect("a source");
        InMemoryList { vendor, paging: paging.sizes(SIZE, SIZE), style }
    };
    [
        list(Paging::offset(), callfold_reader::ListPaging::Offset),
        list(Paging::token(), callfold_reader::ListPaging::Token),
        list(Paging::key("/id"), callfold_reader::ListPaging::Key { field: "id" }),
    ]
});

type Record = <callfold_unify::vozagent::api::builder::ListCalls as ListOperation>::Record;

impl Source for InMemoryList {
    fn vendor(&self) -> &'static str {
        self.vendor.vendor()
    }

    fn account(&self) -> &str {
        self.vendor.account()
    }

    fn capability(&self) -> &'static Capability {
        self.vendor.capability()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        let mut plan = self.vendor.plan(query);
        plan.paging = self.style;
        plan
    }

    fn pages(&self, _: &SourcePlan, start: ListStart) -> SourcePages {
        let paging = self.paging;
        let pages: Pages<'static, Record> = Pages::new(paging, move |at| {
            // The records are named by their places, from the last to the first.
            let position = at.token().or(at.key()).map(|text| text.parse().unwrap_or(RECORDS));
            let first =
                position.map_or(at.offset(), |last| RECORDS.saturating_sub(last)).min(RECORDS);
            let end = first.saturating_add(at.size.into()).min(RECORDS);
            let id = |place: u64| (RECORDS - place).to_string();
            let texts = (first..end).map(|place| format!(r#"{{"id":"{}"}}"#, id(place)));
            let records = texts.map(|text| serde_json::from_str::<Lenient<Record>>(&text));
            let records: Vec<_> = records.collect::<Result<_, _>>().expect("records");
            let contents = PageContents::new(records).next_token((end < RECORDS).then(|| id(end)));
            std::future::ready(Ok(Page::from_contents(contents, &paging).expect("a page")))
        });
        let pages = match start.from {
            Some(from) => pages.resume(from),
            None => pages,
        };
        let context = Context::new("leads");
        let opened = move |page: Page<Record>| {
            let (records, next, notes) = (page.records.len(), page.next, page.notes);
            let info = PageInfo { records, notes, next, ..PageInfo::default() };
            let items = page.records.into_iter().map(|record| {
                vozagent::map_record(record, &context)
                    .map_or_else(ListedRecord::Rejected, |call| ListedRecord::Call(Box::new(call)))
            });
            Ok(SourcePage::new(info, items.collect()))
        };
        // A list that contradicts itself ends with its error, and so does this.
        pages.filter_map(move |page| std::future::ready(page.ok().map(&opened))).boxed()
    }

    fn get(&self, _: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        std::future::ready(Ok(None)).boxed()
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        std::future::ready(Ok(())).boxed()
    }
}

/// The checkpoints of a complete read, and some invalid ones.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let query = Query::default();
    let mut seeds = vec![b"{}".to_vec(), b"{\"format\":2}".to_vec(), b"{\"format\":1}".to_vec()];
    for source in SOURCES.iter() {
        let mut batches = read_batches(source, &query, None);
        while let Some(Some(batch)) = batches.next().now_or_never() {
            seeds.push(serde_json::to_vec(&batch.checkpoint).expect("a checkpoint is written"));
        }
    }
    assert!(seeds.len() > 18, "each list has several pages");
    seeds
}

/// The members of a checkpoint.
pub(crate) fn words() -> Vec<String> {
    let mut words = super::cursors::words();
    for seed in seeds() {
        let text = String::from_utf8_lossy(&seed).into_owned();
        words.extend(text.split([',', '{', '}']).filter(|part| part.len() < 40).map(str::to_owned));
    }
    words.sort();
    words.dedup();
    words.retain(|word| !word.is_empty());
    words
}
