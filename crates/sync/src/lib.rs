#![doc = include_str!("../README.md")]

mod database;
mod diff;
mod error;
mod hosts;
mod link_updates;
mod merge;
mod missing;
mod open_calls;
mod options;
mod owed;
mod packed_rows;
mod postgres;
mod prepare;
mod progress;
mod record_hash;
mod recordings;
mod rejected_call;
mod report;
mod retry_details;
mod row;
mod run;
mod scan;
mod schedule;
mod schema;
mod scrub;
mod sql_value;
mod sqlite;
mod state;
mod status;
mod store;
mod stored_query;
mod sync_run;
mod target;
mod verified;
mod write;
mod write_counts;
mod writer;

pub use database::{Database, read_stored};
pub use error::{StoreError, StoreErrorKind};
pub use options::{RecordingOptions, ScrubShare, SyncOptions, jittered};
pub use owed::{OwedGroup, OwedKind, OwedReport};
pub use postgres::Server;
pub use progress::PageProgress;
pub use record_hash::{content_hash, text_hash};
pub use recordings::{FetchedRecording, fetch_recording, prepare_directory};
pub use report::{
    RecordingReport, RejectionReason, RunOutcome, RunReport, ScanReport, ScrubReport, SourceReport,
};
pub use run::sync;
pub use state::ScanKind;
pub use status::{DatabaseStatus, PausedHost, RunStatus, SourceStatus, status};
pub use stored_query::{StoredCall, StoredQuery};
pub use target::DatabaseTarget;
pub use tokio_util::sync::CancellationToken;
pub use verified::{VerifiedReport, VerifiedSpan};
pub use write_counts::WriteCounts;
