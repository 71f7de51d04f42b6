//! Each fault on the wire.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use callfold_sandbox::{Fault, Faults, Rate, Sandbox, SandboxOptions};
use flate2::read::GzDecoder;
use http::HeaderMap;

use super::headers;
use super::raw_client::{Answer, ask, ask_url, ask_with, connect, read};

const LIST: &str = "/zudu/api/calls?page=1&limit=50";
/// A list of each vendor, its second page.
pub(crate) const LISTS: [&str; 5] = [
    "/vaani/api/call-history?page=2&page_size=50",
    "/ravan/api/v1/calling/call-sessions?page=2&page_size=50",
    "/vozagent/v1/calls?offset=50&limit=50",
    "/agentvoice/api/calls?offset=50&limit=50",
    LIST,
];

pub(crate) async fn sandbox(faults: &str) -> Sandbox {
    let options = SandboxOptions::default();
    let options = if faults.is_empty() { options } else { options.fault(faults).unwrap() };
    Sandbox::start(options).await.unwrap()
}

/// The response with the fault, and the one to the same request after it.
async fn hit(fault: Fault, path: &str) -> (Answer, Answer) {
    let sandbox = sandbox(&format!("{fault}=first:1")).await;
    let answers = (ask(&sandbox, path).await, ask(&sandbox, path).await);
    assert_eq!(sandbox.stats().faults(fault), 1);
    answers
}

#[tokio::test]
async fn no_fault_happens_by_default() {
    let sandbox = sandbox("").await;
    for path in LISTS.iter().cycle().take(50) {
        assert_eq!(ask(&sandbox, path).await.status(), 200);
    }
    let stats = sandbox.stats();
    assert!(stats.faults.is_empty() && stats.calls.is_empty() && sandbox.faults().is_none());
    assert_eq!((stats.requests, stats.epoch, stats.redirects.connections), (50, 0, 0));
}

#[tokio::test]
async fn error_faults_have_their_status_headers_and_bodies() {
    for (fault, status, media_type, retry_after) in [
        (Fault::RateLimit, 429, "application/json", Some("1")),
        (Fault::RateLimitBare, 429, "application/json", None),
        (Fault::Error500, 500, "application/json", None),
        (Fault::Error502, 502, "text/html; charset=utf-8", None),
        (Fault::Error503, 503, "text/plain; charset=utf-8", None),
        (Fault::Html, 200, "text/html; charset=utf-8", None),
    ] {
        let (bad, good) = hit(fault, LIST).await;
        assert_eq!(bad.status(), status, "{fault}");
        assert_eq!(bad.header("content-type").as_deref(), Some(media_type));
        assert_eq!(bad.header("retry-after").as_deref(), retry_after);
        assert_eq!(bad.body().len(), bad.announced());
        let html = bad.body().starts_with(b"<!DOCTYPE html>");
        assert_eq!(html, media_type.starts_with("text/html"));
        assert_eq!(good.json()["data"]["calls"].as_array().unwrap().len(), 50);
    }
}

#[tokio::test]
async fn reset_precedes_the_first_byte() {
    let (bad, good) = hit(Fault::Reset, LIST).await;
    assert!(bad.is_empty());
    assert_eq!((bad.end, good.end), (Some(ErrorKind::ConnectionReset), None));
    assert_eq!(good.status(), 200);
}

#[tokio::test]
async fn cut_body_ends_before_its_content_length() {
    for path in [LIST, &recording_path().await] {
        let (bad, good) = hit(Fault::CutBody, path).await;
        assert_eq!((bad.status(), bad.end), (200, None));
        assert_eq!(bad.announced(), good.announced());
        assert_eq!(bad.body(), &good.body()[..good.announced() / 2]);
    }
}

#[tokio::test]
async fn half_json_has_a_matching_content_length() {
    let (bad, good) = hit(Fault::HalfJson, LIST).await;
    assert_eq!((bad.status(), bad.announced()), (200, bad.body().len()));
    assert_eq!(bad.body(), &good.body()[..good.announced() / 2]);
    assert_eq!(bad.header("content-type").unwrap(), "application/json");
}

