//! Which answer meets which fault.

use std::collections::{HashMap, HashSet};

use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, RANGE};
use http::{HeaderName, Method, StatusCode};

use super::{Fault, Faults, pages};
use crate::dice::Dice;
use crate::reply::{self, Operation, Request, Response};
use crate::service::Service;
use crate::vendor::Vendor;
use crate::vendors::vendor;
use crate::world::World;

/// Operations whose answer is a page of a list.
const LISTS: [&str; 4] = ["list_calls", "list_call_sessions", "list_phone_history", "search_calls"];
/// Operations whose answer is a recording.
pub(crate) const RECORDINGS: [&str; 2] = ["download_recording", "stream_recording"];

/// Counts requests and draws for them.
#[derive(Debug, Default)]
pub(crate) struct Picker {
    faults: Faults,
    /// By rule and vendor, how many requests it could have hit.
    counts: HashMap<(usize, &'static str), u64>,
    /// How often each request came.
    repeats: HashMap<u64, u64>,
    /// How often each single record and recording was refused, by rule and path.
    refusals: HashMap<(usize, String), u64>,
    /// By rule and vendor, after how many pages calls could have vanished.
    pages: HashMap<(usize, &'static str), u64>,
    /// Ids of the calls, by vendor, whose recordings are refused until they are asked for again.
    expired: HashSet<(&'static str, Vec<String>)>,
}

/// A fault that hits an answer, and draws for its details.
pub(crate) struct Picked {
    pub(crate) fault: Fault,
    pub(crate) dice: Dice,
    /// Draws that are the same for all requests to the vendor.
    pub(crate) steady: Dice,
    pub(crate) vendor: &'static Vendor,
}

/// What happens to a vendor's calls after a page of a list.
pub(crate) struct Churn {
    pub(crate) fault: Fault,
    pub(crate) vendor: &'static Vendor,
    pub(crate) dice: Dice,
}

/// A request and its answer, whose vendor and operation are known.
struct Exchange<'a> {
    request: &'a Request,
    response: &'a Response,
    vendor: &'static Vendor,
    operation: &'static str,
}

impl Picker {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The fault that hits an answer, if one does.
    pub(crate) fn pick(
        &mut self,
        service: &Service,
        request: &Request,
        response: &Response,
    ) -> Option<Picked> {
        if self.faults.is_none() {
            return None;
        }
        let operation = response.extensions().get::<Operation>()?;
        let vendor = vendor(operation.owner).filter(|_| operation.name != "unknown")?;
        let exchange = Exchange { request, response, vendor, operation: operation.name };
        let print = exchange.print();
        let repeat = self.repeats.entry(print).or_default();
        let seed = Dice::new(self.faults.seed);
        let draw = seed.nth(print).nth(*repeat);
        *repeat += 1;
        let steady = seed.of(vendor.name);
        let picked = |fault: Fault| Picked { fault, dice: draw.of(fault.name()), steady, vendor };
        if self.is_expired(&service.world(), &exchange) {
            return Some(picked(Fault::ExpiredLink));
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
                rule.setting.rate().hits(*number - 1, draw.of(rule.fault.name()))
            };
            if hit {
                if rule.fault == Fault::ExpiredLink {
                    self.expired.extend(exchange.recorded(&service.world()));
                }
                return Some(picked(rule.fault));
            }
        }
        None
    }

    /// What happens to the calls after a page that reached the client.
    pub(crate) fn churn(&mut self, response: &Response) -> Option<Churn> {
        let operation = response.extensions().get::<Operation>()?;
        let vendor = vendor(operation.owner)?;
        let seed = Dice::new(self.faults.seed).of(vendor.name);
        for (index, rule) in self.faults.rules.iter().enumerate() {
            let churns = matches!(rule.fault, Fault::DeleteAndInsert | Fault::DeleteOnly);
            if !churns || !rule.is_at(vendor.name) {
                continue;
            }
            let number = self.pages.entry((index, vendor.name)).or_default();
            let dice = seed.of(rule.fault.name()).nth(*number);
            *number += 1;
            if rule.setting.rate().hits(*number - 1, dice) {
                return Some(Churn { fault: rule.fault, vendor, dice });
            }
        }
        None
    }

    /// Whether it asks for a recording whose link has expired. One whose call is asked for is
    /// good again.
    fn is_expired(&mut self, world: &World, exchange: &Exchange<'_>) -> bool {
        if self.expired.is_empty() {
            return false;
        }
        if exchange.is_recording() {
            return exchange.recorded(world).is_some_and(|call| self.expired.contains(&call));
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
    /// Tells requests apart.
    fn print(&self) -> u64 {
        let request = self.request;
        let range = request.headers().get(RANGE).map(|range| range.as_bytes());
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let mut text = format!("{} {target}\n", request.method()).into_bytes();
        text.extend_from_slice(range.unwrap_or_default());
        text.push(b'\n');
        text.extend_from_slice(request.body());
        crate::dice::hash(&text)
    }

    fn is_recording(&self) -> bool {
        RECORDINGS.contains(&self.operation)
    }

    /// The call whose recording is asked for.
    fn recorded(&self, world: &World) -> Option<(&'static str, Vec<String>)> {
        let path = reply::segments(self.request.uri().path());
        let parts = path.iter().rev().map(|part| part.split('.').next().unwrap_or(part));
        let call = parts.take(2).find_map(|part| world.find(self.vendor.name, part))?;
        Some((self.vendor.name, [call.id].into_iter().chain(call.alternate_id).collect()))
    }

    fn header(&self, name: HeaderName) -> &str {
        let value = self.request.headers().get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether the fault would show in this answer.
    fn can_meet(&self, fault: Fault) -> bool {
        let status = self.response.status();
        let has_body = self.request.method() != Method::HEAD && self.response.body().len() > 1;
        let media_type = self.response.headers().get(CONTENT_TYPE);
        let is_json = media_type.is_some_and(|value| value == "application/json")
            && status == StatusCode::OK
            && has_body;
        let is_list = is_json && LISTS.contains(&self.operation);
        let earlier = || pages::earlier(self.vendor.turn, self.request, 1).is_some();
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
            Fault::WrongTotal => {
                is_list
                    && pages::parse(self.response)
                        .is_some_and(|mut page| pages::has_total(&mut page))
            }
            Fault::Endless => {
                is_list
                    && pages::parse(self.response).is_some_and(|mut page| {
                        pages::has_more(&mut page) || (pages::is_empty(&page) && earlier())
                    })
            }
            Fault::OddPaging => {
                is_list
                    && pages::parse(self.response).is_some_and(|mut page| {
                        pages::has_total(&mut page) || pages::has_more(&mut page)
                    })
            }
            Fault::Detail503Once => {
                status.is_success() && !LISTS.contains(&self.operation) && !self.is_recording()
            }
            Fault::Recording403Once => self.is_recording() && status.is_success(),
            // Those are in the records already, in the page, or happen after it.
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
            | Fault::PageCap => false,
        }
    }
}
