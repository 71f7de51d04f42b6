//! Requests and responses of all vendors: how they are read and built.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

/// A request, its body read.
pub type Request = http::Request<Bytes>;

/// A response with its complete body.
pub type HttpResponse = http::Response<Bytes>;

/// The operation that answered, an extension of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchedOperation {
    /// The vendor, or `sandbox` for the sandbox's own pages.
    pub owner: &'static str,
    /// Named as in the client crates (`list_calls`); `download_recording` for a recording in
    /// storage, `unknown` for an unknown path or method.
    pub name: &'static str,
}

/// Headers that carry a credential, which must never reach storage.
pub(crate) const CREDENTIAL_HEADERS: [&str; 6] =
    ["authorization", "cookie", "x-api-key", "x-api-secret", "x-organization-id", "xi-api-key"];

/// The response to a request that cannot be served.
pub(crate) type Refusal = Box<HttpResponse>;

/// A response with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(body) {
        Ok(text) => response(status, "application/json", text.into()),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// 200 with a JSON body.
pub(crate) fn ok(body: &impl Serialize) -> HttpResponse {
    json(StatusCode::OK, body)
}

/// The object without those of its `optional` fields that are null.
pub(crate) fn omit_null(mut object: Value, optional: &[&str]) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|name, value| !value.is_null() || !optional.contains(&name.as_str()));
    }
    object
}

/// Adds fields to an object; those with the same name are replaced.
pub(crate) fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, more) {
        fields.extend(more);
    }
}

/// A response with a plain text body.
pub(crate) fn plain(status: StatusCode, text: String) -> HttpResponse {
    response(status, "text/plain; charset=utf-8", text.into())
}

/// A response with this body.
pub(crate) fn response(status: StatusCode, media_type: &'static str, body: Bytes) -> HttpResponse {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    set_header(&mut response, CONTENT_TYPE, media_type);
    response
}

/// Sets a header; a value that is not valid in a header is ignored.
pub(crate) fn set_header(response: &mut HttpResponse, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds the operation; [`with_owner`] sets its owner.
pub(crate) fn with_operation(name: &'static str, mut response: HttpResponse) -> HttpResponse {
    let owner = "sandbox";
    response.extensions_mut().insert(MatchedOperation { owner, name });
    response
}

/// Sets the owner of the operation.
pub(crate) fn with_owner(owner: &'static str, mut response: HttpResponse) -> HttpResponse {
    if let Some(operation) = response.extensions_mut().get_mut::<MatchedOperation>() {
        operation.owner = owner;
    }
    response
}

/// Another response to the same operation.
pub(crate) fn rejected(response: &HttpResponse, rejection: fn() -> HttpResponse) -> HttpResponse {
    let mut rejected = rejection();
    if let Some(operation) = response.extensions().get::<MatchedOperation>() {
        rejected.extensions_mut().insert(*operation);
    }
    rejected
}

/// The path's parts between slashes, decoded.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|data| !data.is_empty())
        .map(|data| percent_encoding::percent_decode_str(data).decode_utf8_lossy().into_owned())
        .collect()
}

/// The query's pairs, decoded as forms are: `+` is a space.
pub(crate) fn query(request: &Request) -> Vec<(String, String)> {
    let text = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