#[tokio::test]
async fn slow_body_is_complete_and_comes_in_pieces() {
    let (bad, good) = hit(Fault::SlowDrip, LIST).await;
    assert_eq!(bad.body(), good.body());
    assert!(bad.pieces > 8, "{}", bad.pieces);
    assert!(bad.took >= Duration::from_millis(15 * 40), "{:?}", bad.took);
}

#[tokio::test]
async fn stalled_request_ends_at_shutdown_without_delaying_it() {
    let sandbox = sandbox("stall=every:1").await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        stalled.push(connect(&sandbox, LIST, &super::keys("zudu")).await);
    }
    // All of them have been accepted once all are counted.
    while sandbox.stats().faults(Fault::Stall) < 20 {
        tokio::task::yield_now().await;
    }
    let stats = sandbox.stats();
    assert_eq!((stats.requests, stats.vendor("zudu")), (20, 0));
    let begin = Instant::now();
    sandbox.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    for stream in stalled {
        assert!(read(stream).await.is_empty());
    }
}

#[tokio::test]
async fn duplicate_page_is_the_previous_one() {
    let plain = sandbox("").await;
    let faulty = sandbox("duplicate-page=every:1").await;
    let before = [("page=2", "page=1"), ("page=1", "page=0"), ("offset=50", "offset=0")];
    for path in LISTS {
        let (from, to) = before.iter().find(|(from, _)| path.contains(from)).unwrap();
        let first = path.replace(from, to);
        let expected = ask(&plain, &first).await;
        // The records' links hold the port.
        let same = text(&expected).replace(plain.url(), faulty.url());
        assert_eq!(text(&ask(&faulty, path).await), same, "{path}");
        // There is none before the first.
        assert_eq!(ask(&faulty, &first).await.status(), 200);
    }
    assert_eq!(faulty.stats().faults(Fault::DuplicatePage), 5);
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[tokio::test]
async fn wrong_total_changes_every_announced_total() {
    let mut seen = Vec::new();
    for seed in 1..4 {
        let options = SandboxOptions::default().fault("wrong-total=every:1").unwrap();
        let sandbox = Sandbox::start(options.fault_seed(seed)).await.unwrap();
        for (path, pointer) in [
            (LISTS[0], "/pagination/total_count"),
            (LISTS[3], "/pagination/total"),
            (LISTS[4], "/data/pagination/total_count"),
        ] {
            let total = ask(&sandbox, path).await.json().pointer(pointer).unwrap().as_u64();
            seen.push(total.unwrap());
            let again = ask(&sandbox, path).await.json().pointer(pointer).unwrap().as_u64();
            assert_eq!(again, total);
        }
        for path in &LISTS[1..3] {
            ask(&sandbox, path).await.json();
        }
        assert_eq!(sandbox.stats().faults(Fault::WrongTotal), 6);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [133, 267]);
}

#[tokio::test]
async fn endless_lists_announce_more_or_repeat_their_last_page() {
    let sandbox = sandbox("endless=every:1").await;
    for (path, pointer) in [
        ("/vaani/api/call-history?page=9&page_size=50", "/pagination/has_next"),
        ("/agentvoice/api/calls?offset=900&limit=50", "/pagination/has_more"),
        ("/zudu/api/calls?page=9&limit=50", "/data/pagination/has_next_page"),
    ] {
        assert_eq!(ask(&sandbox, path).await.json().pointer(pointer), Some(&true.into()));
    }
    for (end, last) in [
        ("/vozagent/v1/calls?offset=200&limit=50", "/vozagent/v1/calls?offset=150&limit=50"),
        (
            "/ravan/api/v1/calling/call-sessions?page=7&page_size=50",
            "/ravan/api/v1/calling/call-sessions?page=4&page_size=50",
        ),
    ] {
        let last = ask(&sandbox, last).await;
        assert!(last.body().len() > 5_000);
        assert_eq!(ask(&sandbox, end).await.body(), last.body());
    }
    assert_eq!(sandbox.stats().faults(Fault::Endless), 5);
}

#[tokio::test]
async fn mistyped_paging_has_string_totals_and_number_flags() {
    let sandbox = sandbox("odd-paging").await;
    for (path, total, more) in [
        (LISTS[0], "/pagination/total_count", "/pagination/has_next"),
        (LISTS[3], "/pagination/total", "/pagination/has_more"),
        (LISTS[4], "/data/pagination/total_count", "/data/pagination/has_next_page"),
    ] {
        let page = ask(&sandbox, path).await.json();
        assert_eq!(page.pointer(total), Some(&"200".into()), "{path}");
        assert_eq!(page.pointer(more), Some(&1.into()), "{path}");
    }
    for path in &LISTS[1..3] {
        ask(&sandbox, path).await.json();
    }
    assert_eq!(sandbox.stats().faults(Fault::OddPaging), 3);
}

#[tokio::test]
async fn redirect_target_counts_what_reaches_it() {
    let sandbox = sandbox("redirect=first:1").await;
    let found = ask(&sandbox, LIST).await;
    assert_eq!(found.status(), 302);
    let location = found.header("location").unwrap();
    assert!(location.ends_with(LIST) && !location.starts_with(sandbox.url()), "{location}");
    let nobody = sandbox.stats().redirects;
    assert_eq!((nobody.connections, nobody.requests), (0, 0));
    assert_eq!(ask_url(&location, &super::keys("zudu")).await.status(), 403);
    assert_eq!(ask_url(&location, &HeaderMap::new()).await.status(), 403);
    let seen = sandbox.stats().redirects;
    assert_eq!((seen.connections, seen.requests), (2, 2));
    let credentials: Vec<_> = seen.credentials.into_iter().collect();
    assert_eq!(credentials, [("x-api-key", 1), ("x-api-secret", 1)]);
}

#[tokio::test]
async fn redirected_recording_is_served_without_credentials_only() {
    for vendor in ["ravan", "zudu"] {
        let sandbox = sandbox("redirect=first:1").await;
        let call = sandbox.dataset().truths(vendor).find(|call| call.recorded).unwrap();
        let path = match vendor {
            "ravan" => {
                format!("/ravan/api/v1/calling/sessions/{}/recording?token=sandbox-token", call.id)
            }
            _ => format!("/recordings/zudu/{}.mp4", call.id),
        };
        let url = |path: &str| format!("{}{path}", sandbox.url());
        let found = ask_url(&url(&path), &HeaderMap::new()).await;
        let location = found.header("location").unwrap();
        assert!(!location.contains("token"), "{location}");
        let moved = ask_url(&location, &HeaderMap::new()).await;
        let plain = ask_url(&url(&path), &HeaderMap::new()).await;
        assert_eq!((moved.status(), moved.body()), (200, plain.body()));
        assert!(sandbox.stats().redirects.credentials.is_empty());
    }
}

async fn recording_path() -> String {
    let dataset = Sandbox::start(SandboxOptions::default()).await.unwrap().dataset();
    let call = dataset.truths("vaani").find(|call| call.recorded).unwrap();
    format!("/vaani/api/stream/{}", call.id)
}

#[tokio::test]
async fn expired_link_works_after_its_call_is_requested_again() {
    let sandbox = sandbox("expired-link=first:1").await;
    let dataset = sandbox.dataset();
    let mut recorded = dataset.truths("zudu").filter(|call| call.recorded);
    let (one, other) = (recorded.next().unwrap(), recorded.next().unwrap());
    let url = |call: &callfold_sandbox::Truth| {
        format!("{}/recordings/zudu/{}.mp4", sandbox.url(), call.id)
    };
    let fetch = async |call| ask_url(&url(call), &HeaderMap::new()).await.status();
    let refused = fetch(&one).await;
    assert!(matches!(refused, 403 | 410), "{refused}");
    assert_eq!(fetch(&other).await, 200);
    assert_ne!(fetch(&one).await, 200);
    let single = format!("/zudu/api/calls/{}", other.id);
    assert_eq!(ask(&sandbox, &single).await.status(), 200);
    assert_ne!(fetch(&one).await, 200);
    let single = format!("/zudu/api/calls/{}", one.id);
    assert_eq!(ask(&sandbox, &single).await.status(), 200);
    assert_eq!(fetch(&one).await, 200);
    assert_eq!(sandbox.stats().faults(Fault::ExpiredLink), 3);
}

#[tokio::test]
async fn bodies_are_compressed_only_for_clients_that_accept_it() {
    let accepting = headers(&[("accept-encoding", "br, gzip")]);
    let sandbox = sandbox("gzip=first:1, gzip-cut=first:1").await;
    let plain = ask(&sandbox, LIST).await;
    assert_eq!(plain.header("content-encoding"), None);
    let packed = ask_with(&sandbox, LIST, &accepting).await;
    assert_eq!(packed.header("content-encoding").as_deref(), Some("gzip"));
    assert_eq!(packed.announced(), packed.body().len());
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.body()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body());
    let cut = ask_with(&sandbox, LIST, &accepting).await;
    assert_eq!(cut.announced(), cut.body().len());
    assert!(GzDecoder::new(cut.body()).read_to_end(&mut Vec::new()).is_err());
}

