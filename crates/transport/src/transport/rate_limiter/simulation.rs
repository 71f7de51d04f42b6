//! The pace towards vendors that limit requests in different ways, in paused time.

use super::*;
use http::{HeaderMap, HeaderValue};
use std::fmt::Write;

/// How a vendor limits its requests.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    /// A token bucket that holds a second's worth.
    Bucket,
    /// So many in each second of the clock.
    Window,
    /// So many at once.
    AtOnce,
    /// None are refused: requests wait for their turn.
    Queue,
}

struct Vendor {
    limit: Limit,
    /// Requests that it allows a second.
    allowed: f64,
    headers: bool,
    latency: Duration,
    begin: Instant,
    state: Mutex<VendorState>,
}

#[derive(Default)]
struct VendorState {
    tokens: f64,
    at: f64,
    window: u64,
    used: u64,
    running: usize,
    queue_ends: f64,
    requests: u64,
}

impl Vendor {
    fn new(limit: Limit, allowed: u32, headers: bool) -> Arc<Self> {
        let latency = match (limit, allowed) {
            (Limit::AtOnce, 5) => 1000,
            (Limit::AtOnce, 20) => 500,
            (Limit::AtOnce, _) => 200,
            _ => 150,
        };
        let (allowed, latency) = (f64::from(allowed), Duration::from_millis(latency));
        let state = VendorState { tokens: allowed, ..VendorState::default() };
        let begin = Instant::now();
        Arc::new(Self { limit, allowed, headers, latency, begin, state: Mutex::new(state) })
    }

    /// Whether a request that arrives now is accepted, how long its response takes,
    /// how many more are allowed, and for how long.
    fn accept(&self) -> (bool, Duration, f64, f64) {
        let now = self.begin.elapsed().as_secs_f64();
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        // Up to a tenth more or less.
        let jitter =
            0.9 + 0.2 * (state.requests.wrapping_mul(2_654_435_761) % 1000) as f64 / 1000.0;
        let mut latency = self.latency.mul_f64(jitter);
        match self.limit {
            Limit::Bucket => {
                state.tokens = (state.tokens + (now - state.at) * self.allowed).min(self.allowed);
                state.at = now;
                let accepts = state.tokens >= 1.0;
                state.tokens -= f64::from(u8::from(accepts));
                let full = (self.allowed - state.tokens) / self.allowed;
                (accepts, latency, state.tokens.floor(), full)
            }
            Limit::Window => {
                if state.window != now as u64 {
                    (state.window, state.used) = (now as u64, 0);
                }
                let accepts = (state.used as f64) < self.allowed;
                state.used += u64::from(accepts);
                (accepts, latency, self.allowed - state.used as f64, 1.0 - now.fract())
            }
            Limit::AtOnce => {
                let most = (self.allowed * self.latency.as_secs_f64()).round() as usize;
                let accepts = state.running < most;
                state.running += usize::from(accepts);
                (accepts, latency, 0.0, 0.0)
            }
            Limit::Queue => {
                state.queue_ends = state.queue_ends.max(now) + 1.0 / self.allowed;
                latency += Duration::from_secs_f64(state.queue_ends - now);
                (true, latency, 0.0, 0.0)
            }
        }
    }

    /// One request: the status and the headers of its response.
    async fn request(&self) -> (bool, HeaderMap) {
        let (accepts, latency, remaining, reset) = self.accept();
        let latency = if accepts { latency } else { self.latency / 4 };
        tokio::time::sleep(latency).await;
        if self.limit == Limit::AtOnce && accepts {
            self.state.lock().unwrap().running -= 1;
        }
        let mut headers = HeaderMap::new();
        if self.headers {
            let mut set = |name, number: f64| {
                let text = number.to_string();
                headers.insert(name, HeaderValue::try_from(text).unwrap());
            };
            set("x-ratelimit-limit", self.allowed);
            set("x-ratelimit-remaining", remaining);
            set("x-ratelimit-reset", (reset * 1e3).ceil() / 1e3);
            if !accepts {
                set("retry-after-ms", (reset * 1e3).ceil());
            }
        }
        (accepts, headers)
    }
}

/// A request of one client: when it ended, whether it was accepted, how long it took.
struct Sent {
    at: f64,
    accepted: bool,
    took: f64,
}

/// A client with more to ask for than it may.
struct SimulatedClient {
    limiter: Arc<RateLimiter>,
    sent: Arc<Mutex<Vec<Sent>>>,
    tasks: tokio::task::JoinSet<()>,
}

impl SimulatedClient {
    const WORKERS: usize = 64;

