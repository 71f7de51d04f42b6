//! Connections: requests are read from them and answered, or meet a fault.

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

use crate::fault::{Fault, Faults};
use crate::injection::{
    ConnectionClosed, Delivery, FaultInjector, OutgoingBody, ResettableStream, apply_fault,
};
use crate::list_faults::ServedPage;
use crate::options::SandboxOptions;
use crate::redirect_target::RedirectTarget;
use crate::reply::{HttpResponse, MatchedOperation, Request, ok, plain, with_operation};
use crate::service::Service;
use crate::simulation::Simulation;
use crate::stats::SandboxStats;

/// Most bytes a request's body may have.
const MAX_BODY: usize = 1 << 20;
/// How long a shutdown waits for requests in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Least time between two steps of the simulation, in microseconds.
const TICK: u64 = 5_000;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) service: Service,
    redirect_target: RedirectTarget,
    redirect_url: String,
    stats: Mutex<SandboxStats>,
    latency: Duration,
    injector: Mutex<FaultInjector>,
    started: Instant,
    clock: Option<Mutex<SimulationClock>>,
}

/// The simulation and its time.
#[derive(Debug)]
struct SimulationClock {
    simulation: Simulation,
    skipped: Duration,
    last_tick: u64,
    is_frozen: bool,
}

/// The listener that accepted a connection.
#[derive(Clone, Copy)]
enum Listener {
    Api,
    RedirectTarget,
}

pub(crate) async fn run(
    listener: TcpListener,
    redirected: TcpListener,
    shared: Arc<ServerState>,
    mut stopped: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    // Aborted with this task, so that nothing outlives the sandbox.
    let mut connections = JoinSet::new();
    loop {
        let (accepted, accepted_by) = tokio::select! {
            accepted = listener.accept() => (accepted, Listener::Api),
            accepted = redirected.accept() => (accepted, Listener::RedirectTarget),
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stopped.changed() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
                let connection = ClientConnection { shared, accepted_by, stopped };
                connections.spawn(connection.serve(stream, graceful.watcher()));
            }
            // Usually out of file handles: wait until some connections have closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop((listener, redirected));
    // Connections that are still open after that are closed.
    let _done = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
}

/// A connection.
struct ClientConnection {
    shared: Arc<ServerState>,
    accepted_by: Listener,
    stopped: watch::Receiver<bool>,
}

impl ClientConnection {
    async fn serve(self, stream: TcpStream, watcher: Watcher) {
        // Otherwise small responses wait for the client's acknowledgements.
        let _set = stream.set_nodelay(true);
        if matches!(self.accepted_by, Listener::RedirectTarget) {
            self.shared.redirect_target.counts().connections += 1;
        }
        let reset = Arc::new(AtomicBool::new(false));
        let wire = ResettableStream::new(stream, Arc::clone(&reset));
        let serve = service_fn(|request| self.respond(request, &reset));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(wire), serve);
        // A client may hang up at any time.
        let _closed = watcher.watch(connection).await;
    }

    async fn respond(
        &self,
        request: http::Request<Incoming>,
        reset: &AtomicBool,
    ) -> Result<http::Response<OutgoingBody>, ConnectionClosed> {
        let (vendors, body) = request.into_parts();
        let delivery = match Limited::new(body, MAX_BODY).collect().await {
            Ok(body) => {
                let request = Request::from_parts(vendors, body.to_bytes());
                match self.accepted_by {
                    Listener::Api => self.shared.deliver(&request),
                    Listener::RedirectTarget => {
                        let shared = &self.shared;
                        let response = shared.redirect_target.respond(&shared.service, request);
                        Delivery::Response(response.map(OutgoingBody::complete))
                    }
                }
            }
            Err(_) => {
                let text = "the body is too long or was cut off\n".to_owned();
                let refusal = with_operation("unknown", plain(StatusCode::PAYLOAD_TOO_LARGE, text));
                lock(&self.shared.stats).requests += 1;
                self.shared.count_response(&refusal);
                Delivery::Response(refusal.map(OutgoingBody::complete))
            }
        };
        if !self.shared.latency.is_zero() {
            tokio::time::sleep(self.shared.latency).await;
        }
        match delivery {
            Delivery::Response(response) => Ok(response),
            Delivery::Reset => {
                reset.store(true, Ordering::Release);
                Err(ConnectionClosed)
            }
            Delivery::Silence => {
                // Ends when the client gives up or the sandbox stops.
                let mut stopped = self.stopped.clone();
                let _stopped = stopped.wait_for(|stopped| *stopped).await;
                Err(ConnectionClosed)
            }
        }
    }
}