#[tokio::test]
async fn own_pages_of_the_sandbox_meet_no_fault() {
    let sandbox = sandbox("all=every:1").await;
    for path in
        ["/", "/_stats", "/_truth", "/_truth/zudu?deleted=true", "/nowhere", "/zudu/nowhere"]
    {
        let answer = ask_with(&sandbox, path, &HeaderMap::new()).await;
        let status = if path.ends_with("nowhere") { 404 } else { 200 };
        assert_eq!((answer.status(), answer.end), (status, None), "{path}");
    }
    assert!(sandbox.stats().faults.is_empty());
}

/// Which of 200 requests fail, by the requested page.
async fn failing(options: SandboxOptions, order: impl Iterator<Item = usize>) -> Vec<usize> {
    let sandbox = Sandbox::start(options).await.unwrap();
    let mut failed = Vec::new();
    for page in order {
        let path = format!("/vaani/api/call-history?page_size=5&page={}", page + 1);
        if ask(&sandbox, &path).await.status() == 500 {
            failed.push(page);
        }
    }
    failed.sort_unstable();
    failed
}

#[tokio::test]
async fn equal_seeds_fail_equal_requests_in_any_order() {
    let options = || SandboxOptions::default().fault("error-500=10%").unwrap();
    let failed = failing(options(), 0..200).await;
    assert!((8..36).contains(&failed.len()), "{failed:?}");
    assert_eq!(failing(options(), (0..200).rev()).await, failed);
    assert_ne!(failing(options().fault_seed(2), 0..200).await, failed);
    let every = SandboxOptions::default().fault("error-500=every:7").unwrap();
    let expected: Vec<usize> = (0..200).filter(|page| page % 7 == 6).collect();
    assert_eq!(failing(every, 0..200).await, expected);
}

