//! A list operation, as a vendor crate describes it.

use super::{Page, PageRequest, PageWarning, Pages, Paging, Records};
use crate::decode::decode;
use crate::error::ErrorContext;
use crate::{Error, ErrorKind, Lenient, Record, ResponseValue};
use bytes::Bytes;
use callfold_record::runtime::{Mismatch, SchemaMismatch};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;

/// A list operation; implemented for a generated request builder.
pub trait ListOperation: Clone + Send + Sync {
    /// The generated record type.
    type Record: Record;
    /// The generated type of a whole page.
    type Body: DeserializeOwned + Send;
    /// How the list is paged.
    const PAGING: Paging;

    /// Sets the parameters that choose a page.
    #[must_use]
    fn with_page(self, request: &PageRequest) -> Self;

    /// Sends the request.
    fn fetch(self) -> impl Future<Output = Result<ResponseValue<Self::Body>, Error>> + Send;

    /// What a page holds.
    fn contents(body: Self::Body) -> PageContents<Self::Record>;
}

/// What a page holds: its records, and what it says about the list.
#[derive(Debug)]
pub struct PageContents<R> {
    pub(super) items: Option<Vec<Lenient<R>>>,
    pub(super) total: Option<u64>,
    pub(super) has_more: Option<bool>,
    pub(super) next_token: Option<String>,
    pub(super) newest_first: Option<bool>,
    /// Whether the spec has any of these.
    announces_end: bool,
}

impl<R> PageContents<R> {
    /// The records of a page; `None` if they are missing.
    pub fn new(items: impl Into<Option<Vec<Lenient<R>>>>) -> Self {
        Self {
            items: items.into(),
            total: None,
            has_more: None,
            next_token: None,
            newest_first: None,
            announces_end: false,
        }
    }

    /// How many records the vendor says there are. For lists whose spec has it,
    /// also if this page does not say; a negative number counts as unsaid.
    #[must_use]
    pub fn total(mut self, total: impl Into<Option<i64>>) -> Self {
        self.total = total.into().and_then(|total| total.try_into().ok());
        self.announces_end = true;
        self
    }

    /// Whether the vendor says more follow. For lists whose spec has it, also
    /// if this page does not say.
    #[must_use]
    pub fn has_more(mut self, has_more: impl Into<Option<bool>>) -> Self {
        self.has_more = has_more.into();
        self.announces_end = true;
        self
    }

    /// What the next page is requested with; `None` on the last page.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<Option<String>>) -> Self {
        self.next_token = token.into().filter(|token| !token.is_empty());
        self.announces_end = true;
        self
    }

    /// Whether the page says that it is sorted by start, newest first; `None`
    /// if it does not say.
    #[must_use]
    pub fn newest_first(mut self, newest_first: impl Into<Option<bool>>) -> Self {
        self.newest_first = newest_first.into();
        self
    }

    /// Whether the page says nothing of what follows although the spec has it.
    fn is_silent(&self) -> bool {
        let says = self.total.is_some() || self.has_more.is_some() || self.next_token.is_some();
        self.announces_end && !says
    }
}

/// Streams over any [`ListOperation`].
pub trait List: ListOperation {
    /// Fetches one page and takes it apart.
    ///
    /// # Errors
    ///
    /// The kinds of the request, and `Decode` for a page without its records.
    fn into_page(
        self,
        request: PageRequest,
    ) -> impl Future<Output = Result<Page<Self::Record>, Error>> + Send {
        async move {
            match self.with_page(&request).fetch().await {
                Ok(response) => opened::<Self>(response),
                Err(error) if error.kind() == ErrorKind::Decode => {
                    let bare = error
                        .body()
                        .and_then(|body| bare_page(error.context(), body, &Self::PAGING));
                    bare.ok_or(error)
                }
                Err(error) => Err(error),
            }
        }
    }

    /// The list as a stream of pages.
    fn pages<'a>(self) -> Pages<'a, Self::Record>
    where
        Self: 'a,
    {
        Pages::new(Self::PAGING, move |request| self.clone().into_page(request))
    }

    /// The list as a stream of records.
    fn records<'a>(self) -> Records<'a, Self::Record>
    where
        Self: 'a,
    {
        self.pages().into_records()
    }
}

impl<L: ListOperation> List for L {}

