//! The operations whose responses hold records, and how a response is read:
//! through the generated body, the list's own rule for taking it apart, and
//! the mapping, without a network. Each vendor's operations are in the file of
//! its name.

use bytes::Bytes;
use callfold_transport::{
    Error, Lenient, List as _, ListOperation, PageRequest, Paging, Record, Response, ResponseValue,
};
use callfold_unify::{Context, MappedRecords, Mapping, RejectedRecord, model::Call};
use futures_util::FutureExt as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

/// A call's fields and their JSON.
pub type Fields<'a> = BTreeMap<&'a str, &'a RawValue>;

/// One record of a response.
pub struct Seen {
    /// The record as the response holds it.
    pub raw: String,
    /// Names of the members whose values are hidden before anything is read.
    pub secrets: &'static [&'static str],
    /// The pointers of what had to be dropped.
    pub issues: Vec<String>,
    /// The typed record as JSON; `None` if it was rejected.
    pub typed: Option<String>,
    /// `Debug` of the record and of what it came in.
    pub debug: String,
    /// The call as JSON, or why there is none.
    pub call: Result<String, String>,
    /// Codes and pointers of the call's warnings.
    pub warnings: Vec<(String, String)>,
}

/// One operation of one vendor.
pub struct Operation {
    /// The vendor's name.
    pub vendor: &'static str,
    /// Its `operationId`.
    pub name: &'static str,
    /// Name of the record's id.
    pub id: &'static str,
    /// Where a response has its records, or its one record.
    pub places: &'static [&'static str],
    reader: fn(&[u8]) -> Result<Vec<Seen>, Error>,
    /// The mapping of its records.
    pub mapping: Mapping,
}

/// An operation whose response is no record, but is put into a call.
pub struct Extra {
    /// Its `operationId`.
    pub name: &'static str,
    /// Reads a response.
    pub read: fn(&[u8]) -> Result<(), Error>,
}

/// The operations of one vendor.
struct Operations {
    /// Those whose responses hold records.
    records: &'static [Operation],
    extras: &'static [Extra],
}

impl Operation {
    /// The records of a response.
    pub fn read(&self, body: &[u8]) -> Result<Vec<Seen>, Error> {
        (self.reader)(body)
    }

    /// The calls of a response that is at hand as text.
    pub fn by_text(&self, text: &str) -> Result<MappedRecords, callfold_unify::Error> {
        (self.mapping.from_json_with)(text, &context())
    }
}

/// The same for every mapping, and with an offset that is none of UTC.
fn context() -> Context {
    let offset = chrono::FixedOffset::east_opt(5 * 3600 + 1800).expect("an offset");
    Context::new("test").with_assume_offset(offset)
}

/// A list operation whose response is at hand.
struct Given<L> {
    body: Bytes,
    /// `Debug` of the response.
    debug: Arc<OnceLock<String>>,
    operation: PhantomData<fn() -> L>,
}

impl<L> Clone for Given<L> {
    fn clone(&self) -> Self {
        Self { body: self.body.clone(), debug: self.debug.clone(), ..*self }
    }
}

impl<L: ListOperation<Body: Debug>> ListOperation for Given<L> {
    type Record = L::Record;
    type Body = L::Body;
    const PAGING: Paging = L::PAGING;

    fn with_page(self, _: &PageRequest) -> Self {
        self
    }

    async fn fetch(self) -> Result<ResponseValue<L::Body>, Error> {
        let response = decode(self.body).await?;
        self.debug.get_or_init(|| debug_of(&response));
        Ok(response)
    }

    fn contents(body: L::Body) -> callfold_transport::PageContents<L::Record> {
        L::contents(body)
    }
}

async fn decode<T: DeserializeOwned>(body: Bytes) -> Result<ResponseValue<T>, Error> {
    let response = Response::new(http::StatusCode::OK, http::HeaderMap::new(), body);
    ResponseValue::from_response(response).await
}

/// A response and its headers.
fn debug_of<T: Debug>(response: &ResponseValue<T>) -> String {
    format!("{response:?} {:?}", **response)
}

type Map<R> = fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>;

fn list<L: ListOperation<Record: Debug, Body: Debug>>(
    response: &[u8],
    typed: fn(&L::Record) -> String,
    map: Map<L::Record>,
) -> Result<Vec<Seen>, Error> {
    let body = Bytes::copy_from_slice(response);
    let debug = Arc::default();
    let given = Given::<L> { body, debug: Arc::clone(&debug), operation: PhantomData };
    let page = given.pages().next().now_or_never().expect("the response is at hand");
    let page = page.expect("a list has a first page")?;
    let debug = format!("{page:?} {}", debug.get().map_or("", String::as_str));
    Ok(page.records.into_iter().map(|record| seen(record, &debug, typed, map)).collect())
}

fn single<T: DeserializeOwned + Debug, R: Record + Debug>(
    response: &[u8],
    open: fn(T) -> Option<Lenient<R>>,
    typed: fn(&R) -> String,
    map: Map<R>,
) -> Result<Vec<Seen>, Error> {
    let body = Bytes::copy_from_slice(response);
    let response = decode::<T>(body).now_or_never();
    let response = response.expect("the response is at hand")?;
    let debug = debug_of(&response);
    let record = open(response.into_inner());
    Ok(record.into_iter().map(|record| seen(record, &debug, typed, map)).collect())
}

fn seen<R: Record + Debug>(
    record: Lenient<R>,
    around: &str,
    typed: fn(&R) -> String,
    map: Map<R>,
) -> Seen {
    let debug = format!("{around} {record:?} {:?}", record.get());
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
    Seen { raw, secrets: R::SECRET_FIELDS, issues, typed, debug, call, warnings }
}

/// A call's fields, but those the checks look at by themselves.
pub fn fields(call: &str) -> Fields<'_> {
    let mut fields: Fields = serde_json::from_str(call).expect("a call is an object");
    fields.retain(|name, _| !matches!(*name, "raw" | "warnings"));
    fields
}

/// The record as JSON.
pub fn json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("a record serialises")
}

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        $(mod $vendor;)*
        static VENDORS: &[(&str, Operations)] = &[$(($name, $vendor::OPERATIONS)),*];
    };
}
callfold_unify::each_vendor!(vendors);

/// The operations whose responses hold records, of all vendors.
pub fn all() -> impl Iterator<Item = &'static Operation> {
    VENDORS.iter().flat_map(|(_, operations)| operations.records)
}

/// The operations of a vendor whose responses hold no record.
pub fn extras(vendor: &str) -> impl Iterator<Item = &'static Extra> {
    let found = VENDORS.iter().filter(move |(name, _)| *name == vendor);
    found.flat_map(|(_, operations)| operations.extras)
}