#[tokio::test]
async fn faults_count_by_vendor_and_change_while_it_runs() {
    let sandbox = sandbox("error-503=every:2, reset=every:1@ravan").await;
    for path in LISTS.iter().chain(&LISTS) {
        ask(&sandbox, path).await;
    }
    let stats = sandbox.stats();
    assert_eq!((stats.faults(Fault::Error503), stats.faults(Fault::Reset)), (5, 1));
    assert_eq!(stats.answers["zudu"]["list_calls"], [(200, 1), (503, 1)].into());
    assert_eq!(stats.answers["ravan"]["list_call_sessions"], [(503, 1)].into());
    sandbox.set_faults(Faults::none().with(Fault::Error500, Rate::first(1)));
    assert_eq!(sandbox.faults().to_string(), "error-500=first:1");
    assert_eq!(
        [ask(&sandbox, LIST).await.status(), ask(&sandbox, LIST).await.status()],
        [500, 200]
    );
    let shown = ask_with(&sandbox, "/_stats", &HeaderMap::new()).await.json();
    assert_eq!(shown["faults"]["zudu"], serde_json::json!({ "error-500": 1, "error-503": 1 }));
    assert_eq!(shown["faults"]["ravan"], serde_json::json!({ "reset": 1, "error-503": 1 }));
}
