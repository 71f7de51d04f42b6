//! Recordings: fetched beside the walks, each once.
//!
//! What is still to be fetched is asked of the database, so that nothing is
//! forgotten however a sync ends. Only recordings of calls that are over are
//! fetched: before that they can still grow.

mod debt;
mod durable;
mod fetch;
mod name;

use crate::{
    RecordingOptions, RecordingReport, StoreError,
    datum::Record,
    hosts::{Hosts, host_of},
    owed::{Ledger, OwedKind, Tried},
    pay::reason,
    row::{Parts, Prepared, Shape, key},
    source_sync::Run,
    store::{Page, Statement},
};
use callfold_reader::{Lookup, Source};
use callfold_unify::model::{Call, Recording};
use debt::problem;
use durable::keep_entries;
use fetch::{Fetched, NotFetched, TOO_LONG, UNFINISHED, Unfinished, disk_reason, fetch};
use futures_util::{StreamExt, stream};
use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::Notify;

/// Recordings of one source that are fetched at once.
const AT_ONCE: usize = 4;
/// Recordings that are looked up in one step.
const STEP: i64 = 64;
/// How long what is not whole is kept to go on with.
const KEPT: Duration = Duration::from_secs(7 * 86_400);

/// The recordings of one source in one run.
pub(crate) struct Recordings<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) source: &'a dyn Source,
    pub(crate) options: &'a RecordingOptions,
    /// Told when calls were written, and when no more will be.
    pub(crate) written: &'a Notify,
    /// Whether no more calls will be written.
    pub(crate) done: &'a AtomicBool,
    /// What is owed, and which hosts are left alone.
    pub(crate) ledger: &'a Ledger,
    pub(crate) hosts: &'a Hosts,
}

/// A recording to fetch.
#[derive(Clone, Debug)]
struct Wanted {
    call: String,
    position: i64,
    recording: Recording,
    call_id: String,
    alternate_ids: Option<String>,
    /// How often it was tried, where it is owed.
    tried: Option<Tried>,
}

