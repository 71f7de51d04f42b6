//! How far each source was read: the state between two runs, kept by the engine.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use callfold_reader::{Checkpoint, Fingerprint, ResumeState};
use callfold_unify::model::Timestamp;
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::{BTreeMap, BTreeSet};

/// The format that this version writes and reads.
const FORMAT: u64 = 1;

/// A scan that got no page in so many runs in a row is restarted.
const MAX_STALLED_RUNS: u64 = 2;

/// How long before the newest call a call that is not over is still waited for.
const GIVE_UP: TimeDelta = TimeDelta::days(30);

/// The state of a stream. All streams that are read together have the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StreamState {
    format: u64,
    /// Names the first read that this state goes back to: two states of different reads cannot
    /// stand for one another.
    pub(crate) id: String,
    /// The settings that decide which records there are.
    pub(crate) settings: String,
    /// By source.
    pub(crate) sources: BTreeMap<String, SourceState>,
}

impl StreamState {
    pub(crate) fn new(id: String, settings: String) -> Self {
        Self { format: FORMAT, id, settings, sources: BTreeMap::new() }
    }

    /// Reads the state that an engine returns.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn parse(value: &serde_json::Value) -> Result<Self, String> {
        match &value["format"] {
            format if *format == FORMAT => {}
            serde_json::Value::Null => return Err("it is not a state of callfold".to_owned()),
            format => {
                return Err(format!("it has format {format}, and this version reads {FORMAT}"));
            }
        }
        Self::deserialize(value).map_err(|_| "it was damaged or changed".to_owned())
    }
}

/// How far a source was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SourceState {
    /// Scans that ended.
    scans: u64,
    /// All calls that the vendor listed up to here were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high_water: Option<Timestamp>,
    /// The day of the oldest call that is not over, or whose details are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending_since: Option<NaiveDate>,
    /// The versions of the calls that the next scan will list again.
    known: Versions,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scan: Option<SourceScan>,
}

/// A scan that has not reached its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SourceScan {
    /// When it began.
    at: Timestamp,
    /// The start of the oldest call to read, from the settings.
    pub(crate) since: Option<Timestamp>,
    /// The start of the oldest call that may have changed.
    pub(crate) floor: Option<Timestamp>,
    newest: Option<Timestamp>,
    pending: BTreeSet<NaiveDate>,
    batches: u64,
    checkpoint: Option<Checkpoint>,
    seen: Seen,
    /// The versions that the scan has met.
    met: Versions,
    /// The starts of the calls that this run has met.
    #[serde(skip)]
    starts: Vec<(u64, Option<Timestamp>)>,
    /// Runs in a row that resumed it and got no page.
    #[serde(default)]
    stalled_runs: u64,
    /// Whether an earlier run began it.
    #[serde(skip, default = "yes")]
    pub(crate) is_resumed: bool,
    /// Whether this run got a page.
    #[serde(skip)]
    has_moved: bool,
}

fn yes() -> bool {
    true
}

/// What a batch adds to a scan.
pub(crate) struct ScanProgress {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) seen: Vec<Fingerprint>,
    /// The versions of its records and when their calls started.
    pub(crate) met: Vec<(u64, Option<Timestamp>)>,
    /// The starts of calls that are not over, or whose details are missing.
    pub(crate) pending: Vec<Timestamp>,
}

