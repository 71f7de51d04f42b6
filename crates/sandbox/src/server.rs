//! The service on a socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::reply::{Request, Response, by, ok, plain};
use crate::service::Service;
use crate::stats::Stats;
use crate::world::{World, WorldOptions};

/// Most bytes a request's body may have.
const MOST_BODY: usize = 1 << 20;
/// How long a shutdown waits for answers that are under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// What it serves.
    pub world: WorldOptions,
    /// Where it listens. The default is any free port of the loopback interface.
    pub listen: SocketAddr,
    /// How long each answer waits before it is sent.
    pub latency: Duration,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            world: WorldOptions::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
        }
    }
}

/// The sandbox cannot listen at the address it was given.
#[derive(Debug)]
pub struct Error {
    listen: SocketAddr,
    source: io::Error,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot listen on {}", self.listen)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    service: Service,
    stats: Mutex<Stats>,
    latency: Duration,
}

impl Sandbox {
    /// Starts a sandbox on the running Tokio runtime.
    ///
    /// # Errors
    ///
    /// If it cannot listen at `options.listen`.
    pub async fn start(options: SandboxOptions) -> Result<Self, Error> {
        let failed = |source| Error { listen: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut reached = address;
        if reached.ip().is_unspecified() {
            reached.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        let url = format!("http://{reached}");
        let shared = Arc::new(Shared {
            service: Service::new(World::new(options.world), url.as_str()),
            stats: Mutex::default(),
            latency: options.latency,
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(listener, Arc::clone(&shared), stopped));
        Ok(Self { address, url, shared, stop, task })
    }

    /// The address it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the sandbox itself, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The base URL for a vendor's client.
    pub fn base_url(&self, vendor: &str) -> String {
        format!("{}/{vendor}", self.url)
    }

    /// Keys and values of a source's configuration that a vendor's API accepts; none for a name
    /// that is no vendor's.
    pub fn credentials(&self, name: &str) -> &'static [(&'static str, &'static str)] {
        crate::credentials(name)
    }

    /// What answers the requests, without the socket.
    pub fn service(&self) -> &Service {
        &self.shared.service
    }

    /// The world as it is now.
    pub fn world(&self) -> Arc<World> {
        self.shared.service.world()
    }

    /// What was asked for so far, and how it was answered.
    pub fn stats(&self) -> Stats {
        self.shared.stats().clone()
    }

    /// Stops listening, lets the answers under way finish, and closes all connections.
    pub async fn shutdown(mut self) {
        let listening = self.stop.send(true).is_ok();
        if listening {
            // A task that failed has stopped as well.
            let _stopped = (&mut self.task).await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    // Aborted with this task, so that nothing outlives the sandbox.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared), graceful.watcher()));
                }
                // Out of file handles, mostly: wait until some connections have closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    // Whoever is not done by then is cut off.
    let _done = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
}

async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // Without it small answers wait for the client's acknowledgements.
    let _set = stream.set_nodelay(true);
    let serve = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, std::convert::Infallible>(shared.serve(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), serve);
    // A client that hangs up is none of the server's business.
    let _closed = watcher.watch(connection).await;
}

/// What goes onto the socket.
struct Delivery {
    response: Response,
    /// How long it waits before that.
    after: Duration,
}

impl Shared {
    fn stats(&self) -> std::sync::MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, request: http::Request<Incoming>) -> http::Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let response = match Limited::new(body, MOST_BODY).collect().await {
            Ok(body) => self.answer(&Request::from_parts(parts, body.to_bytes())),
            Err(_) => {
                let text = "The body is too long, or was cut off.\n".to_owned();
                by("unknown", plain(StatusCode::PAYLOAD_TOO_LARGE, text))
            }
        };
        self.stats().note(&response);
        let delivery = self.deliver(response);
        if !delivery.after.is_zero() {
            tokio::time::sleep(delivery.after).await;
        }
        delivery.response.map(Full::new)
    }

    fn answer(&self, request: &Request) -> Response {
        if request.uri().path() == "/_stats" {
            let stats = self.stats().clone();
            return by("stats", ok(&stats));
        }
        self.service.respond(request)
    }

    /// Decides how an answer reaches the client. Every answer passes here once, between the pure
    /// service and the socket.
    fn deliver(&self, response: Response) -> Delivery {
        Delivery { response, after: self.latency }
    }
}
