//! Applies faults to responses.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, LOCATION, RETRY_AFTER};
use serde_json::json;

use super::{InjectedFault, OutgoingBody, pages};
use crate::fault::Fault;
use crate::paging::PagingParams;
use crate::reply::{
    self, HttpResponse, MatchedOperation, Request, plain, response as response_of, set_header,
};
use crate::service::Service;

/// Pieces of a slow body, and the pause between them.
const DRIPS: usize = 16;
const DRIP_INTERVAL: Duration = Duration::from_millis(40);
/// How many pages back the last page of an endless list is searched.
const PAGES_BACK: usize = 64;

const ERROR_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>\n\
    <body><h1>502 Bad Gateway</h1><p>The upstream server did not answer.</p></body></html>\n";

/// What reaches the client.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// A response.
    Response(http::Response<OutgoingBody>),
    /// A reset of the connection.
    Reset,
    /// Nothing.
    Silence,
}

/// Applies a fault to a response; redirections lead to `redirect_url`.
pub(crate) fn apply_fault(
    injected: &InjectedFault,
    service: &Service,
    redirect_url: &str,
    request: &Request,
    response: HttpResponse,
) -> Delivery {
    let html = "text/html; charset=utf-8";
    let operation = response.extensions().get::<MatchedOperation>().copied();
    let changed = match injected.fault {
        Fault::Reset => return Delivery::Reset,
        Fault::Stall => return Delivery::Silence,
        Fault::CutBody => return Delivery::Response(response.map(|body| OutgoingBody::cut(&body))),
        Fault::SlowDrip => {
            return Delivery::Response(
                response.map(|body| OutgoingBody::slow(&body, DRIPS, DRIP_INTERVAL)),
            );
        }
        Fault::RateLimit | Fault::RateLimitBare => {
            let body = json!({ "error": "rate limit exceeded" });
            let mut refusal = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
            if injected.fault == Fault::RateLimit {
                set_header(&mut refusal, RETRY_AFTER, "1");
            }
            refusal
        }
        Fault::Error500 => {
            let body = json!({ "error": "internal server error" });
            reply::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
        }
        Fault::Error502 => {
            response_of(StatusCode::BAD_GATEWAY, html, Bytes::from_static(ERROR_PAGE.as_bytes()))
        }
        Fault::Error503 | Fault::Detail503Once => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "no server is available\n".to_owned())
        }
        Fault::Html => response_of(StatusCode::OK, html, Bytes::from_static(ERROR_PAGE.as_bytes())),
        Fault::ExpiredLink => {
            let gone = injected.rng.one_in("gone", 2);
            let status = if gone { StatusCode::GONE } else { StatusCode::FORBIDDEN };
            reply::json(status, &json!({ "error": "the link has expired" }))
        }
        Fault::ExpiredToken => match injected.vendor.rejection {
            Some(rejection) => rejection(),
            None => response,
        },
        Fault::Redirect => {
            let mut found = plain(StatusCode::FOUND, String::new());
            set_header(&mut found, LOCATION, &location(redirect_url, request));
            found
        }
        Fault::HalfJson => response.map(|body| body.slice(..body.len() / 2)),
        Fault::Gzip | Fault::GzipCut => compressed(response, injected.fault == Fault::GzipCut),
        Fault::DuplicatePage => {
            let earlier = injected.vendor.paging.earlier(request, 1);
            earlier.map_or(response, |request| service.respond(&request))
        }
        Fault::WrongTotal => {
            edited(response, |page| pages::falsify_total(page, injected.vendor_rng))
        }
        Fault::Endless => endless(injected, service, request, response),
        Fault::OddPaging => edited(response, pages::mistype),
        Fault::Recording403Once => {
            reply::json(StatusCode::FORBIDDEN, &json!({ "error": "forbidden" }))
        }
        // Faults of records, lists and calls are applied to the data.
        _ => response,
    };
    let mut changed = changed.map(OutgoingBody::complete);
    if let Some(operation) = operation {
        changed.extensions_mut().insert(operation);
    }
    Delivery::Response(changed)
}

