//! The operations whose answers hold records, and how an answer is read:
//! through the generated body, the list's own rule for taking it apart, and
//! the mapping, without a network.

use bytes::Bytes;
use callfold_transport::{
    Error, Lenient, List as _, ListOperation, PageRequest, Paging, Record, Response, ResponseValue,
};
use callfold_unify::{Batch, Context, Mapping, RejectedRecord, model::Call};
use callfold_unify::{agentvoice, ravan, vaani, vozagent, zudu};
use callfold_vaani::types::{CallDetails, Transcript};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// A call's fields and their JSON.
pub(super) type Fields<'a> = BTreeMap<&'a str, &'a RawValue>;

/// One record of an answer.
pub(super) struct Seen {
    /// The record as the answer holds it.
    pub(super) raw: String,
    /// The pointers of what had to be dropped.
    pub(super) issues: Vec<String>,
    /// The typed record as JSON; `None` if it was set aside.
    pub(super) typed: Option<String>,
    /// The call as JSON, or why there is none.
    pub(super) call: Result<String, String>,
    /// Codes and pointers of the call's warnings.
    pub(super) warnings: Vec<(String, String)>,
}

/// One operation of one vendor.
pub(super) struct Operation {
    pub(super) vendor: &'static str,
    pub(super) name: &'static str,
    /// Name of the record's id.
    pub(super) id: &'static str,
    /// Where an answer has its records, or its one record.
    pub(super) places: &'static [&'static str],
    reader: fn(&[u8]) -> Result<Vec<Seen>, Error>,
    pub(super) mapping: Mapping,
}

impl Operation {
    /// The records of an answer.
    pub(super) fn read(&self, body: &[u8]) -> Result<Vec<Seen>, Error> {
        (self.reader)(body)
    }

    /// The calls of an answer that is at hand as text.
    pub(super) fn by_text(&self, text: &str) -> Result<Batch, callfold_unify::Error> {
        (self.mapping.from_json_with)(text, &context())
    }
}

/// The same for every mapping, and with an offset that is none of UTC.
fn context() -> Context {
    let offset = chrono::FixedOffset::east_opt(5 * 3600 + 1800).expect("an offset");
    Context::new("test").with_assume_offset(offset)
}

/// A list operation whose answer is at hand.
struct Given<L> {
    body: Bytes,
    operation: PhantomData<fn() -> L>,
}

impl<L> Clone for Given<L> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), ..*self }
    }
}

impl<L: ListOperation> ListOperation for Given<L> {
    type Record = L::Record;
    type Body = L::Body;
    const PAGING: Paging = L::PAGING;

    fn with_page(self, _: &PageRequest) -> Self {
        self
    }

    async fn fetch(self) -> Result<ResponseValue<L::Body>, Error> {
        decode(self.body).await
    }

    fn contents(body: L::Body) -> callfold_transport::PageContents<L::Record> {
        L::contents(body)
    }
}

async fn decode<T: DeserializeOwned>(body: Bytes) -> Result<ResponseValue<T>, Error> {
    let response = Response::new(http::StatusCode::OK, http::HeaderMap::new(), body);
    ResponseValue::from_response(response).await
}

type Map<R> = fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>;

fn list<L: ListOperation>(
    answer: &[u8],
    typed: fn(&L::Record) -> String,
    map: Map<L::Record>,
) -> Result<Vec<Seen>, Error> {
    let body = Bytes::copy_from_slice(answer);
    let given = Given::<L> { body, operation: PhantomData };
    let page = given.pages().next().now_or_never().expect("the answer is at hand");
    let page = page.expect("a list has a first page")?;
    Ok(page.records.into_iter().map(|record| seen(record, typed, map)).collect())
}

fn single<T: DeserializeOwned, R: Record>(
    answer: &[u8],
    open: fn(T) -> Option<Lenient<R>>,
    typed: fn(&R) -> String,
    map: Map<R>,
) -> Result<Vec<Seen>, Error> {
    let body = Bytes::copy_from_slice(answer);
    let answer = decode::<T>(body).now_or_never();
    let answer = answer.expect("the answer is at hand")?;
    Ok(open(answer.into_inner()).into_iter().map(|record| seen(record, typed, map)).collect())
}