impl ServerState {
    pub(crate) fn new(service: Service, redirect_url: String, options: &SandboxOptions) -> Self {
        let simulation = Simulation::new(&service.dataset(), options.grow, options.delete);
        Self {
            redirect_target: RedirectTarget::default(),
            redirect_url,
            stats: Mutex::default(),
            latency: options.latency,
            injector: Mutex::new(FaultInjector::new(options.faults.clone())),
            started: Instant::now(),
            clock: simulation.map(|simulation| {
                let skipped = Duration::ZERO;
                Mutex::new(SimulationClock { simulation, skipped, last_tick: 0, is_frozen: false })
            }),
            service,
        }
    }

    pub(crate) fn stats(&self) -> SandboxStats {
        self.tick();
        let mut stats = lock(&self.stats).clone();
        stats.redirects = self.redirect_target.counts().clone();
        stats.epoch = self.service.dataset().epoch;
        if let Some(clock) = &self.clock {
            for (vendor, changes) in lock(clock).simulation.changes() {
                stats.calls.entry(vendor).or_default().add(*changes);
            }
        }
        stats
    }

    pub(crate) fn faults(&self) -> Faults {
        lock(&self.injector).faults().clone()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.service.change(|dataset| {
            let mut dataset = dataset.clone();
            dataset.set_faults(&faults);
            Some(dataset)
        });
        *lock(&self.injector) = FaultInjector::new(faults);
    }

    pub(crate) fn advance(&self, time: Duration) {
        if let Some(clock) = &self.clock {
            lock(clock).skipped += time;
        }
    }

    pub(crate) fn freeze(&self) {
        self.tick();
        if let Some(clock) = &self.clock {
            lock(clock).is_frozen = true;
        }
    }

    /// Applies the changes of calls that are due.
    pub(crate) fn tick(&self) {
        let Some(clock) = &self.clock else { return };
        let mut clock = lock(clock);
        let elapsed = self.started.elapsed() + clock.skipped;
        let elapsed = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        if !clock.is_frozen && elapsed >= clock.last_tick + TICK {
            clock.last_tick = elapsed;
            self.service.change(|dataset| clock.simulation.advance(dataset, elapsed));
        }
    }

    /// Answers a request, and decides how the response reaches the client.
    fn deliver(&self, request: &Request) -> Delivery {
        if request.uri().path() == "/_stats" {
            let response = with_operation("stats", ok(&self.stats()));
            lock(&self.stats).requests += 1;
            self.count_response(&response);
            return Delivery::Response(response.map(OutgoingBody::complete));
        }
        lock(&self.stats).requests += 1;
        self.tick();
        let response = self.service.respond(request);
        let injected = lock(&self.injector).next_fault(&self.service, request, &response);
        let Some(injected) = injected else {
            self.count_response(&response);
            self.serve_page(&response);
            return Delivery::Response(response.map(OutgoingBody::complete));
        };
        lock(&self.stats).count_fault(injected.vendor.name, injected.fault);
        let delivery = apply_fault(&injected, &self.service, &self.redirect_url, request, response);
        if let Delivery::Response(response) = &delivery {
            self.count_response(response);
        }
        delivery
    }

    /// Counts the list faults that a page shows, and mutates the list after it.
    fn serve_page(&self, response: &HttpResponse) {
        let extensions = response.extensions();
        let (Some(served), Some(operation)) =
            (extensions.get::<ServedPage>(), extensions.get::<MatchedOperation>())
        else {
            return;
        };
        for fault in &served.faults {
            lock(&self.stats).count_fault(operation.owner, *fault);
        }
        if served.serials.is_empty() {
            return;
        }
        let Some(mutation) = lock(&self.injector).next_mutation(response) else { return };
        let inserts = mutation.fault == Fault::DeleteAndInsert;
        self.service.change(|dataset| {
            let next =
                dataset.with_mutation(mutation.vendor, &served.serials, inserts, mutation.rng)?;
            let mut stats = lock(&self.stats);
            stats.count_fault(mutation.vendor.name, mutation.fault);
            let changes = stats.calls.entry(mutation.vendor.name).or_default();
            changes.deleted += 1;
            changes.added += u64::from(inserts);
            Some(next)
        });
    }

    fn count_response<B>(&self, response: &http::Response<B>) {
        let operation = response.extensions().get::<MatchedOperation>().copied();
        lock(&self.stats).count_response(operation, response.status());
    }
}

/// Counts stay valid even if a task panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