impl SourceState {
    /// How far it is, to compare states of the same read.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.scans, self.scan.as_ref().map_or(0, |scan| scan.batches))
    }

    /// Whether it is in the middle of the first scan.
    pub(crate) fn is_first_scan(&self) -> bool {
        self.high_water.is_none() && self.scan.is_some()
    }

    /// Whether calls were read before this scan.
    pub(crate) fn has_read(&self) -> bool {
        self.high_water.is_some()
    }

    /// Whether this version was sent.
    pub(crate) fn is_known(&self, version: u64) -> bool {
        self.known.0.contains(&version)
    }

    /// The scan that an earlier run left, or a new one from a look-back before the newest call on.
    pub(crate) fn begin(
        &mut self,
        at: Timestamp,
        since: Option<Timestamp>,
        lookback: TimeDelta,
    ) -> &SourceScan {
        if self.scan.as_ref().is_some_and(|scan| scan.stalled_runs >= MAX_STALLED_RUNS) {
            self.restart();
        }
        let floor = self.floor(lookback);
        self.scan.get_or_insert_with(|| SourceScan {
            at,
            since,
            floor,
            newest: None,
            pending: BTreeSet::new(),
            batches: 0,
            checkpoint: None,
            seen: Seen::default(),
            met: Versions::default(),
            starts: Vec::new(),
            stalled_runs: 0,
            is_resumed: false,
            has_moved: false,
        })
    }

    /// Notes that the scan failed.
    pub(crate) fn fail(&mut self) {
        if let Some(scan) = &mut self.scan {
            scan.stalled_runs += u64::from(scan.is_resumed && !scan.has_moved);
        }
    }

    /// Drops the scan, whose checkpoint cannot be used. It may have sent newer versions than those
    /// that are known.
    pub(crate) fn restart(&mut self) {
        (self.scan, self.known) = (None, Versions::default());
    }

    /// Where the scan resumes; `None` if it begins.
    pub(crate) fn resume(&self) -> Option<ResumeState> {
        let scan = self.scan.as_ref()?;
        let checkpoint = scan.checkpoint.clone()?;
        Some(ResumeState { checkpoint, seen: scan.seen.fingerprints() })
    }

    /// The start of the oldest call that the next scan reads; `None` before the first.
    fn floor(&self, lookback: TimeDelta) -> Option<Timestamp> {
        let floor = self.high_water?.checked_sub_signed(lookback)?;
        let pending = self.pending_since.map(|day| day.and_time(NaiveTime::MIN).and_utc());
        Some(pending.map_or(floor, |pending| pending.min(floor)))
    }

    /// Adds a batch that was sent.
    pub(crate) fn add(&mut self, progress: ScanProgress) {
        let Some(scan) = &mut self.scan else { return };
        let ScanProgress { checkpoint, seen, met, pending } = progress;
        let newest = met.iter().filter_map(|(_, start)| *start).max();
        scan.newest = scan.newest.max(newest.map(|newest| newest.min(scan.at)));
        scan.pending.extend(pending.iter().map(|at| at.date_naive()));
        scan.batches += 1;
        (scan.stalled_runs, scan.has_moved) = (0, true);
        scan.checkpoint = Some(checkpoint);
        scan.seen.add(&seen);
        // No later scan goes further back.
        let oldest = scan.newest.and_then(|newest| newest.checked_sub_signed(GIVE_UP));
        let oldest = oldest.map(|oldest| scan.floor.map_or(oldest, |floor| floor.min(oldest)));
        let is_recent = |(_, start): &(u64, Option<Timestamp>)| start.is_none() || *start >= oldest;
        let recent: Vec<_> = met.into_iter().filter(is_recent).collect();
        scan.met.0.extend(recent.iter().map(|(version, _)| *version));
        scan.starts.extend(recent);
    }

    /// Ends the scan. The high-water mark moves only if the list `is_read`.
    pub(crate) fn end(&mut self, is_read: bool, lookback: TimeDelta) {
        let Some(scan) = self.scan.take() else { return };
        self.scans += 1;
        self.known = scan.met;
        if !is_read {
            return;
        }
        self.high_water = self.high_water.max(scan.newest);
        let oldest = self.high_water.and_then(|newest| newest.checked_sub_signed(GIVE_UP));
        let is_waited_for = |day: &&NaiveDate| oldest.is_none_or(|at| **day >= at.date_naive());
        self.pending_since = scan.pending.iter().find(is_waited_for).copied();
        if let Some(floor) = self.floor(lookback) {
            for (version, start) in scan.starts {
                if start.is_some_and(|start| start < floor) {
                    self.known.0.remove(&version);
                }
            }
        }
    }

    /// Records whose fingerprints it holds.
    pub(crate) fn size(&self) -> usize {
        self.scan.as_ref().map_or(0, |scan| scan.seen.0.len() / 16)
    }

    /// The state to store: a scan without a batch is none.
    pub(crate) fn stored(&self) -> Self {
        let mut stored = self.clone();
        stored.scan = stored.scan.filter(|scan| scan.checkpoint.is_some());
        stored
    }
}

/// Versions of calls, stored as base64 of 8 bytes each.
#[derive(Clone, Debug, Default)]
struct Versions(BTreeSet<u64>);

impl Serialize for Versions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|version| version.to_be_bytes()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = decode(deserializer)?;
        let (versions, rest) = bytes.as_chunks::<8>();
        match rest {
            [] => Ok(Self(versions.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect())),
            _ => Err(de::Error::custom("not versions")),
        }
    }
}

