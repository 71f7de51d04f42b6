//! Reading, encoding and writing, side by side.

use super::{
    End, Job, Left, Outcome,
    begin::{Begun, begin},
    error::{ExportError, ExportErrorKind},
    feed::{Feed, Read},
    keeper::{Keeper, Parcel},
    publish::publish,
    sink::{Content, Document, Recipe},
};
use crate::{Position, target::Layout};
use callfold_reader::{Completeness, Verdict};
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture, FusedFuture},
    stream::FuturesOrdered,
};
use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::available_parallelism,
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
            let statements = vec![None; sources];
            return Ok(Outcome { end, statements, calls: 0, bytes: 0, files: 0, resumed: false });
        }
    };
    let (mut begun, keeper) = begun;
    let read = read(&mut begun, keeper, cancel.as_mut()).await;
    let Begun { staged, resumed, accept_partial, .. } = &mut begun;
    let (staged, resumed) = (staged.take(), *resumed);
    let (keeper, statements, cancelled) = match read {
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
    let failed = is_failed(&statements, calls, *accept_partial);
    let outcome = |end| Outcome { end, statements, calls, bytes, files, resumed };
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

/// Whether the result must not take its place: a source failed that might give
/// its calls another time, or none gave anything.
fn is_failed(statements: &[Option<Completeness>], calls: u64, accept_partial: bool) -> bool {
    let failed = |statement: &Option<Completeness>| match statement {
        Some(statement) => match statement.verdict {
            // It would never answer.
            Verdict::Unanswerable => false,
            Verdict::Reading => true,
            _ => statement.is_failed(),
        },
        None => true,
    };
    let mut statements = statements.iter();
    if accept_partial && (calls > 0 || !statements.clone().all(failed)) {
        return false;
    }
    statements.any(failed)
}

type Done = (Keeper, Vec<Option<Completeness>>, bool);

/// Reads until all sources have ended, or it is cancelled, or writing fails.
async fn read(
    begun: &mut Begun,
    keeper: Keeper,
    mut cancel: Pin<&mut (impl FusedFuture<Output = ()> + Send)>,
) -> Result<Done, ExportError> {
    let resume = std::mem::take(&mut begun.resume);
    let Begun { sources, query, turn, progress, .. } = &*begun;
    let mut feed = Feed::start(sources, query, resume, *turn, progress);
    let (parcels, receiver) = mpsc::channel(WRITING);
    let whole = Arc::new(AtomicBool::new(false));
    let (runtime, is_whole) = (Handle::current(), whole.clone());
    let writing = spawn_blocking(move || keeper.keep(receiver, || is_whole.load(SeqCst), &runtime));
    let ahead = available_parallelism().map_or(2, usize::from) + 1;
    let mut encoding: FuturesOrdered<BoxFuture<'static, _>> = FuturesOrdered::new();
    let (mut ended, mut cancelled, mut failed) = (false, false, None);
    let mut position = if begun.fresh { Position::Start } else { Position::After };
    while !(encoding.is_empty() && (ended || cancelled)) {
        tokio::select! {
            biased;
            () = &mut cancel, if !cancelled && !cancel.is_terminated() => cancelled = true,
            Some(encoded) = encoding.next(), if !encoding.is_empty() => match encoded {
                Ok(parcel) => {
                    if parcels.send(parcel).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            },
            read = feed.next(), if !ended && !cancelled && encoding.len() < ahead => match read {
                Some(read) => {
                    encoding.push_back(begun.encode(*read, position));
                    position = Position::After;
                }
                None => ended = true,
            },
        }
    }
    whole.store(ended && !cancelled && failed.is_none(), SeqCst);
    drop(parcels);
    let statements = feed.statements();
    drop(feed);
    let kept = writing.await.map_err(|error| panicked(&error))??;
    match failed {
        Some(error) => Err(error),
        None => Ok((kept, statements, cancelled)),
    }
}

pub(super) fn panicked(error: &tokio::task::JoinError) -> ExportError {
    ExportError::new(
        ExportErrorKind::Encode,
        format!("a part of the export broke off: {error}"),
        "go on by --resume, and report it",
    )
}

impl Begun {
    /// Turns a batch into what its sink takes.
    fn encode(
        &self,
        read: Read,
        position: Position,
    ) -> BoxFuture<'static, Result<Parcel, ExportError>> {
        let Read { source, calls, seen, checkpoint, room } = read;
        let count = calls.len() as u64;
        let recipe = self.recipe.clone();
        let appendable = recipe.shape.format.is_appendable();
        let parcel =
            move |content| Parcel { source, content, calls: count, seen, checkpoint, room };
        let spawned = match &self.layout {
            Layout::Folder => tokio::spawn(async move { documents(&recipe, &calls) }),
            Layout::File if appendable => tokio::spawn(async move {
                let mut bytes = Vec::new();
                recipe.encode(&calls, position, &mut bytes)?;
                Ok(Content::Bytes(bytes))
            }),
            _ => return future::ready(Ok(parcel(Content::Calls(calls)))).boxed(),
        };
        async move { Ok(parcel(spawned.await.map_err(|error| panicked(&error))??)) }.boxed()
    }
}

fn documents(
    recipe: &Recipe,
    calls: &[Box<callfold_unify::model::Call>],
) -> Result<Content, ExportError> {
    let document = |call: &Box<_>| {
        let (name, bytes) = crate::vcon::document(call, &recipe.options)?;
        Ok(Document { name, bytes })
    };
    Ok(Content::Documents(calls.iter().map(document).collect::<Result<_, ExportError>>()?))
}
