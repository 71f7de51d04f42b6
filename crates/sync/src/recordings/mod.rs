//! Recordings: each is fetched once, concurrently with the scans.
//!
//! The database holds what is still to be fetched, so that nothing is lost however
//! a sync ends. Recordings of calls in progress are not fetched: they still grow.

mod durable;
mod fetch;
mod name;
mod retries;

use crate::{
    RecordingOptions, RecordingReport, StoreError,
    hosts::{Hosts, host_of},
    owed::{FailedTries, FetchFailure, OwedKind, RetryQueue},
    row::{DetailParts, PreparedCall, RecordOrigin, key},
    sql_value::{SqlRow, SqlValue},
    store::{Statement, WriteBatch},
    sync_run::SyncRun,
};
use callfold_reader::Source;
use callfold_unify::model::{Call, Recording};
use durable::sync_entries;
use fetch::{FetchError, PartialDownload, RecordingFile, TOO_LONG, UNFINISHED, disk_reason, fetch};
use futures_util::{StreamExt, stream};
use retries::problem;
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// Recordings of one source that are fetched concurrently.
const MAX_CONCURRENT: usize = 4;
/// Recordings of one query.
const PAGE_SIZE: i64 = 64;
/// Unfinished files are removed after this time.
const MAX_UNFINISHED_AGE: Duration = Duration::from_secs(7 * 86_400);

/// The recordings of one source in one run.
pub(crate) struct Recordings<'a> {
    pub(crate) run: &'a SyncRun<'a>,
    pub(crate) source: &'a dyn Source,
    pub(crate) options: &'a RecordingOptions,
    /// Notified when calls were written, and when no more will be.
    pub(crate) written: &'a Notify,
    /// Whether no more calls will be written.
    pub(crate) done: &'a AtomicBool,
    pub(crate) retries: &'a RetryQueue,
    pub(crate) hosts: &'a Hosts,
}

/// A recording to fetch.
#[derive(Clone, Debug)]
struct RecordingToFetch {
    call: String,
    position: i64,
    recording: Recording,
    call_id: String,
    /// How often it was tried, if it failed before.
    attempts: Option<FailedTries>,
}