/// The same path at the redirect target, without the credential of the query.
fn location(redirect_url: &str, request: &Request) -> String {
    let pairs = reply::query(request).into_iter().filter(|(name, _)| name != "token");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{redirect_url}{}{mark}{query}", request.uri().path())
}

fn compressed(mut response: HttpResponse, cut: bool) -> HttpResponse {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail; if it did, the response stays unchanged.
    let Ok(mut bytes) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) else {
        return response;
    };
    if cut {
        bytes.truncate(bytes.len() / 2);
    }
    *response.body_mut() = bytes.into();
    set_header(&mut response, CONTENT_ENCODING, "gzip");
    response
}

fn edited(mut response: HttpResponse, edit: impl FnOnce(&mut serde_json::Value)) -> HttpResponse {
    if let Some(mut page) = pages::parse(&response) {
        edit(&mut page);
        if let Ok(text) = serde_json::to_vec(&page) {
            *response.body_mut() = text.into();
        }
    }
    response
}

/// Announces more pages; where pages announce nothing, repeats the last page. The last page of a
/// list by token names itself as the next.
fn endless(
    injected: &InjectedFault,
    service: &Service,
    request: &Request,
    response: HttpResponse,
) -> HttpResponse {
    let Some(mut page) = pages::parse(&response) else { return response };
    let paging = injected.vendor.paging;
    let token = match paging {
        PagingParams::Token { next, .. } => paging.position(request).map(|token| (next, token)),
        _ => None,
    };
    if token.is_some() || pages::has_more(&mut page) {
        return edited(response, |page| {
            pages::promise_more(page);
            if let Some((pointer, token)) = token {
                pages::set_token(page, pointer, token);
            }
        });
    }
    let earlier = |back| paging.earlier(request, back);
    (1..PAGES_BACK)
        .map_while(|back| earlier(back).map(|request| service.respond(&request)))
        .find(|response| pages::parse(response).is_some_and(|page| !pages::is_empty(&page)))
        .unwrap_or(response)
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Fault, InjectedFault, apply_fault};
    use crate::hash_rng::HashRng;
    use crate::paging::PagingParams;
    use crate::registry::vaani;
    use crate::reply::{HttpResponse, json, ok};
    use crate::vendor::VendorProfile;
    use crate::{Dataset, DatasetOptions, Service};
    use http::StatusCode;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    static BY_TOKEN: VendorProfile = VendorProfile {
        paging: PagingParams::Token { parameter: "cursor", next: "/paging/next" },
        rejection: Some(|| json(StatusCode::GONE, &json!({ "error": "expired" }))),
        ..vaani::VENDOR
    };

    async fn delivered(fault: Fault, response: HttpResponse) -> (StatusCode, Value) {
        let service = Service::new(Dataset::new(DatasetOptions::default()), "");
        let request = http::Request::get("/calls?cursor=abc").body(bytes::Bytes::new()).unwrap();
        let rng = HashRng::new(1);
        let injected = InjectedFault { fault, rng, vendor_rng: rng, vendor: &BY_TOKEN };
        let delivery = apply_fault(&injected, &service, "", &request, response);
        let Delivery::Response(response) = delivery else { panic!("no response") };
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn list_by_token_names_its_last_page_as_the_next() {
        let page = json!({ "calls": [1], "paging": { "has_more": false } });
        let (status, page) = delivered(Fault::Endless, ok(&page)).await;
        let expected = json!({ "calls": [1], "paging": { "has_more": true, "next": "abc" } });
        assert_eq!((status, page), (StatusCode::OK, expected));
    }

    #[tokio::test]
    async fn expired_token_is_refused_as_the_vendor_does() {
        let (status, body) = delivered(Fault::ExpiredToken, ok(&json!([]))).await;
        assert_eq!((status, body), (StatusCode::GONE, json!({ "error": "expired" })));
    }
}
