//! From what a job says to everything that is needed to run it: the target
//! looked at, the staging directory taken, what was kept before opened.

use super::{
    Job,
    asked::{Asked, Asking},
    encoding::Encoding,
    error::{ExportError, ExportErrorKind},
    keeper::{Keeper, Notes},
    sink::{Appended, Folder, Partitions, Recipe, Segments, Sink, Stream},
};
use crate::{
    Position, Progress, encoder,
    journal::{Journal, Kept, Lacking, Seen},
    target::{
        Layout, Place, local,
        staging::{self, Staging},
        store::{Before, Remote},
    },
};
use callfold_reader::{Query, ResumeState, Source};
use hmac::digest::Digest;
use sha2::Sha256;
use std::{
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A job that can be run.
pub(super) struct Begun {
    pub(super) sources: Vec<Arc<dyn Source>>,
    pub(super) query: Query,
    pub(super) recipe: Recipe,
    pub(super) encoding: Encoding,
    pub(super) layout: Layout,
    pub(super) progress: Progress,
    pub(super) accept_partial: bool,
    pub(super) overwrite: bool,
    pub(super) resume: Vec<Option<ResumeState>>,
    pub(super) turn: usize,
    /// What lacked its details before a resume, for each source.
    pub(super) lacking: Vec<Lacking>,
    pub(super) resumed: bool,
    /// `None` for a stream.
    pub(super) staged: Option<Staged>,
}

/// Where the result grows, and where it goes then.
pub(super) struct Staged {
    pub(super) staging: Staging,
    pub(super) to: Destination,
    pub(super) run: String,
}

/// Where a result goes that is whole.
pub(super) enum Destination {
    Local(PathBuf),
    Store(Remote, Before),
}

pub(super) async fn begin(job: Job) -> Result<(Begun, Keeper), ExportError> {
    let Job { sources, mut query, words, target, shape, mut options, partition, .. } = job;
    options.compression = shape.compression;
    options.omit = partition.iter().map(ToString::to_string).collect();
    query.raw = options.raw;
    // Options that do not fit are told before anything is touched.
    encoder(shape.format, &options, Position::Start)?;
    let layout = target.layout(shape, &partition)?;
    let recipe = Recipe { shape, options };
    let shown = target.to_string();
    let mut keeper = Keeper {
        sink: Box::new(super::sink::Nowhere),
        notes: None,
        sources: sources.len(),
        calls: 0,
        every: job.commit_every,
        progress: job.progress.clone(),
    };
    let mut begun = Begun {
        resume: vec![None; sources.len()],
        sources,
        query,
        encoding: Encoding::new(&recipe, &layout),
        recipe,
        layout,
        progress: job.progress,
        accept_partial: job.accept_partial,
        overwrite: job.overwrite,
        turn: 0,
        lacking: Vec::new(),
        resumed: false,
        staged: None,
    };
    let (to, directory) = match target.0 {
        Place::Stream(out) => {
            keeper.sink = Box::new(Stream::new(out, begun.recipe.clone())?);
            return Ok((begun, keeper));
        }
        Place::Local(path) => {
            let path = local::resolve(&path, &begun.layout)?;
            match begun.layout {
                Layout::File => local::check_file(&path, begun.overwrite)?,
                _ => local::check_directory(&path, begun.overwrite)?,
            }
            let directory = staging::beside(&path);
            (Destination::Local(path), directory)
        }
        Place::Store(remote) => {
            let before = remote.inspect(&begun.layout, begun.overwrite).await?;
            let root = job.staging.unwrap_or_else(|| std::env::temp_dir().join("callfold-export"));
            staging::make(&root)?;
            let directory = root.join(name(&remote));
            (Destination::Store(remote, before), directory)
        }
    };
    let (staging, found) = Staging::open(directory, &shown, job.begin)?;
    let opened = begun.open(&staging, found, &words);
    let (journal, seen, sink) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            staging.tidy();
            return Err(error);
        }
    };
    if let Destination::Local(path) = &to {
        local::recover(&staging, path)?;
    }
    keeper.calls = journal.calls;
    keeper.sink = sink;
    begun.turn = journal.turn;
    begun.lacking = journal.lacking.clone();
    let (directory, run) = (staging.directory().to_owned(), journal.run.clone());
    keeper.notes = Some(Notes { directory, journal, seen });
    begun.staged = Some(Staged { staging, to, run });
    Ok((begun, keeper))
}

impl Begun {
    /// Opens what was kept, or begins with nothing.
    fn open(
        &mut self,
        staging: &Staging,
        found: Option<Journal>,
        words: &crate::TimeWords,
    ) -> Result<(Journal, Seen, Box<dyn Sink>), ExportError> {
        let asking = Asking {
            sources: &self.sources,
            query: &self.query,
            words,
            shape: self.recipe.shape,
            options: &self.recipe.options,
            layout: &self.layout,
        };
        let directory = staging.directory();
        let journal = match found {
            None => Journal::new(run_id(), Asked::new(&asking), self.sources.len()),
            Some(journal) => {
                let differs = journal.asked.differs(&asking);
                if !differs.is_empty() {
                    return Err(changed(directory, &differs));
                }
                self.resumed = true;
                journal
            }
        };
        if self.resumed {
            journal.asked.bound(&mut self.query);
            self.resume = journal.resume(directory)?;
        }
        let seen = Seen::open(directory, &journal)?;
        let sink = self.sink(staging, &journal.kept, &journal.run)?;
        Ok((journal, seen, sink))
    }

    fn sink(
        &self,
        staging: &Staging,
        kept: &Kept,
        run: &str,
    ) -> Result<Box<dyn Sink>, ExportError> {
        let (data, recipe) = (staging.data(), self.recipe.clone());
        Ok(match &self.layout {
            Layout::File if recipe.shape.format.is_appendable() => {
                Box::new(Appended::open(&data, kept, recipe)?)
            }
            Layout::File => Box::new(Segments::open(&data, kept, recipe)?),
            Layout::Folder => Box::new(Folder::open(staging.directory(), &data, kept)?),
            Layout::Set(by) => {
                Box::new(Partitions::open(&data, kept, by.clone(), run.to_owned(), recipe)?)
            }
        })
    }
}

fn changed(directory: &Path, differs: &[String]) -> ExportError {
    let (names, verb) = match differs {
        [one] => (one.clone(), "is"),
        [first @ .., last] => (format!("{} and {last}", first.join(", ")), "are"),
        [] => Default::default(),
    };
    ExportError::new(
        ExportErrorKind::Changed,
        format!("{names} {verb} not what {} was begun with", directory.display()),
        "resume it with the options it was begun with, or throw it away and begin anew by --restart",
    )
}

/// Names the files of one run: when it began, and something nobody else has.
fn run_id() -> String {
    let random = RandomState::new().hash_one(0) & 0xff_ffff;
    format!("{}-{random:06x}", chrono::Utc::now().format("%Y%m%dT%H%M%SZ"))
}

/// What the staging directory of an object is called.
fn name(remote: &Remote) -> String {
    let print = Sha256::digest(remote.shown().as_bytes());
    let print: String = print.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = remote.name().chars().filter(is_plain).take(60).collect();
    format!("{name}-{print}.partial")
}