impl Recordings<'_> {
    /// Fetches recordings until no more calls will be written and none is left.
    pub(crate) async fn fetch_all(&self) -> Result<RecordingReport, StoreError> {
        let mut report = RecordingReport::default();
        remove_old(&self.options.directory.join(UNFINISHED));
        self.forget_lost().await?;
        let mut tried: HashSet<(String, i64)> = HashSet::new();
        loop {
            // Loaded before the query: calls that are written later need another one.
            let done = self.done.load(Ordering::Acquire);
            let mut any = false;
            let mut after = (String::new(), -1);
            loop {
                let to_fetch = self.recordings_to_fetch(&after).await?;
                let Some(last) = to_fetch.last() else { break };
                after = (last.call.clone(), last.position);
                let is_new = |to_fetch: &RecordingToFetch| {
                    !tried.contains(&(to_fetch.call.clone(), to_fetch.position))
                };
                let to_fetch: Vec<_> = to_fetch.into_iter().filter(is_new).collect();
                any |= !to_fetch.is_empty();
                if !self.fetch_some(to_fetch, &mut tried, &mut report).await? {
                    return Ok(report);
                }
            }
            if done && !any {
                return Ok(report);
            }
            if !any && self.run.stop.run_until_cancelled(self.written.notified()).await.is_none() {
                return Ok(report);
            }
        }
    }

    /// Fetches some, and returns whether to continue.
    async fn fetch_some(
        &self,
        to_fetch: Vec<RecordingToFetch>,
        tried: &mut HashSet<(String, i64)>,
        report: &mut RecordingReport,
    ) -> Result<bool, StoreError> {
        let fetching = to_fetch.into_iter().map(|to_fetch| self.fetch_one(to_fetch));
        let mut results = stream::iter(fetching).buffer_unordered(MAX_CONCURRENT);
        loop {
            let next = self.run.stop.run_until_cancelled(results.next()).await;
            let Some(next) = next else { return Ok(false) };
            let Some((to_fetch, result, call)) = next else { return Ok(true) };
            let mut can_continue = true;
            // Each is tried once in a run, whatever changes about its call meanwhile.
            tried.insert((to_fetch.call.clone(), to_fetch.position));
            let statements = match result {
                Ok(fetched) => {
                    report.fetched += 1;
                    report.bytes += fetched.size;
                    let resolved = to_fetch.attempts.map(|_| self.retries.resolve(to_fetch.key()));
                    resolved.into_iter().chain([self.fetched(&to_fetch, fetched)]).collect()
                }
                Err(FetchError::Gone(status)) => {
                    self.discard(&to_fetch).await;
                    // The new link may have expired (410) as well: only a second sync can
                    // tell that from a recording that is gone.
                    let was_tried = to_fetch.attempts.is_some_and(|attempts| attempts.tries > 0);
                    let kind = match status {
                        403 => OwedKind::Refused,
                        410 if !was_tried => OwedKind::Failed,
                        _ => OwedKind::Absent,
                    };
                    self.record_failure(
                        &to_fetch,
                        kind,
                        format!("status {status}"),
                        status == 403,
                        report,
                    )
                }
                Err(FetchError::Refused(TOO_LONG, size)) => {
                    report.refused += 1;
                    vec![problem(&to_fetch, TOO_LONG, size)]
                }
                Err(FetchError::Refused(why, _)) => {
                    self.record_failure(&to_fetch, OwedKind::Refused, why.to_owned(), true, report)
                }
                Err(FetchError::Failed(reason, _)) => {
                    self.record_failure(&to_fetch, OwedKind::Failed, reason, true, report)
                }
                Err(FetchError::Paused(until, reason)) => {
                    report.failed += 1;
                    self.postpone(&to_fetch, until, reason, report)
                }
                Err(FetchError::Disk(path, error)) => {
                    report.failed += 1;
                    report.reason = Some(disk_reason(&path, &error));
                    can_continue = false;
                    Vec::new()
                }
            };
            let calls: Vec<_> = call
                .into_iter()
                .map(|call| PreparedCall::new(&call, RecordOrigin::Single, DetailParts::ALL))
                .collect();
            let (run, at) = (self.run.run, self.run.at);
            if !calls.is_empty() {
                // The call first: its new links allow another try.
                let page = WriteBatch { run, at, calls, ..WriteBatch::default() };
                self.run.database.write(page).await?;
            }
            let statements = statements.into_iter().chain(self.hosts.take_changes()).collect();
            self.run.database.execute(run, at, statements).await?;
            if !can_continue {
                return Ok(false);
            }
        }
    }

    /// Fetches one recording. If its link has expired, looks up the call, which has
    /// a new one.
    async fn fetch_one(
        &self,
        to_fetch: RecordingToFetch,
    ) -> (RecordingToFetch, Result<RecordingFile, FetchError>, Option<Call>) {
        let stem = self.stem(&to_fetch);
        let RecordingOptions { directory, cap } = self.options;
        let host = host_of(&to_fetch.recording.url);
        if let Some((until, reason)) = self.hosts.pause_of(&host, (self.run.options.clock)()) {
            return (to_fetch, Err(FetchError::Paused(until, reason)), None);
        }
        let result = fetch(self.source, &to_fetch.recording, directory, &stem, *cap).await;
        if !matches!(result, Err(FetchError::Gone(_)))
            || !self.source.capability().lookup.is_by_id()
        {
            return (to_fetch, result, None);
        }
        let call = match self.source.get(&to_fetch.call_id).await {
            Ok(Some(call)) if key(&call) == to_fetch.call => call,
            Ok(_) => return (to_fetch, result, None),
            Err(error) => {
                return (
                    to_fetch,
                    Err(FetchError::Failed(FetchFailure::from(&error).reason, false)),
                    None,
                );
            }
        };
        let place = usize::try_from(to_fetch.position).unwrap_or(usize::MAX);
        let result = match call.recordings.get(place) {
            Some(new) => fetch(self.source, new, directory, &stem, *cap).await,
            None => result,
        };
        (to_fetch, result, Some(call))
    }

    fn stem(&self, to_fetch: &RecordingToFetch) -> String {
        let (vendor, account) = (self.source.vendor(), self.source.account());
        name::stem(vendor, account, &to_fetch.call_id, to_fetch.position)
    }

    /// Removes the unfinished file of a recording.
    async fn discard(&self, to_fetch: &RecordingToFetch) {
        PartialDownload::of(&self.options.directory, &self.stem(to_fetch)).remove().await;
    }

    fn key(&self) -> Vec<SqlValue<'static>> {
        vec![self.source.vendor().into(), self.source.account().into()]
    }

    /// The next recordings to fetch, after a call and position.
    async fn recordings_to_fetch(
        &self,
        after: &(String, i64),
    ) -> Result<Vec<RecordingToFetch>, StoreError> {
        let sql = "SELECT recordings.call, recordings.position, recordings.url, \
                   recordings.needs_auth, calls.call_id, owed.tries, owed.first_failed_at \
                   FROM recordings JOIN calls ON calls.id = recordings.call LEFT JOIN owed ON owed.call = recordings.call AND owed.part = 'recording' \
                   AND owed.position = recordings.position \
                   WHERE recordings.path IS NULL AND calls.vendor = $1 AND calls.account = $2 \
                   AND (recordings.call > $3 OR (recordings.call = $3 AND recordings.position > $4)) \
                   AND calls.is_final AND ($5 \
                   OR (owed.call IS NULL AND (recordings.problem IS NULL \
                   OR (recordings.problem = $6 AND recordings.size <= $7))) \
                   OR (owed.given_up_at IS NULL AND owed.next_try_at <= $8) \
                   OR (owed.given_up_at IS NOT NULL AND recordings.problem IS NULL)) \
                   ORDER BY recordings.call, recordings.position LIMIT $9";
        let mut parameters = self.key();
        let again = self.run.options.full;
        parameters.extend([
            after.0.as_str().into(),
            after.1.into(),
            again.into(),
            TOO_LONG.into(),
            self.options.cap.into(),
            self.run.at.into(),
            PAGE_SIZE.into(),
        ]);
        let from_row = |row: &SqlRow| {
            Ok(RecordingToFetch {
                call: row.text(0)?.to_owned(),
                position: row.int(1)?,
                recording: Recording {
                    url: row.text(2)?.to_owned(),
                    media_type: None,
                    needs_auth: row.flag(3)?,
                },
                call_id: row.text(4)?.to_owned(),
                attempts: match (row.option_int(5)?, row.time(6)?) {
                    (Some(tries), Some(first_failed_at)) => {
                        Some(FailedTries { tries, first_failed_at })
                    }
                    _ => None,
                },
            })
        };
        let rows = self.run.database.query(sql, parameters).await?;
        rows.iter().map(from_row).collect()
    }

    fn fetched(&self, to_fetch: &RecordingToFetch, fetched: RecordingFile) -> Statement {
        let sql = "UPDATE recordings SET path = $3, content_type = $4, size = $5, sha256 = $6, \
                   fetched_at = $7, problem = NULL WHERE call = $1 AND position = $2";
        let parameters = vec![
            to_fetch.call.as_str().into(),
            to_fetch.position.into(),
            fetched.path.into(),
            fetched.content_type.into(),
            fetched.size.into(),
            fetched.sha256.into(),
            (self.run.options.clock)().into(),
        ];
        Statement::new(sql, parameters)
    }

    /// Marks recordings whose file is gone as not fetched.
    async fn forget_lost(&self) -> Result<(), StoreError> {
        let sql = "SELECT recordings.call, recordings.position, recordings.path, recordings.size \
                   FROM recordings JOIN calls ON calls.id = recordings.call \
                   WHERE recordings.path IS NOT NULL AND calls.vendor = $1 AND calls.account = $2 \
                   AND (recordings.call > $3 OR (recordings.call = $3 AND recordings.position > $4)) \
                   ORDER BY recordings.call, recordings.position LIMIT 1000";
        let forget = "UPDATE recordings SET path = NULL, content_type = NULL, size = NULL, \
                      sha256 = NULL, fetched_at = NULL WHERE call = $1 AND position = $2";
        let mut after = (String::new(), -1);
        loop {
            let mut parameters = self.key();
            parameters.extend([after.0.as_str().into(), after.1.into()]);
            let rows = self.run.database.query(sql, parameters).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = (last.text(0)?.to_owned(), last.int(1)?);
            let mut lost = Vec::new();
            for row in &rows {
                let file = fs::metadata(self.options.directory.join(row.text(2)?));
                let size = file.ok().and_then(|file| i64::try_from(file.len()).ok());
                if size != row.option_int(3)? {
                    let key = vec![row.text(0)?.into(), row.int(1)?.into()];
                    lost.push(Statement::new(forget, key));
                }
            }
            if !lost.is_empty() {
                let (run, at) = (self.run.run, self.run.at);
                self.run.database.execute(run, at, lost).await?;
            }
        }
    }
}