    fn start(vendor: &Arc<Vendor>) -> Self {
        let limiter =
            RateLimiter::new(PaceBounds::new(PaceBounds::MAX_RATE, false, PaceBounds::MAX_SLOTS));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..Self::WORKERS {
            let (vendor, limiter, sent) = (vendor.clone(), limiter.clone(), sent.clone());
            tasks.spawn(async move {
                loop {
                    let permit = limiter.acquire().await;
                    let started = Instant::now();
                    let (accepted, headers) = vendor.request().await;
                    if let Some(quota) = QuotaHeaders::of(&headers) {
                        permit.note_quota(quota, Duration::from_secs(60));
                    }
                    if accepted {
                        permit.succeeded("list");
                    } else {
                        let hint = crate::transport::retry_after(&headers);
                        permit.complained(PaceReason::RateLimited, hint);
                    }
                    drop(permit);
                    let at = vendor.begin.elapsed().as_secs_f64();
                    let took = started.elapsed().as_secs_f64();
                    sent.lock().unwrap().push(Sent { at, accepted, took });
                }
            });
        }
        Self { limiter, sent, tasks }
    }
}

/// What one client got in a span of time.
#[derive(Debug)]
struct Share {
    accepted_per_s: f64,
    refused: f64,
    sent: f64,
    slowest_tenth: f64,
}

fn share(reader: &SimulatedClient, from: f64, to: f64) -> Share {
    let sent = reader.sent.lock().unwrap();
    let sent: Vec<_> = sent.iter().filter(|sent| (from..to).contains(&sent.at)).collect();
    let accepted = sent.iter().filter(|sent| sent.accepted).count() as f64;
    let mut took: Vec<_> = sent.iter().filter(|sent| sent.accepted).map(|sent| sent.took).collect();
    took.sort_by(f64::total_cmp);
    Share {
        accepted_per_s: accepted / (to - from),
        refused: sent.len() as f64 - accepted,
        sent: sent.len() as f64,
        slowest_tenth: took.get(took.len() * 9 / 10).copied().unwrap_or_default(),
    }
}

/// The pace is found within this time, in seconds.
const SETTLED: f64 = 10.0;
/// How long it is watched from there on.
const WATCHED: f64 = 180.0;

/// What one or two clients got from a vendor, as shares of what it allows.
struct SimulationResult {
    early: f64,
    pace: f64,
    refused: f64,
    smaller: f64,
    slowest_tenth: f64,
    paces: Vec<Pace>,
}

async fn read(limit: Limit, allowed: u32, headers: bool, clients: usize) -> SimulationResult {
    let vendor = Vendor::new(limit, allowed, headers);
    let mut readers = Vec::new();
    // The second comes when the first has found its pace.
    for _ in 0..clients {
        readers.push(SimulatedClient::start(&vendor));
        tokio::time::sleep(Duration::from_secs_f64(SETTLED)).await;
    }
    let from = vendor.begin.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs_f64(WATCHED)).await;
    readers.iter_mut().for_each(|reader| reader.tasks.abort_all());
    let sum = |to: f64, of: fn(&Share) -> f64| -> f64 {
        readers.iter().map(|reader| of(&share(reader, from, to))).sum()
    };
    let (end, accepted) = (from + WATCHED, |share: &Share| share.accepted_per_s);
    let shares: Vec<_> = readers.iter().map(|reader| share(reader, from, end)).collect();
    let all = sum(end, accepted);
    SimulationResult {
        early: sum(from + SETTLED, accepted) / f64::from(allowed),
        pace: all / f64::from(allowed),
        refused: sum(end, |share| share.refused) / sum(end, |share| share.sent),
        smaller: shares.iter().map(|share| share.accepted_per_s / all).fold(1.0, f64::min),
        slowest_tenth: shares.iter().map(|share| share.slowest_tenth).fold(0.0, f64::max),
        paces: readers.iter().map(|reader| reader.limiter.pace()).collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn pace_finds_what_each_vendor_allows() {
    let mut table = String::from(
        "| limit | allowed/s | headers | clients | pace, 10-20 s | pace, 10-190 s | refused | \
         smaller share | slowest tenth |\n|---|---:|---|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut misses = String::new();
    let limits = [
        (Limit::Bucket, false),
        (Limit::Bucket, true),
        (Limit::Window, false),
        (Limit::Window, true),
        (Limit::AtOnce, false),
        (Limit::Queue, false),
    ];
    for (limit, headers) in limits {
        for (allowed, clients) in [(5, 1), (20, 1), (100, 1), (5, 2), (20, 2), (100, 2)] {
            let got = read(limit, allowed, headers, clients).await;
            let percent = |share: f64| format!("{:.1} %", share * 100.0);
            let row = format!(
                "| {limit:?} | {allowed} | {headers} | {clients} | {} | {} | {} | {} | {:.2} s |",
                percent(got.early),
                percent(got.pace),
                percent(got.refused),
                percent(got.smaller),
                got.slowest_tenth,
            );
            writeln!(table, "{row}").unwrap();
            // Of five a second for two, one refused in 50 s is 0.8 %.
            let most_refused = if (allowed, clients) == (5, 2) { 0.025 } else { 0.01 };
            let is_met = (0.8..1.2).contains(&got.early)
                && (0.8..1.2).contains(&got.pace)
                && got.refused <= most_refused
                && got.smaller >= 0.1;
            if !is_met {
                writeln!(misses, "{row} {:?}", got.paces).unwrap();
            }
        }
    }
    println!("{table}");
    assert!(misses.is_empty(), "\n{misses}");
}
