//! Lists that move while they are read.

use crate::support::{TestRng, open_all, sandbox};
use callfold_reader::{ListedRecord, Order, Query, Verdict, read, vendors};
use callfold_sandbox::{Dataset, Sandbox};
use futures_util::StreamExt;
use std::{collections::HashSet, future::poll_fn};

/// The newest calls, which arrive while the lists are read.
const TO_COME: usize = 200;

/// Calls that arrive and vanish.
struct ChangingWorld {
    records: usize,
    full: Dataset,
    rng: TestRng,
    hidden: usize,
    /// By place in the whole world, the same at every vendor.
    gone: HashSet<usize>,
}

impl ChangingWorld {
    fn of(sandbox: &Sandbox) -> Self {
        let full = Dataset::clone(&sandbox.dataset());
        let records = full.options().records;
        Self { records, full, rng: TestRng::new(7), hidden: TO_COME, gone: HashSet::new() }
    }

    /// Lets one call arrive or vanish at every vendor, or both.
    fn change(&mut self, sandbox: &Sandbox) {
        if self.hidden > 0 && !self.rng.one_in(3) {
            self.hidden -= 1;
        }
        if !self.rng.one_in(3) {
            self.gone.insert(TO_COME + self.rng.below(self.records - TO_COME));
        }
        self.show(sandbox);
    }

    fn show(&self, sandbox: &Sandbox) {
        let mut world = self.full.clone();
        for vendor in vendors() {
            world.retain(vendor.name, |place| place >= self.hidden && !self.gone.contains(&place));
        }
        sandbox.service().set_dataset(world);
    }
}

async fn nothing_is_lost(order: Order, records: usize) {
    let sandbox = sandbox(records).await;
    let mut world = ChangingWorld::of(&sandbox);
    world.show(&sandbox);
    let sources = open_all(&sandbox);
    let query = Query { order, ..Query::default() };
    let mut reading = read(&sources, &query);
    let mut seen = HashSet::new();
    let mut answered = 0;
    loop {
        // Whatever wakes the reader is a response: with every third something
        // has changed, while the lists are read again as well.
        let entry = poll_fn(|cx| {
            let requests = sandbox.stats().requests;
            if requests >= answered + 3 {
                answered = requests;
                world.change(&sandbox);
            }
            reading.poll_next_unpin(cx)
        });
        let Some(entry) = entry.await else { break };
        let ListedRecord::Call(call) = entry else { panic!("{entry:?}") };
        assert!(seen.insert(call.id.to_string()), "{} came twice", call.id);
    }
    let mut throughout = 0;
    for (vendor, summary) in vendors().iter().zip(reading.summaries()) {
        let here = |place: &usize| *place >= TO_COME && !world.gone.contains(place);
        let truths = world.full.truths(vendor.name).enumerate();
        for (_, truth) in truths.filter(|(place, _)| here(place)) {
            let id = format!("{}:my-{}:{}", vendor.name, vendor.name, truth.id);
            assert!(seen.contains(&id), "{id} was lost: {summary} {:?}", summary.error);
            throughout += 1;
        }
        assert!(summary.error.is_none(), "{summary}");
        assert!(!matches!(summary.verdict, Verdict::ShortBy { .. }), "{summary}");
    }
    assert!(throughout > records && !world.gone.is_empty() && world.hidden < TO_COME);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_list_loses_nothing_unsorted() {
    nothing_is_lost(Order::AsRead, 5_200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_list_loses_nothing_in_order() {
    nothing_is_lost(Order::NewestFirst, 1_700).await;
}
