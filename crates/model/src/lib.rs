//! The unified call: what it holds and what each field means.
//!
//! Belongs here: types, their units and their serialised form, for whoever
//! reads exported calls. Does not belong here: how a vendor fills them
//! (`callfold-unify`), and how calls are fetched (`callfold-reader`).
//!
//! Three rules decide every doubt. Four facts that vendors fuse stay four
//! fields: [`Call::status`], [`Call::disposition`], [`Call::end`] and
//! [`Call::outcome`]. A unit, time zone, direction or currency is never
//! guessed. Nothing is lost: the vendor's record stays in [`Call::raw`], and
//! each value that was derived, assumed or dropped leaves a [`Warning`].
//!
//! ```
//! use callfold_model::{Call, CallId};
//!
//! let call = Call::new(CallId::new("vendor", "clinic", "call-1"));
//! let text = serde_json::to_string(&call)?;
//! let read: Call = serde_json::from_str(&text)?;
//! assert_eq!(read.id.to_string(), "vendor:clinic:call-1");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A call that was exported is read with `serde_json`; fields of a later version
//! are left out. Adding costs of different units is an error ([`UnitMismatch`]).
//! No network, no clock: a call is its data and nothing else.

mod call;
mod cost;
mod id;
pub mod json;
mod media;
mod open_enums;
mod party;
pub mod schema;
mod time;
mod warning;

pub use call::{Agent, Call, EndReason, Entity, JsonObject, Outcome, Transfer};
pub use cost::{Cost, CostPart, CostTotal, CostUnit, UnitMismatch};
pub use id::{CallId, InvalidCallId};
pub use media::{Latency, Recording, Tool, Transcript, Turn};
pub use open_enums::{
    AnalysisState, AnsweredBy, Channel, CostKind, Direction, Disposition, DurationBasis,
    EndReasonKind, EndedBy, PartyRole, Sentiment, Speaker, Status, TranscriptState, TransferKind,
    TransferStatus, TurnKind, WarningCode,
};
pub use party::{NumberRegion, Party, PhoneNumber, is_withheld, normalize_e164};
pub use time::Timestamp;
pub use warning::Warning;
