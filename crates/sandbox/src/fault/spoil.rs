//! What becomes of an answer that a fault hits.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, LOCATION, RETRY_AFTER};
use serde_json::json;

use super::pick::Picked;
use super::{Body, Fault, pages};
use crate::reply::{self, Operation, Request, Response, answer, plain, set};
use crate::service::Service;

/// A body that drips comes in so many pieces, so far apart.
const DRIPS: usize = 16;
const DRIP: Duration = Duration::from_millis(40);
/// So many pages back the last one is looked for, where a list has no end.
const PAGES_BACK: usize = 64;

const ERROR_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>\n\
    <body><h1>502 Bad Gateway</h1><p>The upstream server did not answer.</p></body></html>\n";

/// What reaches the client.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// An answer.
    Answer(http::Response<Body>),
    /// The end of the connection, in no orderly way.
    Reset,
    /// Nothing, as long as the client waits.
    Silence,
}

/// Does to an answer what the fault says; redirections lead to the URL `elsewhere`.
pub(crate) fn spoil(
    picked: &Picked,
    service: &Service,
    elsewhere: &str,
    request: &Request,
    response: Response,
) -> Delivery {
    let html = "text/html; charset=utf-8";
    let operation = response.extensions().get::<Operation>().copied();
    let changed = match picked.fault {
        Fault::Reset => return Delivery::Reset,
        Fault::Stall => return Delivery::Silence,
        Fault::CutBody => return Delivery::Answer(response.map(|body| Body::cut(&body))),
        Fault::SlowDrip => {
            return Delivery::Answer(response.map(|body| Body::slow(&body, DRIPS, DRIP)));
        }
        Fault::RateLimit | Fault::RateLimitBare => {
            let body = json!({ "error": "rate limit exceeded" });
            let mut refusal = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
            if picked.fault == Fault::RateLimit {
                set(&mut refusal, RETRY_AFTER, "1");
            }
            refusal
        }
        Fault::Error500 => {
            let body = json!({ "error": "internal server error" });
            reply::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
        }
        Fault::Error502 => {
            answer(StatusCode::BAD_GATEWAY, html, Bytes::from_static(ERROR_PAGE.as_bytes()))
        }
        Fault::Error503 | Fault::Detail503Once => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "no server is available\n".to_owned())
        }
        Fault::Html => answer(StatusCode::OK, html, Bytes::from_static(ERROR_PAGE.as_bytes())),
        Fault::ExpiredLink => {
            let gone = picked.dice.one_in("gone", 2);
            let status = if gone { StatusCode::GONE } else { StatusCode::FORBIDDEN };
            reply::json(status, &json!({ "error": "the link has expired" }))
        }
        Fault::Redirect => {
            let mut found = plain(StatusCode::FOUND, String::new());
            set(&mut found, LOCATION, &location(elsewhere, request));
            found
        }
        Fault::HalfJson => response.map(|body| body.slice(..body.len() / 2)),
        Fault::Gzip | Fault::GzipCut => compressed(response, picked.fault == Fault::GzipCut),
        Fault::DuplicatePage => {
            let earlier = pages::earlier(picked.vendor.turn, request, 1);
            earlier.map_or(response, |request| service.respond(&request))
        }
        Fault::WrongTotal => edited(response, |page| pages::falsify_total(page, picked.steady)),
        Fault::Endless => endless(picked, service, request, response),
        Fault::OddPaging => edited(response, pages::respell),
        Fault::Recording403Once => {
            reply::json(StatusCode::FORBIDDEN, &json!({ "error": "forbidden" }))
        }
        // They are no answer's, and never picked.
        Fault::Drift
        | Fault::BadId
        | Fault::BadTime
        | Fault::OddByte
        | Fault::OldRowFirst
        | Fault::ShortPage
        | Fault::EmptyPage
        | Fault::LowTotal
        | Fault::HighTotal
        | Fault::ConstantTotal
        | Fault::DeleteAndInsert
        | Fault::DeleteOnly
        | Fault::PageCap => response,
    };
    let mut changed = changed.map(Body::whole);
    if let Some(operation) = operation {
        changed.extensions_mut().insert(operation);
    }
    Delivery::Answer(changed)
}

/// The same path elsewhere, without what could be a credential.
fn location(elsewhere: &str, request: &Request) -> String {
    let pairs = reply::query(request).into_iter().filter(|(name, _)| name != "token");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{elsewhere}{}{mark}{query}", request.uri().path())
}

fn compressed(mut response: Response, cut: bool) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Nothing can fail in memory; if it did, the answer stays as it is.
    let Ok(mut bytes) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) else {
        return response;
    };
    if cut {
        bytes.truncate(bytes.len() / 2);
    }
    *response.body_mut() = bytes.into();
    set(&mut response, CONTENT_ENCODING, "gzip");
    response
}

fn edited(mut response: Response, edit: impl FnOnce(&mut serde_json::Value)) -> Response {
    if let Some(mut page) = pages::parse(&response) {
        edit(&mut page);
        if let Ok(text) = serde_json::to_vec(&page) {
            *response.body_mut() = text.into();
        }
    }
    response
}

/// More pages are promised; where nothing is, a page behind the last is the last one again.
fn endless(picked: &Picked, service: &Service, request: &Request, response: Response) -> Response {
    let Some(mut page) = pages::parse(&response) else { return response };
    if pages::has_more(&mut page) {
        return edited(response, pages::promise_more);
    }
    let earlier = |back| pages::earlier(picked.vendor.turn, request, back);
    (1..PAGES_BACK)
        .map_while(|back| earlier(back).map(|request| service.respond(&request)))
        .find(|response| pages::parse(response).is_some_and(|page| !pages::is_empty(&page)))
        .unwrap_or(response)
}
