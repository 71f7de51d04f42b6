//! How a sandbox is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::fault::{Fault, Faults, Frequency, OptionError, Rate};
use crate::world::WorldOptions;

/// How a sandbox is started: begin with the default, and say what is to be otherwise.
///
/// ```
/// use callfold_sandbox::{Frequency, SandboxOptions};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), callfold_sandbox::OptionError> {
/// let options = SandboxOptions::default()
///     .records(500)
///     .latency(Duration::from_millis(25))
///     .grow(Frequency::per_second(10.0))
///     .fault("cut-body=5%, reset=every:7@zudu")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// What it serves.
    pub world: WorldOptions,
    /// Where it listens. The default is any free port of the loopback interface.
    pub listen: SocketAddr,
    /// How long each answer waits before it is sent.
    pub latency: Duration,
    /// Most bytes of rendered pages that are kept to be served again; 0 keeps none.
    pub page_cache: usize,
    /// How often a call of each vendor arrives. Then the world's present moment is that of the
    /// machine's clock, or the anchor if that is later, and goes on from there; otherwise time
    /// stands still at the anchor.
    pub grow: Option<Frequency>,
    /// How often a call of each vendor is deleted.
    pub delete: Option<Frequency>,
    /// What goes wrong; nothing by default.
    pub faults: Faults,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            world: WorldOptions::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
            page_cache: 0,
            grow: None,
            delete: None,
            faults: Faults::none(),
        }
    }
}

impl SandboxOptions {
    /// Sets the number of calls at each vendor.
    #[must_use]
    pub fn records(mut self, records: usize) -> Self {
        self.world.records = records;
        self
    }

    /// Sets the seed of the calls.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.world.seed = seed;
        self
    }

    /// Sets where it listens. Whoever can reach that address can read it.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets how long each answer waits before it is sent.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Lets calls arrive at each vendor so often.
    #[must_use]
    pub fn grow(mut self, often: Frequency) -> Self {
        self.grow = Some(often);
        self
    }

    /// Lets a call of each vendor be deleted so often.
    #[must_use]
    pub fn delete(mut self, often: Frequency) -> Self {
        self.delete = Some(often);
        self
    }

    /// Lets records [drift](Fault::Drift).
    #[must_use]
    pub fn drift(self, rate: Rate) -> Self {
        self.faults(&Faults::none().with(Fault::Drift, rate))
    }

    /// Adds faults as [`Faults`] are written: `cut-body=5%`.
    ///
    /// # Errors
    ///
    /// If they are not written so, with what they could mean.
    pub fn fault(self, faults: &str) -> Result<Self, OptionError> {
        Ok(self.faults(&faults.parse()?))
    }

    /// Adds faults.
    #[must_use]
    pub fn faults(mut self, faults: &Faults) -> Self {
        self.faults = self.faults.and(faults);
        self
    }

    /// Sets the seed of the faults.
    #[must_use]
    pub fn fault_seed(mut self, seed: u64) -> Self {
        self.faults = self.faults.seed(seed);
        self
    }
}
