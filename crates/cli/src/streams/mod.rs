//! Calls as streams of flat records with a state: what the Airbyte source and the Singer tap share.
//!
//! Each page of a source becomes records of the selected streams. A state that is sent after records
//! covers them: a run that is given this state sends what comes after, and again what was sent after
//! the state. A later run reads from shortly before the newest call on, and sends a call only if it
//! is new or has changed.

mod state;
mod stream;

pub(crate) use state::StreamState;
pub(crate) use stream::{READ_AT, Rows, Selected, Stream};

use callfold_reader::{
    Batch, BatchCall, Batches, Enriched, Enricher, MAX_CONCURRENT_LOOKUPS, Query, ResumeState,
    Source, SourceSummary, Verdict, read_batches,
};
use callfold_unify::model::Timestamp;
use chrono::{TimeDelta, Utc};
use futures_util::{StreamExt, future::try_join_all, stream as streams};
use state::{ScanProgress, SourceState};
use std::{cell::RefCell, collections::BTreeMap, io};
use stream::{call_rows, call_version, id_version, list_version, rejected_row, rejected_version};

/// Which calls to read, and what of them.
#[derive(Clone, Debug)]
pub(crate) struct StreamOptions {
    /// The calls to read, and their details.
    pub(crate) query: Query,
    /// How far before the newest call to read again.
    pub(crate) lookback: TimeDelta,
    /// When the run began, for [`READ_AT`].
    pub(crate) read_at: Timestamp,
    /// Names the settings in states: other settings have another name.
    pub(crate) name: String,
}

/// Where the lines of a protocol go.
pub(crate) trait MessageSink {
    /// Sends a record, a JSON object as text.
    fn record(&mut self, stream: Stream, data: &[u8]) -> io::Result<()>;

    /// Sends the state of the streams, which covers all records so far.
    fn state(&mut self, streams: &[Selected], state: &StreamState) -> io::Result<()>;

    /// Sends what is buffered.
    fn flush(&mut self) -> io::Result<()>;
}

/// The result of reading a source.
pub(crate) struct SourceOutcome {
    pub(crate) summary: SourceSummary,
    /// Why calls may be missing, if the summary does not tell.
    pub(crate) doubt: Option<&'static str>,
}

/// Reads the sources into the selected streams, those with a full refresh by themselves.
/// `given` has the states that the engine returned.
///
/// # Errors
///
/// When the sink cannot be written to. A source that fails is in its outcome.
pub(crate) async fn read_streams(
    sources: &[Box<dyn Source>],
    options: &StreamOptions,
    selected: &[Selected],
    given: &BTreeMap<&'static str, StreamState>,
    sink: &mut dyn MessageSink,
) -> io::Result<Vec<SourceOutcome>> {
    let mut outcomes = Vec::new();
    for full_refresh in [false, true] {
        let is_one = |selected: &&Selected| selected.full_refresh == full_refresh;
        let group: Vec<_> = selected.iter().filter(is_one).cloned().collect();
        if group.is_empty() {
            continue;
        }
        let state = initial_state(&group, options, given);
        let writer = StreamWriter { group: &group, state, unstated: 0, sink: &mut *sink };
        let writer = RefCell::new(writer);
        let reading = sources.iter().map(|source| {
            let reader = SourceStreams { source: source.as_ref(), options, writer: &writer };
            reader.read()
        });
        outcomes.extend(try_join_all(reading).await?);
        writer.into_inner().finish()?;
    }
    Ok(outcomes)
}

/// The state to continue from. Of several streams the one that is least far decides: what others
/// have already is sent to them once more.
fn initial_state(
    group: &[Selected],
    options: &StreamOptions,
    given: &BTreeMap<&'static str, StreamState>,
) -> StreamState {
    let states: Option<Vec<_>> =
        group.iter().map(|selected| given.get(selected.stream.name())).collect();
    let states = states.unwrap_or_default();
    let fits = |state: &&StreamState| {
        state.settings == options.name && states.iter().all(|other| other.id == state.id)
    };
    let Some(first) = states.first().filter(|state| fits(state)) else {
        let id = Utc::now().timestamp_micros().to_string();
        return StreamState::new(id, options.name.clone());
    };
    let mut state = StreamState::new(first.id.clone(), first.settings.clone());
    for key in first.sources.keys() {
        let of_streams: Option<Vec<_>> =
            states.iter().map(|state| state.sources.get(key)).collect();
        let least = of_streams.and_then(|all| all.into_iter().min_by_key(|it| it.position()));
        // A full refresh starts again, unless it resumes one.
        let least = least.filter(|least| !group[0].full_refresh || least.is_first_scan());
        state.sources.extend(least.map(|least| (key.clone(), least.clone())));
    }
    state
}

