//! `callfold export`.

mod outcome;
mod target;

use super::{
    list::explain,
    report::{check_output, note_costly, report_failure},
};
use crate::args::{ExportArgs, FileFormat, Format, Global, ProgressMode};
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::interrupt;
use crate::output::{Stderr, progress::Shown};
use crate::sources::{self, Opened, WithoutConfig};
use callfold_export::{
    Begin, EncodeOptions, ExportError, ExportErrorKind, Job, PrivacyError, PrivacyPolicy, Shape,
    TimeWords,
};
use callfold_reader::Source;
use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

/// Writes the calls of all sources to a file, a set of files or a stream.
pub(crate) async fn export(
    args: ExportArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<Outcome, Failure> {
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), exported(args, global, stderr).await)
}

async fn exported(args: ExportArgs, global: &Global, stderr: &Stderr) -> Result<Outcome, Failure> {
    args.filters.check()?;
    let shape = target::shape(&args)?;
    let mut opened =
        sources::open(global, &args.filters.source, WithoutConfig::Refuse, stderr).await?;
    let query = args.filters.query();
    if args.explain {
        return explain(&opened, &query, Format::Table);
    }
    let mut options = EncodeOptions::default();
    (options.raw, options.bom) = (args.raw, args.bom);
    options.privacy = privacy(&args, opened.config.as_ref())?;
    let target = target::target(&args, shape)?;
    check_output("--to", target.local_path(), global)?;
    note_costly(&opened, &query, stderr);
    let shown = shown(&args, global, &opened, stderr);
    let sources: Vec<Arc<dyn Source>> = opened.sources.drain(..).map(Arc::from).collect();
    let mut job = Job::new(sources, query.clone(), target, shape)
        .options(options)
        .words(words(&args))
        .partition(args.partition.clone())
        .begin(begin(&args))
        .overwrite(args.overwrite)
        .accept_partial(args.accept_partial)
        .progress(shown.listener());
    if let Some(directory) = target::staging(&args) {
        job = job.staging(directory);
    }
    let cancel = interrupt::take_over({
        let shown = shown.clone();
        move || shown.finish()
    });
    let ran = job.run(cancel).await;
    shown.finish();
    match ran {
        Ok(ran) => outcome::tell(&args, &opened, &query, &ran, stderr),
        Err(error) if error.kind() == ExportErrorKind::Interrupted => {
            let failure = failure(error);
            stderr.error(&failure);
            // The report says so too, and the exit code is that of Ctrl-C.
            drop(report_failure(args.report.as_deref(), Err(failure)));
            Ok(Outcome::Interrupted)
        }
        Err(error) => Err(failure(error)),
    }
}

fn begin(args: &ExportArgs) -> Begin {
    match (args.resume, args.restart) {
        (true, _) => Begin::Resume,
        (_, true) => Begin::Restart,
        _ => Begin::New,
    }
}

/// How the times were worded: `7d` an hour later is the same question.
fn words(args: &ExportArgs) -> TimeWords {
    let words = |when: &Option<crate::args::When>| when.as_ref().map(|when| when.words.clone());
    TimeWords { since: words(&args.filters.since), until: words(&args.filters.until) }
}

fn privacy(args: &ExportArgs, config: Option<&Config>) -> Result<PrivacyPolicy, Failure> {
    let key = match config {
        Some(config) => config.hash_key(),
        None => Ok(None),
    };
    // Where nothing is hashed, a key that cannot be had is missed by nobody.
    let policy = |key| PrivacyPolicy::new(args.pii, &args.pii_column, key);
    match policy(key.as_ref().ok().and_then(Option::as_ref)) {
        Ok(policy) if policy.keeps_all() || !args.raw => Ok(policy),
        Ok(_) => Err(Failure::Usage(
            "--raw writes the vendor's record as it is, which --pii and --pii-column cannot clean"
                .to_owned(),
            "leave --raw out, or keep everything".to_owned(),
        )),
        Err(problem @ (PrivacyError::NoKey | PrivacyError::ShortKey)) => {
            key?;
            Err(Failure::Usage(
                problem.to_string(),
                "write hash_key = { env = \"CALLFOLD_HASH_KEY\" } below [privacy] in \
                 callfold.toml, and keep the key: only the same key gives the same hashes"
                    .to_owned(),
            ))
        }
        Err(problem) => {
            let cure = "see callfold export --help".to_owned();
            Err(Failure::Usage(problem.to_string(), cure))
        }
    }
}

fn shown(args: &ExportArgs, global: &Global, opened: &Opened, stderr: &Stderr) -> Shown {
    let name = |source: &dyn Source| format!("{} ({})", source.account(), source.vendor());
    let names: Vec<_> = opened.sources.iter().map(|source| name(source.as_ref())).collect();
    match args.progress {
        ProgressMode::Json => Shown::lines(*stderr, names.len()),
        ProgressMode::Bar => Shown::bars(&names),
        // Calls on the same terminal are more than enough to see.
        ProgressMode::Auto if args.to == "-" && io::stdout().is_terminal() => Shown::Nothing,
        ProgressMode::Auto if io::stderr().is_terminal() && !global.quiet => Shown::bars(&names),
        _ => Shown::Nothing,
    }
}

fn failure(error: ExportError) -> Failure {
    let (problem, cure) = (error.to_string(), error.cure().to_owned());
    match error.kind() {
        ExportErrorKind::Usage => Failure::Usage(problem, cure),
        ExportErrorKind::Closed => Failure::Stdout(io::ErrorKind::BrokenPipe.into()),
        _ => Failure::Failed(problem, cure),
    }
}

impl FileFormat {
    fn of(self) -> callfold_export::Format {
        match self {
            Self::Jsonl => callfold_export::Format::Jsonl,
            Self::Csv => callfold_export::Format::Csv,
            Self::Parquet => callfold_export::Format::Parquet,
            Self::Vcon => callfold_export::Format::Vcon,
        }
    }
}

/// What a name says about a file, where it says something.
fn named(to: &str) -> Option<Shape> {
    Shape::of_path(to.trim_end_matches('/'))
}
