//! Five vendors' call history APIs, faked over one deterministic world.
//!
//! Vaani, Ravan, VozAgent, AgentVoice and Zudu answer under their own prefixes of one port, with
//! the paging, filters, credentials and errors that their pages document, and with the quirks
//! that matter to whoever reads them. Behind them stands one [`World`] of invented calls: the
//! same seed, number of records and anchor give the same bytes.
//!
//! ```
//! use callfold_sandbox::{Sandbox, SandboxOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start(SandboxOptions::default().records(500).fault("cut-body=5%")?).await?;
//! let base_url = sandbox.base_url("vaani");
//! let credentials = sandbox.credentials("vaani");
//! assert!(base_url.ends_with("/vaani"));
//! assert_eq!(credentials, [("api_key", "sandbox-key")]);
//! // Read calls with any client, then compare with what is true.
//! assert_eq!(sandbox.world().truths("vaani").len(), 500);
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
//! one JSON object a line) and `/_stats` (what was asked for, and what happened). Recordings in
//! storage lie under `/recordings/`; they want no key, and refuse a request that carries one.
//!
//! # Misbehaviour
//!
//! All of it is off by default. [`SandboxOptions::latency`] delays answers;
//! [`grow`](SandboxOptions::grow) and [`delete`](SandboxOptions::delete) let the world move while
//! it is read ([`World::epoch`] says how to tell which calls were there all the time);
//! [`Faults`] make answers and records go wrong:
//!
//! | [`Fault`] | What the client sees | What a correct client can do |
//! |---|---|---|
//! | `rate-limit` | 429 with `Retry-After: 1` | has all: wait so long, ask again |
//! | `rate-limit-bare` | 429 | has all: wait, ask again |
//! | `error-500` | 500, JSON | has all: ask again |
//! | `error-502` | 502, a proxy's HTML page | has all: ask again |
//! | `error-503` | 503, a line of text | has all: ask again |
//! | `reset` | the connection is reset before the first byte | has all: ask again |
//! | `cut-body` | `Content-Length` is that of the whole body, half of it comes | has all: ask again; of a recording, for the rest |
//! | `half-json` | 200, half of the JSON, `Content-Length` fits | has all: ask again, as the text is no JSON |
//! | `html` | 200, an HTML page where JSON is due | has all: ask again, as the text is no JSON |
//! | `slow-drip` | the body in 16 pieces, 40 ms apart | has all: wait, as long as something comes |
//! | `expired-link` | 403 or 410 for a recording, every time | has all: ask for the call again, then for the recording |
//! | `gzip` | `Content-Encoding: gzip`, if the request accepts it | has all: unpack |
//! | `gzip-cut` | the same, half of it, `Content-Length` fits | has all: ask again, as it does not unpack |
//! | `drift` | records with unknown words, other types, missing and new fields, nulls | has all: read the rest of the record; ids and start stay as they are |
//! | `stall` | the request is accepted, no byte comes | has all if it limits its patience and asks again; otherwise waits for ever |
//! | `duplicate-page` | the page before the one asked for | notices the same ids: ask again, or say that the list cannot be read |
//! | `wrong-total` | totals a third too small or too large, where there are any | goes by what comes: reads on until nothing does, and says that the number differs |
//! | `endless` | `has_more` and the like are always true; a vendor without such a member repeats its last page for ever | stops when nothing new comes, and says so |
//! | `redirect` | 302 to another port of this machine | a recording: follow, without credentials; anything else: say so, and send nothing there |
//! | `bad-id` | records whose ids are missing, null, empty or of another type | says how many it could not use |
//! | `bad-time` | records whose start is missing, null or no time | has them where no time is asked for |
//! | `old-row-first=51` | so many of the oldest rows of a list come first, the newest behind them; 1 by default, `10%` is a share of the rows. A list from the oldest on is as ever | has all: one old row does not mean that older ones follow |
//! | `short-page=every:3` | pages hold half of the rows that were asked for, though more follow. An offset goes on behind the last row; in a numbered list every second row of some pages is filtered out after the page was cut | has all: the end is an empty page, not a short one |
//! | `empty-page=first:1` | every second page at most is empty, never the first; total and flag say that more follow. Not where a list says neither (VozAgent, Ravan as documented): nobody could tell it from the end | has all: goes on, or says that it could not |
//! | `low-total=30%` | totals end at this share of the rows, or at this number (`low-total=300`); what says whether more follow agrees with them | has all: asks until a page is empty |
//! | `high-total=3` | totals are greater by so many, or by a share (`10%`) | has all that is listed, and says that the number differs |
//! | `constant-total=100%` | the total of a list without filters stays at this share of what it was when the fault began, or at this number, whatever comes and goes | has all that is listed, and says that the number differs |
//! | `delete-and-insert=every:1` | after a page one of its calls vanishes and an older one appears behind it: the total is the same, and the next page misses a call | notices that the list moved: goes back, or says that it cannot know |
//! | `delete-only=every:1` | after a page one of its calls vanishes | the same |
//! | `odd-byte=every:100` | records that are not JSON: a number is `NaN` or `Infinity`, or a text has a raw newline or the escape `\x` | has all other records, and says how many it could not use |
//! | `odd-paging=every:1` | totals in quotes, and 1 or 0 for whether more pages follow | has all: reads them as what they mean |
//! | `detail-503-once=1` | 503 for the first requests, so many, of each single record and transcript; a number above the client's own attempts outlives them | has all: asks again, if need be in the next run |
//! | `recording-403-once=1` | 403 for the first requests, so many, of each recording | has all: asks again, if need be in the next run |
//! | `page-cap=10` | pages hold at most so many rows, and say nothing about it | has all: goes by the rows that came |
//!
//! Those that begin with "has all:", but `stall`, are [recoverable](Fault::is_recoverable) as long
//! as the rate leaves a chance: with `every:1` nobody gets anything of most kinds. `drift`,
//! `bad-id`, `bad-time` and `odd-byte` concern records; `/_truth` tells which ones ([`Odd`]). Faults
//! hit what vendors answer, recordings included, and never `/`, `/_truth` and `/_stats`.
//!
//! `old-row-first`, `short-page`, `empty-page`, `page-cap` and the three totals are habits of a
//! vendor's lists: equal requests show them alike, and `/_truth` does not, which lists the calls as
//! they are. A page of `short-page` and `empty-page` has the size that clients usually ask for:
//! 200 rows for Vaani, 100 for the others. The rates of `delete-and-insert`
//! and `delete-only` count the pages with calls of a vendor that reach the client; [`World::epoch`]
//! says which calls were there all the time.
//!
//! A vendor's wire format belongs to its own module. What a field means to others, and how to
//! ask for it, belongs to the crates `unify` and `reader`; nothing of them is used here.

mod arrival;
mod ask;
mod cache;
mod calendar;
mod cast;
mod churn;
mod dice;
mod elsewhere;
mod facts;
mod fault;
mod life;
mod link;
mod media;
mod options;
mod reply;
mod rows;
mod script;
mod server;
mod service;
mod stats;
mod truth;
mod truths;
mod vendor;
mod vendors;
mod world;

pub use cast::Named;
pub use fault::{Fault, Faults, Frequency, Odd, OptionError, Rate, Setting};
pub use options::SandboxOptions;
pub use reply::{Operation, Request, Response};
pub use server::{Error, Sandbox};
pub use service::Service;
pub use stats::{Elsewhere, Movement, Stats};
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
    vendors::VENDORS.iter().map(|vendor| vendor.name)
}

/// Keys and values of a source's configuration that a vendor's API accepts; none for a name that
/// is no vendor's.
pub fn credentials(name: &str) -> &'static [(&'static str, &'static str)] {
    vendors::vendor(name).map_or(&[], |vendor| vendor.credentials)
}

/// Keeps the README's example among the doctests; `tests/api/readme.rs` runs it.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