fn seen<R: Record>(record: Lenient<R>, typed: fn(&R) -> String, map: Map<R>) -> Seen {
    let raw = record.raw().get().to_owned();
    let issues = record.issues().iter().map(|issue| issue.pointer.clone()).collect();
    let typed = record.get().ok().map(typed);
    let mut warnings = Vec::new();
    let call = match map(record, &context()) {
        Ok(call) => {
            assert_eq!(call.raw.get(), raw, "the mapping changes the raw record");
            let warning =
                |w: &callfold_unify::model::Warning| (w.code.to_string(), w.pointer.to_string());
            warnings = call.warnings.iter().map(warning).collect();
            Ok(json(&call))
        }
        Err(aside) => {
            assert_eq!(aside.raw.get(), raw, "the mapping changes the raw record");
            Err(aside.reason)
        }
    };
    Seen { raw, issues, typed, call, warnings }
}

/// A call's fields, but those the checks look at by themselves.
pub(super) fn fields(call: &str) -> Fields<'_> {
    let mut fields: Fields = serde_json::from_str(call).expect("a call is an object");
    fields.retain(|name, _| !matches!(*name, "raw" | "warnings"));
    fields
}

pub(super) fn json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("a record serialises")
}

fn session(record: &callfold_ravan::Session) -> String {
    match record {
        callfold_ravan::Session::Item(item) => json(item),
        callfold_ravan::Session::Session(session) => json(session),
    }
}

/// Vaani's answers without a record: decoded, and put into a call.
pub(super) fn vaani_extra(operation: &str, body: &[u8]) -> Result<(), Error> {
    let mut call = Call::new(callfold_unify::model::CallId::new("vaani", "test", "call-1"));
    let body = Bytes::copy_from_slice(body);
    if operation == "get_transcript" {
        let answer = decode::<Transcript>(body).now_or_never().expect("the answer is at hand")?;
        vaani::with_transcript(&mut call, answer.into_inner());
    } else {
        let answer = decode::<CallDetails>(body).now_or_never().expect("the answer is at hand")?;
        vaani::with_details(&mut call, answer.into_inner());
    }
    Ok(())
}

pub(super) const OPERATIONS: [Operation; 10] = [
    Operation {
        vendor: "agentvoice",
        name: "list_calls",
        id: "id",
        places: &["/data", ""],
        reader: |answer| {
            list::<callfold_agentvoice::builder::ListCalls>(answer, json, agentvoice::call)
        },
        mapping: agentvoice::MAPPING,
    },
    Operation {
        vendor: "agentvoice",
        name: "get_call",
        id: "id",
        places: &[""],
        reader: |answer| single(answer, Some, json, agentvoice::call),
        mapping: agentvoice::MAPPING,
    },
    Operation {
        vendor: "ravan",
        name: "list_call_sessions",
        id: "id",
        places: &["/data/callSessions", "/data"],
        reader: |answer| {
            list::<callfold_ravan::builder::ListCallSessions>(answer, session, ravan::listed)
        },
        mapping: ravan::MAPPING,
    },
    Operation {
        vendor: "ravan",
        name: "list_phone_history",
        id: "id",
        places: &["/calls"],
        reader: |answer| {
            list::<callfold_ravan::builder::ListPhoneHistory>(answer, json, ravan::call)
        },
        mapping: ravan::MAPPING,
    },
    Operation {
        vendor: "ravan",
        name: "get_call_session",
        id: "id",
        places: &["/data"],
        reader: |answer| {
            let open = |body: callfold_ravan::types::CallSessionDetail| body.data;
            single(answer, open, json, ravan::call)
        },
        mapping: ravan::MAPPING,
    },
    Operation {
        vendor: "vaani",
        name: "list_calls",
        id: "call_id",
        places: &["/data"],
        reader: |answer| list::<callfold_vaani::builder::ListCalls>(answer, json, vaani::call),
        mapping: vaani::MAPPING,
    },
    Operation {
        vendor: "vozagent",
        name: "list_calls",
        id: "id",
        places: &[""],
        reader: |answer| {
            list::<callfold_vozagent::builder::ListCalls>(answer, json, vozagent::call)
        },
        mapping: vozagent::MAPPING,
    },
    Operation {
        vendor: "vozagent",
        name: "get_call",
        id: "id",
        places: &[""],
        reader: |answer| single(answer, Some, json, vozagent::call),
        mapping: vozagent::MAPPING,
    },
    Operation {
        vendor: "zudu",
        name: "list_calls",
        id: "id",
        places: &["/data/calls"],
        reader: |answer| list::<callfold_zudu::builder::ListCalls>(answer, json, zudu::call),
        mapping: zudu::MAPPING,
    },
    Operation {
        vendor: "zudu",
        name: "get_call",
        id: "id",
        places: &["/data"],
        reader: |answer| {
            let open = |body: callfold_zudu::types::CallResponse| body.data;
            single(answer, open, json, zudu::call)
        },
        mapping: zudu::MAPPING,
    },
];
