//! One page of each vendor, and the stages that differ between them.

use bytes::Bytes;
use callfold_benches::dataset;
use callfold_sandbox::{Dataset, Request, Service};
use callfold_transport::{Lenient, OneOf, Record, Response, ResponseValue};
use callfold_unify::model::Call;
use callfold_unify::{Context, RejectedRecord};
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// A vendor's page and what is done with it.
pub trait Vendor {
    /// The generated type of a record.
    type Record: Record + Clone + Sync;
    /// The generated type of a page.
    type Body: DeserializeOwned;

    /// The path of a page.
    const TARGET: &'static str;
    /// The credentials.
    const HEADERS: &'static [(&'static str, &'static str)];
    /// The members that lead to the records.
    const ITEMS: &'static [&'static str];

    /// The records of a page.
    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>>;

    /// Maps a record.
    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord>;

    /// A page of a hundred records from the middle of the list.
    fn page() -> Bytes {
        let service = Service::new(Dataset::new(dataset(1_000)), "http://127.0.0.1:1");
        let mut request = http::Request::get(Self::TARGET);
        for (name, value) in Self::HEADERS {
            request = request.header(*name, *value);
        }
        let request: Request = request.body(Bytes::new()).expect("a valid request");
        let response = service.respond(&request);
        assert_eq!(response.status(), StatusCode::OK, "{}", Self::TARGET);
        response.into_body()
    }

    /// Decodes a page as every generated operation does.
    fn decode(page: &Bytes) -> Vec<Lenient<Self::Record>> {
        let response = Response::new(StatusCode::OK, HeaderMap::new(), page.clone());
        let value = ResponseValue::<Self::Body>::from_response(response);
        let value = value.now_or_never().expect("nothing is fetched");
        Self::records(value.expect("the page decodes").into_inner())
    }
}

pub struct Vaani;

impl Vendor for Vaani {
    type Record = callfold_vaani::types::Call;
    type Body = callfold_vaani::types::CallHistoryPage;
    const TARGET: &'static str = "/vaani/api/call-history?page=5&page_size=100";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("x-api-key", "sandbox-key")];
    const ITEMS: &'static [&'static str] = &["data"];

    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>> {
        body.data.expect("a page with records")
    }

    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord> {
        callfold_unify::vaani::map_record(record, context)
    }
}

pub struct Ravan;

impl Vendor for Ravan {
    type Record = callfold_ravan::types::CallSession;
    type Body = callfold_ravan::types::CallSessionsResponse;
    const TARGET: &'static str = "/ravan/api/v1/calling/call-sessions?page=5&page_size=100";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("x-api-key", "sandbox-key")];
    const ITEMS: &'static [&'static str] = &["data"];

    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>> {
        match body.data {
            Some(OneOf::Second(list)) => list.0,
            _ => panic!("a page in snake case"),
        }
    }

    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord> {
        callfold_unify::ravan::map_record(record, context)
    }
}

pub struct VozAgent;

impl Vendor for VozAgent {
    type Record = callfold_vozagent::types::Call;
    type Body = Vec<Lenient<Self::Record>>;
    const TARGET: &'static str = "/vozagent/v1/calls?limit=100&offset=400";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("authorization", "Bearer sandbox-key")];
    const ITEMS: &'static [&'static str] = &[];

    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>> {
        body
    }

    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord> {
        callfold_unify::vozagent::map_record(record, context)
    }
}

pub struct AgentVoice;

impl Vendor for AgentVoice {
    type Record = callfold_agentvoice::types::Call;
    type Body = OneOf<callfold_agentvoice::types::CallPage, Lenient<Self::Record>>;
    const TARGET: &'static str = "/agentvoice/api/calls?limit=100&offset=400";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("x-api-key", "sandbox-key"), ("x-organization-id", "sandbox-org")];
    const ITEMS: &'static [&'static str] = &["data"];

    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>> {
        match body {
            OneOf::First(page) => page.data,
            OneOf::Second(_) => panic!("a page of records"),
        }
    }

    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord> {
        callfold_unify::agentvoice::map_record(record, context)
    }
}

pub struct Zudu;

impl Vendor for Zudu {
    type Record = callfold_zudu::types::Call;
    type Body = callfold_zudu::types::CallListResponse;
    const TARGET: &'static str = "/zudu/api/calls?page=4&limit=100";
    const HEADERS: &'static [(&'static str, &'static str)] =
        &[("x-api-key", "sandbox-key"), ("x-api-secret", "sandbox-secret")];
    const ITEMS: &'static [&'static str] = &["data", "calls"];

    fn records(body: Self::Body) -> Vec<Lenient<Self::Record>> {
        let list = body.data.and_then(|data| data.calls);
        list.expect("a page with records")
    }

    fn call(record: Lenient<Self::Record>, context: &Context) -> Result<Call, RejectedRecord> {
        callfold_unify::zudu::map_record(record, context)
    }
}