/// Fingerprints of records, 16 bytes each, stored as base64.
#[derive(Clone, Debug, Default)]
struct Seen(Vec<u8>);

impl Seen {
    fn add(&mut self, seen: &[Fingerprint]) {
        self.0.extend(seen.iter().flat_map(|seen| seen.to_bytes()));
    }

    fn fingerprints(&self) -> Vec<Fingerprint> {
        self.0.as_chunks::<16>().0.iter().map(|bytes| Fingerprint::from_bytes(*bytes)).collect()
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = decode(deserializer)?;
        match bytes.len() % 16 {
            0 => Ok(Self(bytes)),
            _ => Err(de::Error::custom("not fingerprints")),
        }
    }
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(|_| de::Error::custom("not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> Timestamp {
        format!("2026-04-{day:02}T12:00:00Z").parse().unwrap()
    }

    /// A state after a scan that met calls of these days, the last of them not over.
    fn after(days: &[u32], pending: &[u32]) -> SourceState {
        let mut state = SourceState::default();
        state.begin(at(30), None, TimeDelta::days(3));
        let Some(scan) = &mut state.scan else { unreachable!() };
        scan.newest = days.iter().map(|day| at(*day)).max();
        scan.pending = pending.iter().map(|day| at(*day).date_naive()).collect();
        scan.starts = days.iter().map(|day| (u64::from(*day), Some(at(*day)))).collect();
        scan.met.0 = days.iter().map(|day| u64::from(*day)).collect();
        state.end(true, TimeDelta::days(3));
        state
    }

    #[test]
    fn next_scan_reads_the_look_back_and_back_to_calls_that_are_not_over() {
        let floor = |state: &mut SourceState| {
            state.begin(at(30), None, TimeDelta::days(3)).floor.map(|at| at.to_rfc3339())
        };
        let mut state = after(&[20, 10], &[]);
        assert_eq!(floor(&mut state).as_deref(), Some("2026-04-17T12:00:00+00:00"));
        let mut state = after(&[20, 10], &[10]);
        assert_eq!(floor(&mut state).as_deref(), Some("2026-04-10T00:00:00+00:00"));
        assert_eq!(floor(&mut SourceState::default()), None);
    }

    #[test]
    fn only_versions_that_are_listed_again_are_kept() {
        let known = |state: SourceState| state.known.0.into_iter().collect::<Vec<_>>();
        assert_eq!(known(after(&[20, 19, 10], &[])), [19, 20]);
        assert_eq!(known(after(&[20, 19, 10], &[10])), [10, 19, 20]);
    }

    #[test]
    fn list_that_was_not_read_does_not_move_the_high_water_mark() {
        let mut state = after(&[20], &[]);
        state.begin(at(30), None, TimeDelta::days(3));
        if let Some(scan) = &mut state.scan {
            scan.newest = Some(at(25));
        }
        state.end(false, TimeDelta::days(3));
        assert_eq!((state.high_water, state.position()), (Some(at(20)), (2, 0)));
    }

    #[test]
    fn scan_that_gets_no_page_in_two_runs_is_restarted() {
        let mut state = SourceState::default();
        let scan = state.begin(at(1), None, TimeDelta::days(3));
        assert!(!scan.is_resumed);
        for (run, is_resumed) in [(1, true), (2, true), (3, false)] {
            // What an engine stores and returns.
            state = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
            let scan = state.begin(at(30), None, TimeDelta::days(3));
            assert_eq!(scan.is_resumed, is_resumed, "run {run}");
            state.fail();
        }
    }

    #[test]
    fn state_is_read_back_and_a_damaged_one_is_an_error() {
        let mut state = StreamState::new("1".to_owned(), "s".to_owned());
        state.sources.insert("acme:a".to_owned(), after(&[20, 19], &[19]));
        let mut value = serde_json::to_value(&state).unwrap();
        let read = StreamState::parse(&value).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), value);
        value["sources"]["acme:a"]["known"] = "AAAA".into();
        assert_eq!(StreamState::parse(&value).unwrap_err(), "it was damaged or changed");
        value["format"] = 2.into();
        assert!(StreamState::parse(&value).unwrap_err().contains("format 2"));
        assert!(StreamState::parse(&serde_json::json!({})).unwrap_err().contains("not a state"));
    }
}
