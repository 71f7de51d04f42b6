//! What tolerance costs: a page of records as plain structs, and as
//! `Lenient` records that also keep their JSON.
//!
//! `cargo bench -p callfold-transport --bench lenient` prints both. The clean
//! page must not take more than a tenth longer.

use bytes::Bytes;
use callfold_transport::{Lenient, RawJson, Record, Response, ResponseValue};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
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
    metadata: Option<RawJson>,
    analysis: Option<RawJson>,
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

    fn id(&self) -> &str {
        &self.call_id
    }
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
        let said =
            "I would like to move my appointment to next Tuesday at noon, please. ".repeat(2);
        write!(
            page,
            r#"{comma}{{"call_id":"outbound-17767744{n:02}-ab12cd34","agent_id":"6f0c9f0e-6f0c-4a1f-9c9a-000000000{n:03}","agent_name":"Front desk","organization_id":"11111111-2222-3333-4444-555555555555","direction":"Outbound","channel":"phone","status":"completed","from_number":"+19195550100","to_number":"+14155550101","started_at":"2026-04-21T12:27:23.123456","answered_at":"2026-04-21T12:27:53.123456","ended_at":"2026-04-21T12:28:57.123456","created_at":"2026-04-21T12:27:23Z","duration_ms":{duration},"cost":1.25,"summary":"The caller asked to move an appointment. \"Noon\" was agreed.","end_reason":"customer_hangup","recording_url":"https://storage.example.com/recordings/{n}.mp3","transcript":"AGENT: Good morning.\n\n USER: {said}","turns":[{{"role":"agent","content":"Good morning.","at_ms":0}},{{"role":"user","content":"{said}","at_ms":1800}}],"answered":true,"attempts":1,"latency_ms":812,"metadata":{{"campaign":"spring","row":{n},"tags":["a","b"]}},"analysis":{{"sentiment":"positive","score":0.93,"goals":{{"moved":true}}}}}}"#
        )
        .expect("writing to a String cannot fail");
    }
    page.push_str("]}");
    page.into_bytes()
}

/// Decodes a page the way every generated operation does.
fn decode<T: DeserializeOwned>(bencher: Bencher<'_, '_>, duration: &str) {
    let page = Bytes::from(page(duration));
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        let response = Response::new(StatusCode::OK, HeaderMap::new(), black_box(&page).clone());
        ResponseValue::<Page<T>>::from_response(response)
            .now_or_never()
            .expect("nothing is fetched")
            .expect("the page decodes")
            .into_inner()
            .data
    });
}

#[divan::bench]
fn plain_struct(bencher: Bencher<'_, '_>) {
    decode::<Call>(bencher, "34117.5");
}

#[divan::bench]
fn lenient_clean(bencher: Bencher<'_, '_>) {
    decode::<Lenient<Call>>(bencher, "34117.5");
}

/// Also takes each record's own JSON out of the page.
#[divan::bench]
fn lenient_clean_with_raw(bencher: Bencher<'_, '_>) {
    let page = Bytes::from(page("34117.5"));
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        let response = Response::new(StatusCode::OK, HeaderMap::new(), black_box(&page).clone());
        ResponseValue::<Page<Lenient<Call>>>::from_response(response)
            .now_or_never()
            .expect("nothing is fetched")
            .expect("the page decodes")
            .into_inner()
            .data
            .into_iter()
            .map(|record| record.into_parts().0.into_boxed())
            .collect::<Vec<_>>()
    });
}

/// Every record of the page has one field of the wrong type.
#[divan::bench]
fn lenient_all_salvaged(bencher: Bencher<'_, '_>) {
    decode::<Lenient<Call>>(bencher, "\"34 s\"");
}

/// The plain struct without any of ours: what the generator's own runtime does.
#[divan::bench]
fn plain_struct_from_slice(bencher: Bencher<'_, '_>) {
    let page = page("34117.5");
    bencher.counter(BytesCount::new(page.len())).bench(|| {
        serde_json::from_slice::<Page<Call>>(black_box(&page)).expect("the page decodes").data
    });
}