/// Sends records and states, one source at a time.
struct StreamWriter<'a> {
    group: &'a [Selected],
    /// Covers all records that were sent.
    state: StreamState,
    /// Records of vendors since the last state.
    unstated: usize,
    sink: &'a mut dyn MessageSink,
}

/// A state is sent after so many records.
const STATE_EVERY: usize = 200;
/// But not before this share of those whose fingerprints it holds: so all states together are a
/// fraction of what is read.
const STATE_SHARE: usize = 8;

impl StreamWriter<'_> {
    fn source(&mut self, key: &str) -> &mut SourceState {
        self.state.sources.entry(key.to_owned()).or_default()
    }

    /// Sends the records of a batch, and then what is known after it.
    fn write(&mut self, key: &str, batch: RowBatch) -> io::Result<()> {
        for (stream, row) in &batch.rows {
            self.sink.record(*stream, row)?;
        }
        self.source(key).add(batch.progress);
        self.unstated += batch.records.max(1);
        let held: usize = self.state.sources.values().map(SourceState::size).sum();
        if self.unstated >= STATE_EVERY.max(held / STATE_SHARE) {
            self.send_state()?;
        }
        self.sink.flush()
    }

    fn send_state(&mut self) -> io::Result<()> {
        self.unstated = 0;
        let mut state = StreamState::new(self.state.id.clone(), self.state.settings.clone());
        let stored = self.state.sources.iter().map(|(key, source)| (key.clone(), source.stored()));
        state.sources = stored.collect();
        self.sink.state(self.group, &state)
    }

    fn finish(mut self) -> io::Result<()> {
        self.send_state()?;
        self.sink.flush()
    }
}

/// A batch as rows.
struct RowBatch {
    rows: Rows,
    progress: ScanProgress,
    records: usize,
}

/// Reads one source.
struct SourceStreams<'a, 'w> {
    source: &'a dyn Source,
    options: &'a StreamOptions,
    writer: &'a RefCell<StreamWriter<'w>>,
}

impl SourceStreams<'_, '_> {
    /// Scans the list: first what an earlier run left, then what came since.
    async fn read(self) -> io::Result<SourceOutcome> {
        let key = format!("{}:{}", self.source.vendor(), self.source.account());
        loop {
            let (query, resume, is_resumed, has_read) = self.begin(&key);
            let mut batches = read_batches(self.source, &query, resume);
            let known_rejected = self.read_batches(&key, &query, &mut batches).await?;
            let mut summary = batches.summary();
            drop(batches);
            let mut writer = self.writer.borrow_mut();
            let state = writer.source(&key);
            if summary.error.as_ref().is_some_and(|error| error.is_checkpoint_mismatch()) {
                tracing::info!("the checkpoint is of another query: restarting the scan");
                state.restart();
                continue;
            }
            // Those that an earlier scan sent are no news.
            summary.set_aside = summary.set_aside.saturating_sub(known_rejected);
            let is_empty = !is_resumed && has_read && summary.records == 0;
            match summary.is_failed() {
                true => state.fail(),
                false => state.end(is_read(&summary) && !is_empty, self.options.lookback),
            }
            let doubt = (is_empty && !summary.is_failed()).then_some(
                "the list is empty, although calls were read before: check that the credentials \
                 are still those of the same account; if the vendor no longer has its calls, reset \
                 the streams",
            );
            // A scan that an earlier run began misses what came since.
            if is_resumed && doubt.is_none() && !summary.is_incomplete() {
                continue;
            }
            return Ok(SourceOutcome { summary, doubt });
        }
    }

    /// What to read, where to resume, whether an earlier run began it, and whether calls were read
    /// before it.
    fn begin(&self, key: &str) -> (Query, Option<ResumeState>, bool, bool) {
        let mut writer = self.writer.borrow_mut();
        let state = writer.source(key);
        let scan = state.begin(Utc::now(), self.options.query.since, self.options.lookback);
        let (since, floor, is_resumed) = (scan.since, scan.floor, scan.is_resumed);
        let query = Query {
            // A server may hide calls without a start from who filters by time.
            since: since.map(|since| floor.map_or(since, |floor| floor.max(since))),
            lookback_floor: floor.filter(|_| since.is_none()),
            ..self.options.query.clone()
        };
        (query, state.resume(), is_resumed, state.has_read())
    }

