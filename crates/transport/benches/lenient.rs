//! What tolerance costs: a page of records as plain structs, and as
//! `Lenient` records that also keep their JSON.
//!
//! `cargo bench -p callfold-transport --bench lenient` prints both. The clean
//! page must not take more than a tenth longer.

use callfold_transport::{Json, Lenient, Record};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde::Deserialize;
use std::fmt::Write;

fn main() {
    divan::main();
}

/// A record of ordinary size: 25 fields, two free-form objects, a transcript.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only decoding is measured")]
struct Call {
    call_id: String,
    agent_id: Option<String>,
    agent_name: Option<String>,
    organization_id: Option<String>,
    direction: Option<String>,
    channel: Option<String>,
    status: Option<String>,
    from_number: Option<String>,
    to_number: Option<String>,
    started_at: Option<String>,
    answered_at: Option<String>,
    ended_at: Option<String>,
    created_at: Option<String>,
    duration_ms: Option<f64>,
    cost: Option<f64>,
    summary: Option<String>,
    end_reason: Option<String>,
    recording_url: Option<String>,
    transcript: Option<String>,
    turns: Option<Vec<Turn>>,
    answered: Option<bool>,
    attempts: Option<i64>,
    latency_ms: Option<i64>,
    metadata: Option<Json>,
    analysis: Option<Json>,
    #[serde(flatten)]
    extra: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only decoding is measured")]
struct Turn {
    role: Option<String>,
    content: Option<String>,
    at_ms: Option<i64>,
}

impl Record for Call {
    const ID_FIELD: &'static str = "call_id";
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
}

const RECORDS: usize = 200;

/// A page of [`RECORDS`] records; `duration` is the text of one field.
fn page(duration: &str) -> Vec<u8> {
    let mut page = String::from("{\"data\":[");
    for n in 0..RECORDS {
        let comma = if n == 0 { "" } else { "," };
        let said = "I would like to move my appointment to next Tuesday at noon, please. ".repeat(2);
        write!(
            page,
            r#"{comma}{{"call_id":"outbound-17767744{n:02}-ab12cd34","agent_id":"6f0c9f0e-6f0c-4a1f-9c9a-000000000{n:03}","agent_name":"Front desk","organization_id":"11111111-2222-3333-4444-555555555555","direction":"Outbound","channel":"phone","status":"completed","from_number":"+19195550100","to_number":"+14155550101","started_at":"2026-04-21T12:27:23.123456","answered_at":"2026-04-21T12:27:53.123456","ended_at":"2026-04-21T12:28:57.123456","created_at":"2026-04-21T12:27:23Z","duration_ms":{duration},"cost":1.25,"summary":"The caller asked to move an appointment. \"Noon\" was agreed.","end_reason":"customer_hangup","recording_url":"https://storage.example.com/recordings/{n}.mp3","transcript":"AGENT: Good morning.\n\n USER: {said}","turns":[{{"role":"agent","content":"Good morning.","at_ms":0}},{{"role":"user","content":"{said}","at_ms":1800}}],"answered":true,"attempts":1,"latency_ms":812,"metadata":{{"campaign":"spring","row":{n},"tags":["a","b"]}},"analysis":{{"sentiment":"positive","score":0.93,"goals":{{"moved":true}}}}}}"#
        )
        .expect("writing to a String cannot fail");
    }
    page.push_str("]}");
    page.into_bytes()
}

#[divan::bench]
fn plain_struct(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<Page<Call>>(black_box(&page)).expect("the page decodes").data.len()
    });
}

#[divan::bench]
fn lenient_clean(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<Page<Lenient<Call>>>(black_box(&page)).expect("the page decodes").data.len()
    });
}

/// Every record of the page has one field of the wrong type.
#[divan::bench]
fn lenient_all_salvaged(bencher: Bencher) {
    let page = page("\"34 s\"");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<Page<Lenient<Call>>>(black_box(&page)).expect("the page decodes").data.len()
    });
}

#[divan::bench]
fn a_rawvalue_owned(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<Page<Box<serde_json::value::RawValue>>>(black_box(&page)).expect("the page decodes").data.len()
    });
}
#[derive(Deserialize)]
struct PageB<'a> { #[serde(borrow)] data: Vec<&'a serde_json::value::RawValue> }
#[divan::bench]
fn b_rawvalue_borrowed(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<PageB>(black_box(&page)).expect("the page decodes").data.len()
    });
}
#[divan::bench]
fn c_plain_str(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_str::<Page<Call>>(std::str::from_utf8(black_box(&page)).unwrap()).expect("the page decodes").data.len()
    });
}
#[divan::bench]
fn d_lenient_str(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_str::<Page<Lenient<Call>>>(std::str::from_utf8(black_box(&page)).unwrap()).expect("the page decodes").data.len()
    });
}
#[divan::bench]
fn e_utf8(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        std::str::from_utf8(black_box(&page)).unwrap().len()
    });
}
#[divan::bench]
fn f_memmem(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        page.chunks(1200).map(|c| memchr::memmem::find_iter(black_box(c), b"call_id").count()).sum::<usize>()
    });
}
#[divan::bench]
fn g_ignore(bencher: Bencher) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<serde::de::IgnoredAny>(black_box(&page)).is_ok()
    });
}
