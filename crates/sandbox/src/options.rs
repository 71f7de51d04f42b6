//! Options of a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::dataset_options::DatasetOptions;
use crate::fault::{Fault, Faults, Frequency, OptionError, Rate};

/// Options of a sandbox; set what differs from the default.
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
    /// The calls it serves.
    pub dataset: DatasetOptions,
    /// Where it listens; by default a free port of the loopback interface. Everybody who can reach
    /// the address can read the calls.
    pub listen: SocketAddr,
    /// Delay of each response.
    pub latency: Duration,
    /// Most bytes of rendered pages in the cache; 0 caches none.
    pub page_cache: usize,
    /// How often a call of each vendor arrives. Time then starts at the machine's clock, or at the
    /// anchor if that is later; otherwise it stands still at the anchor.
    pub grow: Option<Frequency>,
    /// How often a call of each vendor is deleted.
    pub delete: Option<Frequency>,
    /// Faults; none by default.
    pub faults: Faults,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            dataset: DatasetOptions::default(),
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
        self.dataset.records = records;
        self
    }

    /// Sets the seed of the calls.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.dataset.seed = seed;
        self
    }

    /// Sets the delay of each response.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how often a call of each vendor arrives.
    #[must_use]
    pub fn grow(mut self, frequency: Frequency) -> Self {
        self.grow = Some(frequency);
        self
    }

    /// Sets how often a call of each vendor is deleted.
    #[must_use]
    pub fn delete(mut self, frequency: Frequency) -> Self {
        self.delete = Some(frequency);
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
    /// If they cannot be parsed.
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