/// Removes files that have been unfinished for long.
fn remove_old(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok();
        if age.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > MAX_UNFINISHED_AGE) {
            let _gone = fs::remove_file(entry.path());
        }
    }
}

/// A recording that was fetched into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchedRecording {
    /// The file.
    pub path: PathBuf,
    /// What the server said it is.
    pub content_type: String,
    /// Its bytes.
    pub size: u64,
}

/// Fetches one recording into `directory`, as `name` with the extension of its type. An interrupted
/// download is resumed.
///
/// # Errors
///
/// Why there is no file, in a few words and without the recording's address.
pub async fn fetch_recording(
    source: &dyn Source,
    recording: &Recording,
    directory: &Path,
    name: &str,
) -> Result<FetchedRecording, String> {
    let file = fetch(source, recording, directory, name, u64::MAX).await;
    let file = file.map_err(|error| match error {
        FetchError::Gone(status) => format!("status {status}"),
        FetchError::Refused(reason, _) => reason.to_owned(),
        FetchError::Failed(reason, _) | FetchError::Paused(_, reason) => reason,
        FetchError::Disk(_, error) => {
            format!("it cannot be written: {}", callfold_reader::text::io_reason(&error))
        }
    })?;
    let RecordingFile { path, content_type, size, .. } = file;
    Ok(FetchedRecording { path: directory.join(path), content_type, size })
}

/// Makes sure that recordings can be written below `directory`, which is created
/// for its owner only.
///
/// # Errors
///
/// When the system refuses it.
pub fn prepare_directory(directory: &Path) -> std::io::Result<()> {
    let unfinished = directory.join(UNFINISHED);
    // Those in which a directory is made now.
    let made =
        unfinished.ancestors().take_while(|made| !made.as_os_str().is_empty() && !made.exists());
    let new: Vec<_> = made.map(|made| made.parent().unwrap_or(made).to_owned()).collect();
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&unfinished)?;
    let probe = unfinished.join(format!("probe-{}", std::process::id()));
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)?;
    new.iter().try_for_each(|parent| sync_entries(parent))
}
