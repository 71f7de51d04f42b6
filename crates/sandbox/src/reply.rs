//! Answers: how they are put together, whatever the vendor.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

/// A request, its body read.
pub type Request = http::Request<Bytes>;

/// A response, whole.
pub type Response = http::Response<Bytes>;

/// Which operation answered, carried by the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The vendor, or `sandbox` for what is no vendor's.
    pub owner: &'static str,
    /// Named as in the client crates (`list_calls`); `download_recording` for a recording in
    /// storage, `unknown` for a path or method nobody knows.
    pub name: &'static str,
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => answer(status, "application/json", text.into()),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// 200 with a JSON body.
pub(crate) fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// An answer with a plain text body.
pub(crate) fn plain(status: StatusCode, text: String) -> Response {
    answer(status, "text/plain; charset=utf-8", text.into())
}

/// An answer with the given body.
pub(crate) fn answer(status: StatusCode, media_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, media_type);
    response
}

/// Sets a header; a value that is no header text is left out.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Notes which operation answered; the owner is filled in by [`owned`].
pub(crate) fn by(name: &'static str, mut response: Response) -> Response {
    let owner = "sandbox";
    response.extensions_mut().insert(Operation { owner, name });
    response
}

/// Notes whose operation answered.
pub(crate) fn owned(owner: &'static str, mut response: Response) -> Response {
    if let Some(operation) = response.extensions_mut().get_mut::<Operation>() {
        operation.owner = owner;
    }
    response
}

/// The path's parts between slashes, decoded.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect()
}

/// The query's pairs, decoded as forms are: `+` is a space.
pub(crate) fn query(request: &Request) -> Vec<(String, String)> {
    let text = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
