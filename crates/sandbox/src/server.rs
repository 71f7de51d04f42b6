//! The service on a socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fault::Faults;
use crate::link::{Shared, run};
use crate::options::SandboxOptions;
use crate::service::Service;
use crate::stats::Stats;
use crate::world::World;

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

impl Sandbox {
    /// Starts a sandbox on the running Tokio runtime.
    ///
    /// # Errors
    ///
    /// If it cannot listen at `options.listen`.
    pub async fn start(options: SandboxOptions) -> Result<Self, Error> {
        let (listener, address) = listen(options.listen).await?;
        let (decoy, elsewhere) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let mut reached = address;
        if reached.ip().is_unspecified() {
            reached.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        let url = format!("http://{reached}");
        let mut world = World::new(options.world.clone());
        world.set_faults(&options.faults);
        if options.grow.is_some() {
            world.now = world.now.max(Utc::now().timestamp_micros());
        }
        let service = Service::new(world, url.as_str()).with_page_cache(options.page_cache);
        let shared = Arc::new(Shared::new(service, format!("http://{elsewhere}"), &options));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(listener, decoy, Arc::clone(&shared), stopped));
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
        self.shared.settle();
        self.shared.service.world()
    }

    /// What was asked for so far, how it was answered, and what happened meanwhile.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// The faults that happen now.
    pub fn faults(&self) -> Faults {
        self.shared.faults()
    }

    /// Lets other faults happen from now on. Their counts begin anew; those in the
    /// [statistics](Self::stats) go on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(faults);
    }

    /// Lets so much time pass at once: calls arrive, go on and are deleted as if it had. Without
    /// [`grow`](SandboxOptions::grow) and [`delete`](SandboxOptions::delete) nothing happens.
    pub fn pass(&self, time: Duration) {
        self.shared.pass(time);
    }

    /// Lets no more calls arrive, go on or be deleted: from now on the world stays as it is.
    pub fn hold(&self) {
        self.shared.hold();
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

async fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error { listen: at, source };
    let listener = TcpListener::bind(at).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
