//! Five vendors' call history APIs, faked over one deterministic world.
//!
//! Vaani, Ravan, VozAgent, AgentVoice and Zudu answer under their own prefixes of one port, with
//! the paging, filters, credentials and errors that their pages document, and with the quirks
//! that matter to whoever reads them. Behind them stands one [`World`] of invented calls: the
//! same seed, number of records and anchor give the same bytes.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), callfold_sandbox::Error> {
//! let sandbox = callfold_sandbox::start().await?;
//! let base_url = sandbox.base_url("vaani");
//! let credentials = sandbox.credentials("vaani");
//! assert!(base_url.ends_with("/vaani"));
//! assert_eq!(credentials, [("api_key", "sandbox-key")]);
//! // Read calls with any client, then compare with what is true.
//! assert_eq!(sandbox.world().truths("vaani").len(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! | Vendor | Credentials |
//! |---|---|
//! | `vaani` | `api_key = "sandbox-key"` |
//! | `ravan` | `api_key = "sandbox-key"`, or `token = "sandbox-token"` |
//! | `vozagent` | `api_key = "sandbox-key"` |
//! | `agentvoice` | `api_key = "sandbox-key"`, `organization_id = "sandbox-org"` |
//! | `zudu` | `api_key = "sandbox-key"`, `api_secret = "sandbox-secret"` |
//!
//! Beside the vendors there are `/` (what this is, as text), `/_truth` (the calls as they are,
//! one JSON object a line) and `/_stats` (what was asked for). Recordings in storage lie under
//! `/recordings/`; they want no key, and refuse a request that carries one.
//!
//! A vendor's wire format belongs to its own module. What a field means to others, and how to
//! ask for it, belongs to the crates `unify` and `reader`; nothing of them is used here.

mod agentvoice;
mod ask;
mod calendar;
mod cast;
mod dice;
mod facts;
mod media;
mod ravan;
mod reply;
mod script;
mod server;
mod service;
mod stats;
mod truth;
mod vaani;
mod vendor;
mod vozagent;
mod world;
mod zudu;

pub use cast::Named;
pub use reply::{Operation, Request, Response};
pub use server::{Error, Sandbox, SandboxOptions};
pub use service::Service;
pub use stats::Stats;
pub use truth::{Channel, Customer, Direction, End, Outcome, Role, Status, Truth, Turn};
pub use world::{RavanShape, World, WorldOptions};

/// Starts a sandbox with the default options on the running Tokio runtime.
///
/// # Errors
///
/// If no port of the loopback interface is free.
pub async fn start() -> Result<Sandbox, Error> {
    Sandbox::start(SandboxOptions::default()).await
}

/// Names of all vendors, as in paths and configurations.
pub fn vendors() -> impl ExactSizeIterator<Item = &'static str> {
    vendor::VENDORS.iter().map(|vendor| vendor.name)
}

/// Keys and values of a source's configuration that a vendor's API accepts; none for a name that
/// is no vendor's.
pub fn credentials(name: &str) -> &'static [(&'static str, &'static str)] {
    vendor::vendor(name).map_or(&[], |vendor| vendor.credentials)
}
