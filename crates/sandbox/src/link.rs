//! Connections: what comes over them, and how it is answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::elsewhere::Elsewhere;
use crate::fault::{Body, Closed, Delivery, Fault, Faults, Listed, Picker, Wire, spoil};
use crate::life::Life;
use crate::options::SandboxOptions;
use crate::reply::{Operation, Request, Response, by, ok, plain};
use crate::service::Service;
use crate::stats::Stats;

/// Most bytes a request's body may have.
const MOST_BODY: usize = 1 << 20;
/// How long a shutdown waits for answers that are under way.
const PATIENCE: Duration = Duration::from_secs(5);
/// The world is looked after this often at most, in microseconds.
const GLANCE: u64 = 5_000;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) service: Service,
    elsewhere: Elsewhere,
    elsewhere_url: String,
    stats: Mutex<Stats>,
    latency: Duration,
    picker: Mutex<Picker>,
    begun: Instant,
    life: Option<Mutex<Clock>>,
}

/// The life of the world, and when it was looked at.
#[derive(Debug)]
struct Clock {
    life: Life,
    skipped: Duration,
    looked: u64,
    /// Nothing happens any more.
    held: bool,
}

/// Where a connection leads.
#[derive(Clone, Copy)]
enum Door {
    Api,
    Elsewhere,
}

pub(crate) async fn run(
    listener: TcpListener,
    decoy: TcpListener,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    // Aborted with this task, so that nothing outlives the sandbox.
    let mut connections = JoinSet::new();
    loop {
        let (accepted, door) = tokio::select! {
            accepted = listener.accept() => (accepted, Door::Api),
            accepted = decoy.accept() => (accepted, Door::Elsewhere),
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stopped.changed() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let link = Link { shared: Arc::clone(&shared), door, stopped: stopped.clone() };
                connections.spawn(link.serve(stream, graceful.watcher()));
            }
            // Out of file handles, mostly: wait until some connections have closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop((listener, decoy));
    // Whoever is not done by then is cut off.
    let _done = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
}

/// A connection.
struct Link {
    shared: Arc<Shared>,
    door: Door,
    stopped: watch::Receiver<bool>,
}

impl Link {
    async fn serve(self, stream: TcpStream, watcher: Watcher) {
        // Without it small answers wait for the client's acknowledgements.
        let _set = stream.set_nodelay(true);
        if matches!(self.door, Door::Elsewhere) {
            self.shared.elsewhere.counts().connections += 1;
        }
        let reset = Arc::new(AtomicBool::new(false));
        let wire = Wire::new(stream, Arc::clone(&reset));
        let serve = service_fn(|request| self.answer(request, &reset));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(wire), serve);
        // A client that hangs up is none of the server's business.
        let _closed = watcher.watch(connection).await;
    }

    async fn answer(
        &self,
        request: http::Request<Incoming>,
        reset: &AtomicBool,
    ) -> Result<http::Response<Body>, Closed> {
        let (parts, body) = request.into_parts();
        let delivery = match Limited::new(body, MOST_BODY).collect().await {
            Ok(body) => {
                let request = Request::from_parts(parts, body.to_bytes());
                match self.door {
                    Door::Api => self.shared.deliver(&request),
                    Door::Elsewhere => {
                        let shared = &self.shared;
                        let response = shared.elsewhere.respond(&shared.service, request);
                        Delivery::Answer(response.map(Body::whole))
                    }
                }
            }
            Err(_) => {
                let text = "The body is too long, or was cut off.\n".to_owned();
                let refusal = by("unknown", plain(StatusCode::PAYLOAD_TOO_LARGE, text));
                lock(&self.shared.stats).requests += 1;
                self.shared.note(&refusal);
                Delivery::Answer(refusal.map(Body::whole))
            }
        };
        if !self.shared.latency.is_zero() {
            tokio::time::sleep(self.shared.latency).await;
        }
        match delivery {
            Delivery::Answer(response) => Ok(response),
            Delivery::Reset => {
                reset.store(true, Ordering::Release);
                Err(Closed)
            }
            Delivery::Silence => {
                // Ends with the client's patience or with the sandbox.
                let mut stopped = self.stopped.clone();
                let _stopped = stopped.wait_for(|stopped| *stopped).await;
                Err(Closed)
            }
        }
    }
}

