//! Which response meets which fault.

use std::collections::{HashMap, HashSet};

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, RANGE};
use http::{HeaderName, Method, StatusCode};
use serde_json::Value;

use super::pages;
use crate::dataset::Dataset;
use crate::fault::{Fault, Faults, Scope};
use crate::hash_rng::{HashRng, hash};
use crate::paging::PagingParams;
use crate::registry::vendor;
use crate::reply::{self, HttpResponse, MatchedOperation, Request};
use crate::service::Service;
use crate::vendor::VendorProfile;

/// Operations that return a recording.
pub(crate) const RECORDINGS: [&str; 2] = ["download_recording", "stream_recording"];

/// Chooses the fault of each response.
#[derive(Debug, Default)]
pub(crate) struct FaultInjector {
    faults: Faults,
    /// Number of requests that a rule could have hit, by rule and vendor.
    counts: HashMap<(usize, &'static str), u64>,
    /// Number of equal requests, by fingerprint.
    repeats: HashMap<u64, u64>,
    /// Refusals of each single record and recording, by rule and path.
    refusals: HashMap<(usize, String), u64>,
    /// Number of pages after which calls could have vanished, by rule and vendor.
    pages: HashMap<(usize, &'static str), u64>,
    /// Ids of the calls whose recordings are refused until the call is requested again, by vendor.
    expired: HashSet<(&'static str, Vec<String>)>,
}

/// A fault of a response, and draws for its details.
pub(crate) struct InjectedFault {
    pub(crate) fault: Fault,
    pub(crate) rng: HashRng,
    /// The same draws for all requests to the vendor.
    pub(crate) vendor_rng: HashRng,
    pub(crate) vendor: &'static VendorProfile,
}

/// A change of a vendor's calls after a page of a list.
pub(crate) struct ListMutation {
    pub(crate) fault: Fault,
    pub(crate) vendor: &'static VendorProfile,
    pub(crate) rng: HashRng,
}

/// A request and its response, whose vendor and operation are known.
struct Exchange<'a> {
    request: &'a Request,
    response: &'a HttpResponse,
    vendor: &'static VendorProfile,
    operation: &'static str,
}

impl FaultInjector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The fault of a response, if any.
    pub(crate) fn next_fault(
        &mut self,
        service: &Service,
        request: &Request,
        response: &HttpResponse,
    ) -> Option<InjectedFault> {
        if self.faults.is_none() {
            return None;
        }
        let operation = response.extensions().get::<MatchedOperation>()?;
        let vendor = vendor(operation.owner).filter(|_| operation.name != "unknown")?;
        let exchange = Exchange { request, response, vendor, operation: operation.name };
        let fingerprint = exchange.fingerprint();
        let repeat = self.repeats.entry(fingerprint).or_default();
        let seed = HashRng::new(self.faults.seed);
        let draw = seed.nth(fingerprint).nth(*repeat);
        *repeat += 1;
        let vendor_rng = seed.derive(vendor.name);
        let injected = |fault: Fault| InjectedFault {
            fault,
            rng: draw.derive(fault.name()),
            vendor_rng,
            vendor,
        };
        if self.is_expired(&service.dataset(), &exchange) {
            return Some(injected(Fault::ExpiredLink));
        }
        for (index, rule) in self.faults.rules.iter().enumerate() {
            if !rule.is_at(vendor.name) || !exchange.can_meet(rule.fault) {
                continue;
            }
            let hit = if matches!(rule.fault, Fault::Detail503Once | Fault::Recording403Once) {
                let path = request.uri().path().to_owned();
                let refusals = self.refusals.entry((index, path)).or_default();
                *refusals += 1;
                rule.setting.rate().hits(*refusals - 1, draw)
            } else {
                let number = self.counts.entry((index, vendor.name)).or_default();
                *number += 1;
                rule.setting.rate().hits(*number - 1, draw.derive(rule.fault.name()))
            };
            if hit {
                if rule.fault == Fault::ExpiredLink {
                    self.expired.extend(exchange.recorded(&service.dataset()));
                }
                return Some(injected(rule.fault));
            }
        }
        None
    }

    /// The change of calls after a page that reached the client.
    pub(crate) fn next_mutation(&mut self, response: &HttpResponse) -> Option<ListMutation> {
        let operation = response.extensions().get::<MatchedOperation>()?;
        let vendor = vendor(operation.owner)?;
        let seed = HashRng::new(self.faults.seed).derive(vendor.name);
        for (index, rule) in self.faults.rules.iter().enumerate() {
            if rule.fault.scope() != Scope::Calls || !rule.is_at(vendor.name) {
                continue;
            }
            let number = self.pages.entry((index, vendor.name)).or_default();
            let rng = seed.derive(rule.fault.name()).nth(*number);
            *number += 1;
            if rule.setting.rate().hits(*number - 1, rng) {
                return Some(ListMutation { fault: rule.fault, vendor, rng });
            }
        }
        None
    }

    /// Whether the link of the requested recording has expired. Requesting its call renews it.
    fn is_expired(&mut self, dataset: &Dataset, exchange: &Exchange<'_>) -> bool {
        if self.expired.is_empty() {
            return false;
        }
        if exchange.is_recording() {
            return exchange.recorded(dataset).is_some_and(|call| self.expired.contains(&call));
        }
        let path = exchange.request.uri().path();
        let text = path.to_owned() + &String::from_utf8_lossy(exchange.response.body());
        let name = exchange.vendor.name;
        self.expired.retain(|(vendor, ids)| {
            *vendor != name || !ids.iter().any(|id| text.contains(id.as_str()))
        });
        false
    }
}

impl Exchange<'_> {
    /// Equal for equal requests.
    fn fingerprint(&self) -> u64 {
        let request = self.request;
        let range = request.headers().get(RANGE).map(|range| range.as_bytes());
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let mut text = format!("{} {target}\n", request.method()).into_bytes();
        text.extend_from_slice(range.unwrap_or_default());
        text.push(b'\n');
        text.extend_from_slice(request.body());
        hash(&text)
    }

