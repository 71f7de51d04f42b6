//! Checks the target, locks the staging directory, and opens what an earlier run committed.

use super::{
    Job,
    sink::{
        AppendSink, EncodeConfig, FilePerCall, NullSink, PartitionSink, SegmentSink, Sink,
        StreamSink,
    },
    writer::{ExportWriter, ResumeLog},
};
use crate::{
    ExportError, ExportErrorKind, ExportProgress, FilePosition, TimeTexts, encoder,
    fingerprint::{ExportFingerprint, ExportParams},
    fs::ensure_directory,
    journal::{CommittedFiles, FingerprintLog, Journal, MissingDetails},
    target::{
        Layout, TargetKind, local,
        manifest::Manifest,
        staging::{self, Staging},
        store::StoreTarget,
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

/// A job that is ready to run.
pub(super) struct PreparedJob {
    pub(super) sources: Vec<Arc<dyn Source>>,
    pub(super) query: Query,
    pub(super) config: EncodeConfig,
    pub(super) layout: Layout,
    pub(super) progress: ExportProgress,
    pub(super) accept_partial: bool,
    pub(super) overwrite: bool,
    pub(super) resume: Vec<Option<ResumeState>>,
    pub(super) next_source: usize,
    /// Of the runs before a resume, in the order of the sources.
    pub(super) missing_details: Vec<MissingDetails>,
    pub(super) resumed: bool,
    /// `None` for a stream.
    pub(super) staged: Option<StagedResult>,
}

/// Where the result is built, and where it is published.
pub(super) struct StagedResult {
    pub(super) staging: Staging,
    pub(super) destination: Destination,
    pub(super) run: String,
}

/// Where a result is published.
pub(super) enum Destination {
    Local(PathBuf),
    /// With the manifest of the set that is there now.
    Store(StoreTarget, Option<Manifest>),
}

pub(super) async fn prepare(job: Job) -> Result<(PreparedJob, ExportWriter), ExportError> {
    let Job { sources, mut query, time_texts, target, shape, mut options, partition, .. } = job;
    options.compression = shape.compression;
    options.omit = partition.iter().map(ToString::to_string).collect();
    query.raw = options.raw;
    // Refuse options that do not fit together before anything is touched.
    encoder(shape.format, &options, FilePosition::Start)?;
    let layout = target.layout(shape, &partition)?;
    let name = target.to_string();
    let mut writer = ExportWriter {
        sink: Box::new(NullSink),
        log: None,
        sources: sources.len(),
        calls: 0,
        commit_every: job.commit_every,
        progress: job.progress.clone(),
    };
    let mut prepared = PreparedJob {
        resume: vec![None; sources.len()],
        sources,
        query,
        config: EncodeConfig { shape, options },
        layout,
        progress: job.progress,
        accept_partial: job.accept_partial,
        overwrite: job.overwrite,
        next_source: 0,
        missing_details: Vec::new(),
        resumed: false,
        staged: None,
    };
    let (destination, directory) = match target.0 {
        TargetKind::Stream(out) => {
            writer.sink = Box::new(StreamSink::new(out, prepared.config.clone())?);
            return Ok((prepared, writer));
        }
        TargetKind::Local(path) => {
            let path = local::resolve(&path, &prepared.layout)?;
            match prepared.layout {
                Layout::File => local::check_file(&path, prepared.overwrite)?,
                _ => local::check_directory(&path, prepared.overwrite)?,
            }
            let directory = staging::beside(&path);
            (Destination::Local(path), directory)
        }
        TargetKind::Store(target) => {
            let previous = target.inspect(&prepared.layout, prepared.overwrite).await?;
            let root = job.staging.unwrap_or_else(|| std::env::temp_dir().join("callfold-export"));
            ensure_directory(&root)?;
            let directory = root.join(directory_name(&target));
            (Destination::Store(target, previous), directory)
        }
    };
    let (staging, journal) = Staging::open(directory, &name, job.on_partial)?;
    let opened = prepared.open(&staging, journal, &time_texts);
    let (journal, seen, sink) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            staging.remove_if_empty();
            return Err(error);
        }
    };
    if let Destination::Local(path) = &destination {
        local::recover(&staging, path)?;
    }
    writer.calls = journal.calls;
    writer.sink = sink;
    prepared.next_source = journal.next_source;
    prepared.missing_details = journal.missing_details.clone();
    let (directory, run) = (staging.directory().to_owned(), journal.run.clone());
    writer.log = Some(ResumeLog { directory, journal, seen });
    prepared.staged = Some(StagedResult { staging, destination, run });
    Ok((prepared, writer))
}

impl PreparedJob {
    /// Opens what an earlier run committed, or starts with nothing.
    fn open(
        &mut self,
        staging: &Staging,
        journal: Option<Journal>,
        time_texts: &TimeTexts,
    ) -> Result<(Journal, FingerprintLog, Box<dyn Sink>), ExportError> {
        let params = ExportParams {
            sources: &self.sources,
            query: &self.query,
            time_texts,
            shape: self.config.shape,
            options: &self.config.options,
            layout: &self.layout,
        };
        let directory = staging.directory();
        let journal = match journal {
            None => Journal::new(run_id(), ExportFingerprint::new(&params), self.sources.len()),
            Some(journal) => {
                let changed = journal.fingerprint.changed_options(&params);
                if !changed.is_empty() {
                    return Err(options_changed(directory, &changed));
                }
                self.resumed = true;
                journal.fingerprint.restore_times(&mut self.query);
                self.resume = journal.resume(directory)?;
                journal
            }
        };
        let seen = FingerprintLog::open(directory, &journal)?;
        let sink = self.sink(staging, &journal.committed, &journal.run)?;
        Ok((journal, seen, sink))
    }

    fn sink(
        &self,
        staging: &Staging,
        committed: &CommittedFiles,
        run: &str,
    ) -> Result<Box<dyn Sink>, ExportError> {
        let (data, config) = (staging.data(), self.config.clone());
        Ok(match &self.layout {
            Layout::File if config.shape.format.is_appendable() => {
                Box::new(AppendSink::open(&data, committed, config)?)
            }
            Layout::File => Box::new(SegmentSink::open(&data, committed, config)?),
            Layout::FilePerCall => {
                Box::new(FilePerCall::open(staging.directory(), &data, committed)?)
            }
            Layout::Partitioned(by) => {
                Box::new(PartitionSink::open(&data, committed, by.clone(), run, config)?)
            }
        })
    }
}

fn options_changed(directory: &Path, changed: &[String]) -> ExportError {
    let names = match changed {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    };
    let problem = format!("{} was started with a different {names}", directory.display());
    ExportError::new(ExportErrorKind::Changed, problem, "")
}

/// A unique id of a run, part of the names of its files.
fn run_id() -> String {
    let random = RandomState::new().hash_one(0) & 0xff_ffff;
    format!("{}-{random:06x}", chrono::Utc::now().format("%Y%m%dT%H%M%SZ"))
}

/// The name of the staging directory of an object.
fn directory_name(target: &StoreTarget) -> String {
    let hash = Sha256::digest(target.shown().as_bytes());
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = target.name().chars().filter(is_plain).take(60).collect();
    format!("{name}-{hash}.partial")
}