fn opened<L: ListOperation>(response: ResponseValue<L::Body>) -> Result<Page<L::Record>, Error> {
    let (status, headers) = (response.status(), response.headers().clone());
    let (body, had_invalid_utf8) = (response.body().clone(), response.had_invalid_utf8());
    let context = response.context().clone();
    let mut contents = L::contents(response.into_inner());
    let is_silent = contents.is_silent();
    if contents.items.is_none() && contents.total == Some(0) {
        contents.items = Some(Vec::new());
    }
    let mut page = match Page::from_contents(contents, &L::PAGING) {
        Some(page) => page,
        None => {
            // The body may have passed for another of the shapes it can have.
            if let Some(page) = bare_page(&context, &body, &L::PAGING) {
                return Ok(page);
            }
            if is_null_with_zero_total(&body, L::PAGING.items) {
                let mut page = Page::new(Vec::new());
                (page.context, page.total, page.bytes) = (context, Some(0), body.len());
                return Ok(page);
            }
            let mismatch = Mismatch::Type {
                expected: "an array of records".to_owned(),
                found: found_at(&body, L::PAGING.items),
                integral: false,
            };
            let path = L::PAGING.items.to_owned();
            let what = format!("the page has no records{}", members(&body));
            return Err(Error::plain(&context, ErrorKind::Decode, what)
                .with_place(SchemaMismatch { path, mismatch, record_id: None })
                .with_status(status, &headers)
                .with_body(body));
        }
    };
    (page.context, page.bytes) = (context, body.len());
    if is_silent {
        page.notes.push(PageWarning::NoPagination);
    }
    if had_invalid_utf8 {
        page.notes.push(PageWarning::NotUtf8);
    }
    Ok(page)
}

/// The JSON type of what stands where the records should.
fn found_at(body: &[u8], pointer: &str) -> &'static str {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    match value.as_ref().and_then(|value| value.pointer(pointer)) {
        Some(value) if value.is_null() => "null",
        Some(value) if value.is_object() => "object",
        Some(_) => "another type",
        None => "nothing",
    }
}

/// The names at the top level of a page, to compare with those in the spec.
fn members(body: &[u8]) -> String {
    let Ok(map) = serde_json::from_slice::<serde_json::Map<_, _>>(body) else {
        return String::new();
    };
    let plain = |name: &&String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let names: Vec<&str> = map.keys().filter(plain).take(8).map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!(", but {}", names.join(", ")) }
}

/// Whether the records are null because there are none: next to them, or one
/// level further down, a total of 0 says so.
fn is_null_with_zero_total(body: &[u8], pointer: &str) -> bool {
    const TOTALS: [&str; 3] = ["total", "total_count", "totalCount"];
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return false };
    let Some((parent, _)) = pointer.rsplit_once('/') else { return false };
    let zero = |object: &Value| {
        TOTALS.iter().any(|name| object.get(name).and_then(Value::as_i64) == Some(0))
    };
    value.pointer(pointer).is_some_and(Value::is_null)
        && value.pointer(parent).and_then(Value::as_object).is_some_and(|members| {
            TOTALS.iter().any(|name| members.get(*name).and_then(Value::as_i64) == Some(0))
                || members.values().any(zero)
        })
}

/// A page that came without the object around it is still a page.
fn bare_page<R: Record>(context: &ErrorContext, body: &Bytes, paging: &Paging) -> Option<Page<R>> {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return None;
    }
    let decoded = decode::<Vec<Lenient<R>>>(body).ok()?;
    context.count(decoded.counts);
    let mut page = Page::from_contents(PageContents::new(decoded.value), paging)?;
    (page.context, page.bytes) = (context.clone(), body.len());
    page.notes.push(PageWarning::BareArray);
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::{Bytes, ErrorContext, PageWarning, Paging, Record, bare_page};

    #[derive(Debug, serde::Deserialize)]
    struct Call {
        id: String,
    }

    impl Record for Call {
        const ID_FIELD: &'static str = "id";

        fn id(&self) -> &str {
            &self.id
        }
    }

    #[test]
    fn bare_page_of_a_list_by_key_leads_on() {
        let body = Bytes::from_static(br#"[{"id":"a","at":2},{"id":"b","at":1}]"#);
        let page = bare_page::<Call>(&ErrorContext::default(), &body, &Paging::key("/at"));
        let page = page.expect("a page");
        assert!(page.keys.is_some());
        assert_eq!(page.notes, [PageWarning::BareArray]);
    }
}