impl Recordings<'_> {
    /// Fetches what is there and what is written meanwhile, until no more is.
    pub(crate) async fn fetch_all(&self) -> Result<RecordingReport, StoreError> {
        let mut report = RecordingReport::default();
        remove_old(&self.options.directory.join(UNFINISHED));
        self.forget_lost().await?;
        let mut tried: HashSet<(String, i64)> = HashSet::new();
        loop {
            // Looked at before the database: what comes after it is looked for once more.
            let done = self.done.load(Ordering::Acquire);
            let mut any = false;
            let mut after = (String::new(), -1);
            loop {
                let wanted = self.wanted(&after).await?;
                let Some(last) = wanted.last() else { break };
                after = (last.call.clone(), last.position);
                let is_new =
                    |wanted: &Wanted| !tried.contains(&(wanted.call.clone(), wanted.position));
                let wanted: Vec<_> = wanted.into_iter().filter(is_new).collect();
                any |= !wanted.is_empty();
                if !self.fetch_some(wanted, &mut tried, &mut report).await? {
                    return Ok(report);
                }
            }
            if done && !any {
                return Ok(report);
            }
            if !any {
                tokio::select! {
                    () = self.written.notified() => {}
                    () = self.run.stop.wait() => return Ok(report),
                }
            }
        }
    }

    /// Whether to go on.
    async fn fetch_some(
        &self,
        wanted: Vec<Wanted>,
        tried: &mut HashSet<(String, i64)>,
        report: &mut RecordingReport,
    ) -> Result<bool, StoreError> {
        let fetching = wanted.into_iter().map(|wanted| self.fetch_one(wanted));
        let mut results = stream::iter(fetching).buffer_unordered(AT_ONCE);
        loop {
            let next = tokio::select! {
                biased;
                () = self.run.stop.wait() => return Ok(false),
                next = results.next() => next,
            };
            let Some((wanted, result, again)) = next else { return Ok(true) };
            let mut goes_on = true;
            // Each is tried once in a run, whatever is written about its call meanwhile.
            tried.insert((wanted.call.clone(), wanted.position));
            let notes = match result {
                Ok(fetched) => {
                    report.fetched += 1;
                    report.bytes += fetched.size;
                    let paid = wanted.tried.map(|_| self.ledger.pay(wanted.key()));
                    paid.into_iter().chain([self.fetched(&wanted, fetched)]).collect()
                }
                Err(NotFetched::Gone(status)) => {
                    self.discard(&wanted).await;
                    // A link may have expired (410) once more: it takes a second sync to
                    // tell that from a recording that is gone.
                    let was_tried = wanted.tried.is_some_and(|tried| tried.tries > 0);
                    let kind = match status {
                        403 => OwedKind::Refused,
                        410 if !was_tried => OwedKind::Failed,
                        _ => OwedKind::Absent,
                    };
                    self.owe(&wanted, kind, format!("status {status}"), status == 403, report)
                }
                Err(NotFetched::Refused(TOO_LONG, size)) => {
                    report.refused += 1;
                    vec![problem(&wanted, TOO_LONG, size)]
                }
                Err(NotFetched::Refused(why, _)) => {
                    self.owe(&wanted, OwedKind::Refused, why.to_owned(), true, report)
                }
                Err(NotFetched::Failed(reason, _)) => {
                    self.owe(&wanted, OwedKind::Failed, reason, true, report)
                }
                Err(NotFetched::Paused(until, reason)) => {
                    report.failed += 1;
                    self.put_off(&wanted, until, reason, report)
                }
                Err(NotFetched::Disk(path, error)) => {
                    report.failed += 1;
                    report.reason = Some(disk_reason(&path, &error));
                    goes_on = false;
                    Vec::new()
                }
            };
            let calls: Vec<_> = again
                .into_iter()
                .map(|call| Prepared::new(&call, Shape::Single, Parts::ALL))
                .collect();
            let (run, at) = (self.run.run, self.run.at);
            if !calls.is_empty() {
                // The call first: that it changed lets its recordings be tried again.
                let page = Page { run, at, calls, ..Page::default() };
                self.run.database.write(page).await?;
            }
            let notes = notes.into_iter().chain(self.hosts.take_changes()).collect();
            self.run.database.note(run, at, notes).await?;
            if !goes_on {
                return Ok(false);
            }
        }
    }

    /// Fetches one recording, and where its address has expired asks for the
    /// call, which has a new one.
    async fn fetch_one(
        &self,
        wanted: Wanted,
    ) -> (Wanted, Result<Fetched, NotFetched>, Option<Call>) {
        let stem = self.stem(&wanted);
        let RecordingOptions { directory, cap } = self.options;
        let host = host_of(&wanted.recording.url);
        if let Some((until, reason)) = self.hosts.pause_of(&host, (self.run.options.clock)()) {
            return (wanted, Err(NotFetched::Paused(until, reason)), None);
        }
        let result = fetch(self.source, &wanted.recording, directory, &stem, *cap).await;
        if !matches!(result, Err(NotFetched::Gone(_))) {
            return (wanted, result, None);
        }
        let Some(lookup) = self.lookup(&wanted) else { return (wanted, result, None) };
        let call = match self.source.get(&lookup).await {
            Ok(Some(call)) if key(&call) == wanted.call => call,
            Ok(_) => return (wanted, result, None),
            Err(error) => {
                return (wanted, Err(NotFetched::Failed(reason(&error).reason, false)), None);
            }
        };
        let place = usize::try_from(wanted.position).unwrap_or(usize::MAX);
        let result = match call.recordings.get(place) {
            Some(new) => fetch(self.source, new, directory, &stem, *cap).await,
            None => result,
        };
        (wanted, result, Some(call))
    }

    fn stem(&self, wanted: &Wanted) -> String {
        let (vendor, account) = (self.source.vendor(), self.source.account());
        name::stem(vendor, account, &wanted.call_id, wanted.position)
    }

    /// Throws away what there is of a recording.
    async fn discard(&self, wanted: &Wanted) {
        Unfinished::of(&self.options.directory, &self.stem(wanted)).remove().await;
    }

    /// What the call is asked for by; `None` where only the whole list tells.
    fn lookup(&self, wanted: &Wanted) -> Option<String> {
        match self.source.capability().lookup {
            Lookup::Id { .. } => Some(wanted.call_id.clone()),
            Lookup::AlternateId { name, .. } => {
                crate::open_calls::alternate(wanted.alternate_ids.as_deref()?, name)
            }
            _ => None,
        }
    }

    fn key(&self) -> Vec<crate::datum::Datum> {
        vec![self.source.vendor().into(), self.source.account().into()]
    }

    /// The next recordings to fetch.
    async fn wanted(&self, after: &(String, i64)) -> Result<Vec<Wanted>, StoreError> {
        let sql = "SELECT recordings.call, recordings.position, recordings.url, \
                   recordings.needs_auth, calls.call_id, calls.alternate_ids, owed.tries, \
                   owed.first_failed_at FROM recordings JOIN calls ON calls.id = recordings.call \
                   LEFT JOIN owed ON owed.call = recordings.call AND owed.part = 'recording' \
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
            STEP.into(),
        ]);
        let wanted = |row: &Record| {
            Ok(Wanted {
                call: row.text(0)?.to_owned(),
                position: row.int(1)?,
                recording: Recording {
                    url: row.text(2)?.to_owned(),
                    media_type: None,
                    needs_auth: row.flag(3)?,
                },
                call_id: row.text(4)?.to_owned(),
                alternate_ids: row.option_text(5)?.map(str::to_owned),
                tried: match (row.option_int(6)?, row.time(7)?) {
                    (Some(tries), Some(first_failed_at)) => Some(Tried { tries, first_failed_at }),
                    _ => None,
                },
            })
        };
        let rows = self.run.database.query(sql, parameters).await?;
        rows.iter().map(wanted).collect()
    }

    fn fetched(&self, wanted: &Wanted, fetched: Fetched) -> Statement {
        let sql = "UPDATE recordings SET path = $3, content_type = $4, size = $5, sha256 = $6, \
                   fetched_at = $7, problem = NULL WHERE call = $1 AND position = $2";
        let parameters = vec![
            wanted.call.as_str().into(),
            wanted.position.into(),
            fetched.path.into(),
            fetched.content_type.into(),
            fetched.size.into(),
            fetched.sha256.into(),
            (self.run.options.clock)().into(),
        ];
        Statement::new(sql, parameters)
    }

    /// Looks whether the files are there that were fetched, and forgets those
    /// that are not.
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
                self.run.database.note(run, at, lost).await?;
            }
        }
    }
}

/// Removes what was left unfinished long ago.
fn remove_old(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|file| file.modified()).ok();
        if age.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > KEPT) {
            let _gone = fs::remove_file(entry.path());
        }
    }
}

/// Makes sure that recordings can be written below `directory`. One that is
/// made is its owner's alone.
///
/// # Errors
///
/// What the system says, when they cannot.
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
    new.iter().try_for_each(|parent| keep_entries(parent))
}
