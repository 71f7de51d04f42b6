//! The one place where calls are written, on a thread of its own: what goes to
//! disk, when it counts, and in which order that is said.

use super::{
    error::ExportError,
    sink::{Content, Pace, Sink},
};
use crate::{
    journal::{Journal, Lacking, Seen},
    progress::{Event, Progress, Written},
};
use callfold_reader::{Checkpoint, Fingerprint};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

/// Calls after which a file is ended, where that is what it takes.
const SELDOM_CALLS: u64 = 250_000;

/// A batch on its way to where it is kept.
pub(crate) struct Parcel {
    pub(crate) source: usize,
    pub(crate) content: Content,
    pub(crate) calls: u64,
    /// Of the calls, those that lack their details.
    pub(crate) lacking: Lacking,
    pub(crate) seen: Vec<Fingerprint>,
    pub(crate) checkpoint: Checkpoint,
    /// Given back when it is written.
    pub(crate) room: OwnedSemaphorePermit,
}

/// What makes an export resumable; a stream has none of it.
pub(crate) struct Notes {
    pub(crate) directory: PathBuf,
    pub(crate) journal: Journal,
    pub(crate) seen: Seen,
}

/// Keeps batches in order.
pub(crate) struct Keeper {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) notes: Option<Notes>,
    pub(crate) sources: usize,
    pub(crate) calls: u64,
    pub(crate) every: Option<Duration>,
    pub(crate) progress: Progress,
}

impl Keeper {
    /// Writes what comes until nothing more does; `whole` tells then whether
    /// that was all.
    pub(crate) fn keep(
        mut self,
        mut parcels: mpsc::Receiver<Parcel>,
        whole: impl FnOnce() -> bool,
        runtime: &Handle,
    ) -> Result<Self, ExportError> {
        let (every, most) = match (self.sink.pace(), self.every) {
            (pace, Some(every)) => (every, calls_of(pace)),
            (Pace::Often, None) => (Duration::from_millis(500), u64::MAX),
            (Pace::Sometimes, None) => (Duration::from_secs(5), u64::MAX),
            (pace @ Pace::Seldom, None) => (Duration::from_secs(15 * 60), calls_of(pace)),
        };
        let (mut last, mut since) = (Instant::now(), None);
        loop {
            let next = match since {
                None => runtime.block_on(parcels.recv()),
                // What was written must not wait for a slow source to count.
                Some(_) => {
                    let left = every.saturating_sub(last.elapsed());
                    match runtime.block_on(async { timeout(left, parcels.recv()).await }) {
                        Ok(next) => next,
                        Err(_) => {
                            self.commit()?;
                            (last, since) = (Instant::now(), None);
                            continue;
                        }
                    }
                }
            };
            let Some(parcel) = next else { break };
            let calls = parcel.calls;
            if let Err(error) = self.take(parcel) {
                // What came before is kept, if that can be had at all. Files
                // that are whole only with their end may hold half a batch.
                if self.sink.pace() == Pace::Often {
                    let _ = self.commit();
                }
                return Err(error);
            }
            let uncounted = since.unwrap_or(0) + calls;
            since = Some(uncounted);
            if last.elapsed() >= every || uncounted >= most {
                self.commit()?;
                (last, since) = (Instant::now(), None);
            }
        }
        let kept = if whole() { self.sink.finish()? } else { self.sink.commit()? };
        self.note(kept)?;
        self.tell();
        Ok(self)
    }

    fn take(&mut self, parcel: Parcel) -> Result<(), ExportError> {
        let Parcel { source, content, calls, lacking, seen, checkpoint, room } = parcel;
        self.sink.put(content)?;
        self.calls += calls;
        if let Some(notes) = &mut self.notes {
            notes.seen.add(source, &seen)?;
            notes.journal.checkpoints[source] = Some(checkpoint);
            notes.journal.turn = (source + 1) % self.sources.max(1);
            notes.journal.calls = self.calls;
            // One that an older version wrote has no such counts.
            notes.journal.lacking.resize_with(self.sources, Lacking::default);
            notes.journal.lacking[source].add(&lacking);
        }
        drop(room);
        self.tell();
        Ok(())
    }

    /// First the data, then the prints, then the journal that counts them.
    fn commit(&mut self) -> Result<(), ExportError> {
        let kept = self.sink.commit()?;
        self.note(kept)
    }

    fn note(&mut self, kept: crate::journal::Kept) -> Result<(), ExportError> {
        let Some(notes) = &mut self.notes else { return Ok(()) };
        notes.journal.kept = kept;
        notes.seen.commit(&mut notes.journal)?;
        notes.journal.store(&notes.directory)
    }

    fn tell(&self) {
        let (bytes, files) = self.sink.size();
        self.progress.tell(Event::Written(Written { calls: self.calls, bytes, files }));
    }
}

fn calls_of(pace: Pace) -> u64 {
    if pace == Pace::Seldom { SELDOM_CALLS } else { u64::MAX }
}
