//! What each stage costs for a page of a hundred calls in full, vendor by vendor.
//!
//! `cargo bench` prints all of them; `cargo bench -- decode` or `-- Zudu` some. An item is a call, so
//! that the items a second of different stages and vendors can be compared.

mod vendors;

use callfold_transport::member;
use callfold_unify::Context;
use callfold_unify::model::Call;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use vendors::{AgentVoice, Ravan, Vaani, Vendor, VozAgent, Zudu};

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

/// From calls to JSON lines.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn e_serialise_jsonl<V: Vendor>(bencher: Bencher<'_, '_>) {
    let calls = calls::<V>();
    let lines = |calls: &[Call]| {
        let mut text = Vec::with_capacity(1 << 20);
        for call in calls {
            call.write_json(&mut text);
            text.push(b'\n');
        }
        text
    };
    let bencher = bencher.counter(BytesCount::new(lines(&calls).len()));
    bencher.counter(ItemsCount::new(100u32)).bench(|| lines(black_box(&calls)));
}

/// From a page to JSON lines: the stages together, and freeing what they made.
#[divan::bench(types = [AgentVoice, Ravan, Vaani, VozAgent, Zudu])]
fn f_page_to_jsonl<V: Vendor>(bencher: Bencher<'_, '_>) {
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
