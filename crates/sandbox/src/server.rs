//! A sandbox: the service on a socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::{ServerState, run};
use crate::dataset::Dataset;
use crate::fault::Faults;
use crate::options::SandboxOptions;
use crate::service::Service;
use crate::stats::SandboxStats;

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
    shared: Arc<ServerState>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on the running Tokio runtime.
    ///
    /// # Errors
    ///
    /// If it cannot listen at `options.listen`.
    pub async fn start(options: SandboxOptions) -> Result<Self, Error> {
        let (listener, address) = listen(options.listen).await?;
        let (redirected, redirect_address) =
            listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let mut reached = address;
        if reached.ip().is_unspecified() {
            reached.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        let url = format!("http://{reached}");
        let mut dataset = Dataset::new(options.dataset.clone());
        dataset.set_faults(&options.faults);
        if options.grow.is_some() {
            dataset.now = dataset.now.max(Utc::now().timestamp_micros());
        }
        let service = Service::new(dataset, url.as_str()).with_page_cache(options.page_cache);
        let shared =
            Arc::new(ServerState::new(service, format!("http://{redirect_address}"), &options));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(listener, redirected, Arc::clone(&shared), stopped));
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

    /// Keys and values of a source's configuration that a vendor's API accepts; none for an unknown
    /// vendor.
    pub fn credentials(&self, vendor: &str) -> &'static [(&'static str, &'static str)] {
        crate::credentials(vendor)
    }

    /// The service without the socket.
    pub fn service(&self) -> &Service {
        &self.shared.service
    }

    /// The present dataset.
    pub fn dataset(&self) -> Arc<Dataset> {
        self.shared.tick();
        self.shared.service.dataset()
    }

    /// Counts of requests, responses, faults and changes of calls so far.
    pub fn stats(&self) -> SandboxStats {
        self.shared.stats()
    }

    /// The present faults.
    pub fn faults(&self) -> Faults {
        self.shared.faults()
    }

    /// Replaces the faults. Their rates count from zero again; the [statistics](Self::stats) keep
    /// their counts.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(faults);
    }

    /// Advances the time: calls arrive, progress and are deleted as if it had passed. Has no effect
    /// without [`grow`](SandboxOptions::grow) and [`delete`](SandboxOptions::delete).
    pub fn advance(&self, time: Duration) {
        self.shared.advance(time);
    }

    /// Freezes the dataset: no more calls arrive, progress or are deleted.
    pub fn freeze(&self) {
        self.shared.freeze();
    }

    /// Stops listening, finishes the requests in progress, and closes all connections.
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

async fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error { listen: at, source };
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