impl Shared {
    pub(crate) fn new(service: Service, elsewhere_url: String, options: &SandboxOptions) -> Self {
        let life = Life::new(&service.world(), options.grow, options.delete);
        Self {
            elsewhere: Elsewhere::default(),
            elsewhere_url,
            stats: Mutex::default(),
            latency: options.latency,
            picker: Mutex::new(Picker::new(options.faults.clone())),
            begun: Instant::now(),
            life: life.map(|life| {
                Mutex::new(Clock { life, skipped: Duration::ZERO, looked: 0, held: false })
            }),
            service,
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.settle();
        let mut stats = lock(&self.stats).clone();
        stats.elsewhere = self.elsewhere.counts().clone();
        stats.epoch = self.service.world().epoch;
        if let Some(clock) = &self.life {
            for (vendor, moved) in lock(clock).life.moved() {
                stats.calls.entry(vendor).or_default().add(*moved);
            }
        }
        stats
    }

    pub(crate) fn faults(&self) -> Faults {
        lock(&self.picker).faults().clone()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.service.change(|world| {
            let mut world = world.clone();
            world.set_faults(&faults);
            Some(world)
        });
        *lock(&self.picker) = Picker::new(faults);
    }

    pub(crate) fn pass(&self, time: Duration) {
        if let Some(clock) = &self.life {
            lock(clock).skipped += time;
        }
    }

    pub(crate) fn hold(&self) {
        self.settle();
        if let Some(clock) = &self.life {
            lock(clock).held = true;
        }
    }

    /// Lets happen in the world what is due.
    pub(crate) fn settle(&self) {
        let Some(clock) = &self.life else { return };
        let mut clock = lock(clock);
        let elapsed = self.begun.elapsed() + clock.skipped;
        let elapsed = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        if !clock.held && elapsed >= clock.looked + GLANCE {
            clock.looked = elapsed;
            self.service.change(|world| clock.life.at(world, elapsed));
        }
    }

    /// Answers a request, and decides how the answer reaches the client.
    fn deliver(&self, request: &Request) -> Delivery {
        if request.uri().path() == "/_stats" {
            let response = by("stats", ok(&self.stats()));
            lock(&self.stats).requests += 1;
            self.note(&response);
            return Delivery::Answer(response.map(Body::whole));
        }
        lock(&self.stats).requests += 1;
        self.settle();
        let response = self.service.respond(request);
        let picked = lock(&self.picker).pick(&self.service, request, &response);
        let Some(picked) = picked else {
            self.note(&response);
            self.note_page(&response);
            return Delivery::Answer(response.map(Body::whole));
        };
        lock(&self.stats).note_fault(picked.vendor.name, picked.fault);
        let delivery = spoil(&picked, &self.service, &self.elsewhere_url, request, response);
        if let Delivery::Answer(response) = &delivery {
            self.note(response);
        }
        delivery
    }

    /// Counts the habits that a page shows, and lets happen what follows it.
    fn note_page(&self, response: &Response) {
        let extensions = response.extensions();
        let (Some(listed), Some(operation)) =
            (extensions.get::<Listed>(), extensions.get::<Operation>())
        else {
            return;
        };
        for fault in &listed.shown {
            lock(&self.stats).note_fault(operation.owner, *fault);
        }
        if listed.serials.is_empty() {
            return;
        }
        let Some(churn) = lock(&self.picker).churn(response) else { return };
        let inserts = churn.fault == Fault::DeleteAndInsert;
        self.service.change(|world| {
            let next = world.churned(churn.vendor, &listed.serials, inserts, churn.dice)?;
            let mut stats = lock(&self.stats);
            stats.note_fault(churn.vendor.name, churn.fault);
            let moved = stats.calls.entry(churn.vendor.name).or_default();
            moved.deleted += 1;
            moved.added += u64::from(inserts);
            Some(next)
        });
    }

    fn note<B>(&self, response: &http::Response<B>) {
        let operation = response.extensions().get::<Operation>().copied();
        lock(&self.stats).note_answer(operation, response.status());
    }
}

/// What is counted stays right even if somebody who counted failed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