    /// Sends all batches, and counts the records that are not calls and were sent before.
    async fn read_batches(
        &self,
        key: &str,
        query: &Query,
        batches: &mut Batches<'_>,
    ) -> io::Result<u64> {
        let enricher = batches.enricher();
        let mut known_rejected = 0;
        while let Some(batch) = batches.next().await {
            let prepared = self.prepare(key, query, batch, enricher.as_ref(), &mut known_rejected);
            let prepared = prepared.await;
            self.writer.borrow_mut().write(key, prepared)?;
        }
        Ok(known_rejected)
    }

    /// Splits off the calls whose list record has not changed since their details were fetched.
    fn split_unchanged(
        &self,
        key: &str,
        calls: Vec<BatchCall>,
        has_enricher: bool,
    ) -> (Vec<BatchCall>, Vec<BatchCall>) {
        let mut writer = self.writer.borrow_mut();
        let state = writer.source(key);
        calls.into_iter().partition(|BatchCall { call, is_enriched }| {
            !has_enricher || *is_enriched || !state.is_known(list_version(call))
        })
    }

    async fn prepare(
        &self,
        key: &str,
        query: &Query,
        batch: Batch,
        enricher: Option<&Enricher>,
        known_rejected: &mut u64,
    ) -> RowBatch {
        let Batch { calls, rejected, seen, checkpoint, records, .. } = batch;
        let (calls, unchanged) = self.split_unchanged(key, calls, enricher.is_some());
        let enrich = |BatchCall { call, is_enriched }| async move {
            let listed = list_version(&call);
            match enricher.filter(|_| !is_enriched) {
                Some(enricher) => (listed, enricher(call).await),
                None => (listed, Enriched { call, missing: None }),
            }
        };
        let calls = streams::iter(calls.into_iter().map(enrich));
        let calls: Vec<_> = calls.buffered(MAX_CONCURRENT_LOOKUPS).collect().await;
        let read_at = self.options.read_at;
        let mut writer = self.writer.borrow_mut();
        let group = writer.group;
        let state = writer.source(key);
        let mut rows = Rows::new();
        let mut progress = ScanProgress { checkpoint, seen, met: Vec::new(), pending: Vec::new() };
        for BatchCall { call, .. } in &unchanged {
            let versions = [list_version(call), id_version(call)];
            progress.met.extend(versions.map(|version| (version, call.started_at)));
            progress.pending.extend(call.started_at.filter(|_| !call.is_over()));
        }
        for (listed, Enriched { call, missing }) in calls {
            let lacks_details = missing.as_ref().is_some_and(|missing| !missing.is_absent);
            let version = call_version(&call);
            // Without its details it would replace what was sent with them.
            let is_sent = match lacks_details {
                true => state.is_known(id_version(&call)),
                false => state.is_known(version),
            };
            if !is_sent {
                rows.extend(call_rows(&call, group, query.raw, read_at));
            }
            let mut meet = |version| progress.met.push((version, call.started_at));
            if !lacks_details {
                meet(version);
            }
            if enricher.is_some() && (!lacks_details || is_sent) {
                meet(id_version(&call));
            }
            // Details that the vendor does not have may come.
            if enricher.is_some() && missing.is_none() {
                meet(listed);
            }
            if lacks_details || !call.is_over() {
                progress.pending.extend(call.started_at);
            }
        }
        for record in &rejected {
            let version = rejected_version(record);
            progress.met.push((version, None));
            if state.is_known(version) {
                *known_rejected += 1;
                continue;
            }
            let selected = group.iter().filter(|selected| selected.stream == Stream::SetAside);
            rows.extend(selected.map(|selected| {
                (Stream::SetAside, rejected_row(record, selected, query.raw, read_at))
            }));
        }
        RowBatch { rows, progress, records }
    }
}

/// Whether a scan that did not fail lists all that the next one need not read again.
fn is_read(summary: &SourceSummary) -> bool {
    match summary.verdict {
        // A list that is too short was read twice, with the same result.
        Verdict::ShortBy { .. } => !summary.has_gap,
        Verdict::Unverified => false,
        _ => true,
    }
}