    /// Whether the operation returns a page of a list.
    fn is_list(&self) -> bool {
        ["list_", "search_"].iter().any(|prefix| self.operation.starts_with(prefix))
    }

    fn is_recording(&self) -> bool {
        RECORDINGS.contains(&self.operation)
    }

    /// The call whose recording is requested.
    fn recorded(&self, dataset: &Dataset) -> Option<(&'static str, Vec<String>)> {
        let path = reply::segments(self.request.uri().path());
        let vendors = path.iter().rev().map(|data| data.split('.').next().unwrap_or(data));
        let call = vendors.take(2).find_map(|data| dataset.find(self.vendor.name, data))?;
        Some((self.vendor.name, [call.id].into_iter().chain(call.alternate_id).collect()))
    }

    fn header(&self, name: HeaderName) -> &str {
        let value = self.request.headers().get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether the fault would show in this response.
    fn can_meet(&self, fault: Fault) -> bool {
        let status = self.response.status();
        let has_body = self.request.method() != Method::HEAD && self.response.body().len() > 1;
        let media_type = self.response.headers().get(CONTENT_TYPE);
        let is_json = media_type.is_some_and(|value| value == "application/json")
            && status == StatusCode::OK
            && has_body;
        let is_list = is_json && self.is_list();
        let paging = self.vendor.paging;
        let is_behind_token =
            matches!(paging, PagingParams::Token { .. }) && paging.position(self.request).is_some();
        let earlier = || paging.earlier(self.request, 1).is_some();
        let shows = |check: &dyn Fn(&mut Value) -> bool| {
            is_list && pages::parse(self.response).is_some_and(|mut page| check(&mut page))
        };
        match fault {
            Fault::RateLimit
            | Fault::RateLimitBare
            | Fault::Error500
            | Fault::Error502
            | Fault::Error503
            | Fault::Reset
            | Fault::Stall
            | Fault::Redirect => true,
            Fault::CutBody | Fault::SlowDrip => has_body,
            Fault::HalfJson | Fault::Html => is_json,
            Fault::Gzip | Fault::GzipCut => {
                is_json && self.header(ACCEPT_ENCODING).to_ascii_lowercase().contains("gzip")
            }
            Fault::ExpiredLink => self.is_recording() && status.is_success(),
            Fault::DuplicatePage => is_list && earlier(),
            Fault::WrongTotal => shows(&pages::has_total),
            Fault::Endless => shows(&|page| match paging {
                PagingParams::Token { next, .. } => {
                    is_behind_token && !pages::has_token(page, next)
                }
                PagingParams::Key { .. } => pages::has_more(page),
                _ => pages::has_more(page) || (pages::is_empty(page) && earlier()),
            }),
            Fault::ExpiredToken => is_list && is_behind_token && self.vendor.rejection.is_some(),
            Fault::OddPaging => shows(&|page| pages::has_total(page) || pages::has_more(page)),
            Fault::Detail503Once => status.is_success() && !self.is_list() && !self.is_recording(),
            Fault::Recording403Once => self.is_recording() && status.is_success(),
            _ => {
                debug_assert_ne!(fault.scope(), Scope::Response);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exchange, Fault};
    use crate::paging::PagingParams;
    use crate::registry::vaani;
    use crate::reply::{json, ok};
    use crate::vendor::VendorProfile;
    use http::StatusCode;
    use serde_json::json;

    static BY_TOKEN: VendorProfile = VendorProfile {
        paging: PagingParams::Token { parameter: "cursor", next: "/next" },
        rejection: Some(|| json(StatusCode::BAD_REQUEST, &"expired")),
        ..vaani::VENDOR
    };
    static BY_KEY: VendorProfile = VendorProfile {
        paging: PagingParams::Key { parameter: "cursor", is_inclusive: false },
        ..vaani::VENDOR
    };

    #[test]
    fn only_pages_behind_a_token_meet_its_faults() {
        let (middle, last) = (json!({ "calls": [1], "next": "b" }), json!({ "calls": [2] }));
        let empty = json!({ "calls": [] });
        for (vendor, target, page, met) in [
            (&BY_TOKEN, "/calls", &middle, &[][..]),
            (&BY_TOKEN, "/calls", &last, &[]),
            (&BY_TOKEN, "/calls?cursor=a", &middle, &[Fault::DuplicatePage, Fault::ExpiredToken]),
            (
                &BY_TOKEN,
                "/calls?cursor=a",
                &last,
                &[Fault::DuplicatePage, Fault::Endless, Fault::ExpiredToken],
            ),
            (&BY_KEY, "/calls?cursor=a", &middle, &[Fault::DuplicatePage]),
            (&BY_KEY, "/calls?cursor=a", &empty, &[Fault::DuplicatePage]),
        ] {
            let request = http::Request::get(target).body(bytes::Bytes::new()).unwrap();
            let exchange = Exchange {
                request: &request,
                response: &ok(page),
                vendor,
                operation: "list_calls",
            };
            let faults = [Fault::DuplicatePage, Fault::Endless, Fault::ExpiredToken];
            let found: Vec<_> =
                faults.into_iter().filter(|fault| exchange.can_meet(*fault)).collect();
            assert_eq!(found, met, "{target} {page} {:?}", vendor.paging);
        }
    }
}
