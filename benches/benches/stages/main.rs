//! What each stage costs for a page of a hundred calls in full, vendor by vendor.
//!
//! `cargo bench` prints all of them; `cargo bench -- decode` or `-- Zudu` some. An item is a call, so
//! that the items a second of different stages and vendors can be compared. What is upserted is
//! more than a page, as much of it is done once a transaction.

mod at_hand;
mod vendors;

use at_hand::{AtHand, Synced};
use callfold_export::{EncodeOptions, FilePosition, Format, encoder};
use callfold_transport::member;
use callfold_unify::Context;
use callfold_unify::model::Call;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use vendors::{AgentVoice, Ravan, Vaani, Vendor, VozAgent, Zudu};

/// Calls that are upserted at once.
const UPSERTED: usize = 2_000;

fn main() {
    divan::main();
}

/// The calls of a page.
fn calls<V: Vendor>() -> Vec<Call> {
    let context = Context::default().without_raw();
    let records = V::decode(&V::page()).into_iter();
    records.map(|record| V::call(record, &context).expect("a record with an id")).collect()
}

/// No more than looking at each byte: what any reader of JSON needs at the least.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn a_scan<V: Vendor>(bencher: Bencher<'_, '_>) {
    let page = V::page();
    let bencher = bencher.counter(BytesCount::new(page.len()));
    bencher.bench(|| serde_json::from_slice::<IgnoredAny>(black_box(&page)).expect("valid JSON"));
}

/// Finds the records of a page without decoding them.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn b_split<V: Vendor>(bencher: Bencher<'_, '_>) {
    let page = V::page();
    let bencher = bencher.counter(BytesCount::new(page.len()));
    bencher.counter(ItemsCount::new(100u32)).bench(|| {
        let text = std::str::from_utf8(black_box(&page)).expect("the page is UTF-8");
        let list = V::ITEMS.iter().fold(text, |text, name| {
            member(text, name).expect("the page has its records there").get()
        });
        serde_json::from_str::<Vec<&RawValue>>(list).expect("a list").len()
    });
}

/// From a page to typed records.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn c_decode<V: Vendor>(bencher: Bencher<'_, '_>) {
    let page = V::page();
    let bencher = bencher.counter(BytesCount::new(page.len()));
    bencher.counter(ItemsCount::new(100u32)).bench(|| V::decode(black_box(&page)));
}

/// From typed records to calls.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn d_map<V: Vendor>(bencher: Bencher<'_, '_>) {
    let (page, context) = (V::page(), Context::default().without_raw());
    bencher.counter(ItemsCount::new(100u32)).with_inputs(|| V::decode(&page)).bench_values(
        |records| {
            let calls = records.into_iter().map(|record| V::call(record, &context));
            calls.collect::<Result<Vec<_>, _>>().expect("records with ids")
        },
    );
}

/// What these calls become in a file of this format.
fn encoded(format: Format, calls: &[Box<Call>]) -> Vec<u8> {
    let mut encoder = encoder(format, &EncodeOptions::default(), FilePosition::Start)
        .expect("options that fit every format");
    let mut text = Vec::with_capacity(1 << 20);
    encoder.push(calls, &mut text).expect("calls can be encoded");
    encoder.finish(&mut text).expect("calls can be encoded");
    text
}

fn serialise<V: Vendor>(bencher: Bencher<'_, '_>, format: Format) {
    let calls: Vec<_> = calls::<V>().into_iter().map(Box::new).collect();
    let bencher = bencher.counter(BytesCount::new(encoded(format, &calls).len()));
    bencher.counter(ItemsCount::new(100u32)).bench(|| encoded(format, black_box(&calls)));
}

/// From calls to JSON lines.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn e_serialise_jsonl<V: Vendor>(bencher: Bencher<'_, '_>) {
    serialise::<V>(bencher, Format::Jsonl);
}

/// From calls to CSV.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn f_serialise_csv<V: Vendor>(bencher: Bencher<'_, '_>) {
    serialise::<V>(bencher, Format::Csv);
}

/// From calls to Parquet: a whole file, with what each has once.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn g_serialise_parquet<V: Vendor>(bencher: Bencher<'_, '_>) {
    serialise::<V>(bencher, Format::Parquet);
}

/// Calls with their records into a new SQLite database, keys and all.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu], sample_count = 10)]
fn h_upsert_new<V: Vendor>(bencher: Bencher<'_, '_>) {
    let source = AtHand::of::<V>(UPSERTED);
    let bencher = bencher.counter(ItemsCount::new(UPSERTED));
    bencher.with_inputs(|| Synced::new(&source)).bench_values(|mut synced| {
        synced.sync(UPSERTED, 0);
        synced
    });
}

/// Calls that the database has already, and that are as they were.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu], sample_count = 10)]
fn i_upsert_again<V: Vendor>(bencher: Bencher<'_, '_>) {
    let source = AtHand::of::<V>(UPSERTED);
    let bencher = bencher.counter(ItemsCount::new(UPSERTED));
    let stored = || {
        let mut synced = Synced::new(&source);
        synced.sync(UPSERTED, 0);
        synced
    };
    bencher.with_inputs(stored).bench_values(|mut synced| {
        synced.sync(0, UPSERTED);
        synced
    });
}

/// From a page to JSON lines: the stages together, and freeing what they made.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn j_page_to_jsonl<V: Vendor>(bencher: Bencher<'_, '_>) {
    let (page, context) = (V::page(), Context::default().without_raw());
    let bencher = bencher.counter(BytesCount::new(page.len()));
    bencher.counter(ItemsCount::new(100u32)).bench(|| {
        let mut text = Vec::with_capacity(1 << 20);
        for record in V::decode(black_box(&page)) {
            V::call(record, &context).expect("a record with an id").write_json(&mut text);
            text.push(b'\n');
        }
        text
    });
}
