//! Reading, encoding and writing, side by side.

use super::{
    End, Job, Left, Outcome,
    begin::{Begun, begin},
    error::{ExportError, ExportErrorKind},
    feed::Feed,
    keeper::Keeper,
    publish::publish,
};
use callfold_reader::{SourceSummary, Verdict};
use futures_util::{FutureExt, future::FusedFuture};
use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use tokio::{runtime::Handle, sync::mpsc, task::spawn_blocking};

/// Parcels that wait to be written.
const WRITING: usize = 2;

pub(super) async fn run(
    job: Job,
    cancel: impl Future<Output = ()> + Send,
) -> Result<Outcome, ExportError> {
    let mut cancel = pin!(cancel.fuse());
    let sources = job.sources.len();
    let begun = tokio::select! {
        begun = begin(job) => begun?,
        () = &mut cancel => {
            let end = End::Interrupted(Left::Nothing);
            let summaries = vec![None; sources];
            return Ok(Outcome { end, summaries, calls: 0, bytes: 0, files: 0, resumed: false });
        }
    };
    let (mut begun, keeper) = begun;
    let read = read(&mut begun, keeper, cancel.as_mut()).await;
    let Begun { staged, resumed, accept_partial, .. } = &mut begun;
    let (staged, resumed) = (staged.take(), *resumed);
    let (keeper, summaries, cancelled) = match read {
        Ok(read) => read,
        Err(error) => {
            if let Some(staged) = staged {
                staged.staging.tidy();
            }
            return Err(error);
        }
    };
    let (bytes, files) = keeper.sink.size();
    let calls = keeper.calls;
    let failed = is_failed(&summaries, calls, *accept_partial);
    let outcome = |end| Outcome { end, summaries, calls, bytes, files, resumed };
    let why = match (cancelled, failed) {
        (true, _) => Some(End::Interrupted as fn(Left) -> End),
        (_, true) => Some(End::SourceFailed as fn(Left) -> End),
        _ => None,
    };
    let Some(staged) = staged else {
        let end = why.map_or(End::Published { aside: None }, |end| end(Left::Given));
        return Ok(outcome(end));
    };
    let Keeper { notes, sink, .. } = keeper;
    drop(sink);
    let journal = notes.map(|notes| notes.journal);
    if let Some(end) = why {
        let kept = journal.is_some_and(|journal| journal.checkpoints.iter().any(Option::is_some));
        let left = match kept {
            true => Left::Partial(staged.staging.directory().to_owned()),
            false => {
                staged.staging.remove()?;
                Left::Nothing
            }
        };
        return Ok(outcome(end(left)));
    }
    let kept = journal.map(|journal| journal.kept).unwrap_or_default();
    let published = publish(&begun, staged, kept, (calls, bytes, files), cancel).await?;
    let outcome = outcome(End::Published { aside: published.aside });
    Ok(Outcome { bytes: published.bytes, files: published.files, ..outcome })
}

/// Whether the result must not take its place: a source failed or was skipped,
/// or none gave anything.
fn is_failed(summaries: &[Option<SourceSummary>], calls: u64, accept_partial: bool) -> bool {
    let failed = |summary: &Option<SourceSummary>| match summary {
        Some(summary) => match summary.verdict {
            Verdict::Unsupported | Verdict::InProgress => true,
            _ => summary.is_failed(),
        },
        None => true,
    };
    let mut summaries = summaries.iter();
    if accept_partial && (calls > 0 || !summaries.clone().all(failed)) {
        return false;
    }
    summaries.any(failed)
}

type Done = (Keeper, Vec<Option<SourceSummary>>, bool);

/// Reads until all sources have ended, or it is cancelled, or writing fails.
async fn read(
    begun: &mut Begun,
    keeper: Keeper,
    mut cancel: Pin<&mut (impl FusedFuture<Output = ()> + Send)>,
) -> Result<Done, ExportError> {
    let resume = std::mem::take(&mut begun.resume);
    let Begun { sources, query, encoding, turn, progress, .. } = &*begun;
    let mut feed = Feed::start(sources, query, encoding, resume, *turn, progress);
    let (parcels, receiver) = mpsc::channel(WRITING);
    let whole = Arc::new(AtomicBool::new(false));
    let (runtime, is_whole) = (Handle::current(), whole.clone());
    let writing = spawn_blocking(move || keeper.keep(receiver, || is_whole.load(SeqCst), &runtime));
    let (mut ended, mut cancelled, mut failed) = (false, false, None);
    while !(ended || cancelled) {
        tokio::select! {
            biased;
            () = &mut cancel, if !cancel.is_terminated() => cancelled = true,
            parcel = feed.next() => match parcel {
                Some(Ok(parcel)) => {
                    if parcels.send(*parcel).await.is_err() {
                        break;
                    }
                }
                Some(Err(error)) => {
                    failed = Some(error);
                    break;
                }
                None => ended = true,
            },
        }
    }
    whole.store(ended && !cancelled && failed.is_none(), SeqCst);
    drop(parcels);
    let mut summaries = feed.summaries();
    drop(feed);
    for (summary, before) in summaries.iter_mut().zip(&begun.lacking) {
        if let Some(summary) = summary {
            summary.without_detail += before.calls;
            let reason = summary.detail_reason.take();
            summary.detail_reason = reason.or_else(|| before.reason.clone());
        }
    }
    let kept = writing.await.map_err(|error| panicked(&error))??;
    match failed {
        Some(error) => Err(error),
        None => Ok((kept, summaries, cancelled)),
    }
}

pub(super) fn panicked(error: &tokio::task::JoinError) -> ExportError {
    ExportError::new(
        ExportErrorKind::Encode,
        format!("a part of the export broke off: {error}"),
        "go on by --resume, and report it",
    )
}
