#![doc = include_str!("../README.md")]

mod cell;
mod database;
mod datum;
mod decide;
mod error;
mod hosts;
mod merge;
mod missing;
mod open_calls;
mod options;
mod owed;
mod pay;
mod postgres;
mod progress;
mod ready;
mod recordings;
mod refused;
mod relink;
mod rendered;
mod report;
mod row;
mod run;
mod schema;
mod scrub;
mod source_sync;
mod sqlite;
mod stable;
mod state;
mod status;
mod store;
mod target;
mod verified;
mod written;

pub use database::Database;
pub use error::{StoreError, StoreErrorKind};
pub use options::{RecordingOptions, Stop, Stopper, SyncOptions, jittered};
pub use owed::{OwedGroup, OwedKind, OwedReport};
pub use postgres::Server;
pub use progress::Progress;
pub use recordings::prepare_directory;
pub use report::{
    RecordingReport, RunOutcome, RunReport, ScanReport, SetAsideReason, SourceReport,
};
pub use run::sync;
pub use scrub::{ScrubReport, ScrubShare};
pub use state::ScanKind;
pub use status::{PausedHost, RunStatus, SourceStatus, Status, status};
pub use target::Target;
pub use verified::{VerifiedPart, VerifiedReport};
pub use written::Written;

pub(crate) use sqlite::{busy_cure, reason as system_reason};
