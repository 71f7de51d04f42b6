//! `callfold export`.

mod target;

use super::{
    list::explain,
    part::Part,
    report::{check_output, note_costly, print_export, report_failure},
};
use crate::args::{ExportArgs, Global};
use crate::config::Config;
use crate::failure::{ExitOutcome, Failure};
use crate::output::{OutputFormat, OutputStyle, Stderr, progress::ProgressUi};
use crate::shutdown;
use crate::sources::{self, WithoutConfig};
use callfold_export::{
    EncodeOptions, ExportError, ExportErrorKind, Format, Job, OnPartial, PrivacyError,
    PrivacyPolicy, TimeTexts,
};
use callfold_reader::{Order, Query, Source};
use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

/// Writes the calls of all sources to a file, a set of files or a stream.
pub(crate) async fn export(
    args: ExportArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let report = args.report.clone();
    check_output("--report", report.as_deref(), global)?;
    report_failure(report.as_deref(), run(args, global, stderr).await)
}

async fn run(
    mut args: ExportArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    args.filters.resolve(args.zone.tz)?;
    let shape = target::shape(&args)?;
    if args.bom && shape.format != Format::Csv {
        return Err(Failure::usage("--bom is for csv only", "leave it out"));
    }
    if args.raw && shape.format == Format::Csv {
        let help = "leave it out, or use --format jsonl, parquet or vcon";
        return Err(Failure::usage("--raw has no place in csv", help));
    }
    let part = args.part.as_deref().map(Part::read).transpose()?;
    let wanted = part.as_ref().map(|part| vec![part.name.account.clone()]);
    let wanted = wanted.as_ref().unwrap_or(&args.filters.source);
    let mut opened =
        sources::open(global, wanted, &args.filters.one_off, WithoutConfig::Refuse, stderr).await?;
    if let Some(part) = &part {
        // Another source's vendor can have the name of this account.
        opened.sources.retain(|source| part.is_of(source.as_ref()));
        if opened.sources.is_empty() {
            let problem = format!("there is no source {} of the part's vendor", part.name.account);
            return Err(Failure::usage(
                problem,
                "use the configuration that the plan was made with",
            ));
        }
    }
    if !opened.unopened.is_empty() && !args.accept_partial && !args.explain {
        let problem = format!("not exported, as {} cannot be opened", opened.unopened.join(", "));
        let help = "correct the configuration, select the other sources with --source, or export \
                    them with --accept-partial";
        return Err(Failure::usage(problem, help));
    }
    let query = part.as_ref().map_or_else(|| args.filters.query(), Part::query);
    if args.explain {
        // An export ignores the order.
        let query = Query { order: Order::AsRead, raw: args.raw, ..query };
        let columns = OutputStyle::of_stdout(global.color, false).columns;
        return explain(&opened, &query, OutputFormat::Table, columns);
    }
    let mut options = EncodeOptions::default();
    (options.raw, options.bom) = (args.raw, args.bom);
    options.privacy = privacy(&args, opened.config.as_ref())?;
    let target = target::target(&args, shape)?;
    check_output("--to", target.local_path(), global)?;
    note_costly(&opened, &query, stderr);
    // Calls on the same terminal are progress enough.
    let is_busy = args.target() == "-" && io::stdout().is_terminal();
    let auto = !stderr.is_quiet() && !is_busy;
    let ui = ProgressUi::new(args.progress, &opened.names(), auto, *stderr);
    let sources: Vec<Arc<dyn Source>> = opened.sources.drain(..).map(Arc::from).collect();
    let mut job = Job::new(sources, query.clone(), target, shape)
        .options(options)
        .time_texts(time_texts(&args))
        .partition(args.partition.clone())
        .on_partial(on_partial(&args))
        .overwrite(args.overwrite)
        .accept_partial(args.accept_partial)
        .progress(ui.export_listener());
    if let Some(directory) = target::staging(&args) {
        job = job.staging(directory);
    }
    let shutdown = shutdown::subscribe({
        let ui = ui.clone();
        move || ui.clear()
    });
    let result = job.run(shutdown).await;
    ui.finish();
    match result {
        Ok(result) => print_export(&args, part.as_ref(), &opened, &query, &result, stderr),
        Err(error) if error.kind() == ExportErrorKind::Interrupted => {
            let failure = failure(error);
            stderr.error(&failure);
            // Write the failure to the report too; the exit code is that of Ctrl-C.
            drop(report_failure(args.report.as_deref(), Err(failure)));
            Ok(ExitOutcome::Interrupted)
        }
        Err(error) => Err(failure(error)),
    }
}

fn on_partial(args: &ExportArgs) -> OnPartial {
    match (args.resume, args.restart) {
        (true, _) => OnPartial::Resume,
        (_, true) => OnPartial::Discard,
        _ => OnPartial::Refuse,
    }
}

/// The texts of relative times: `7d` an hour later is the same query.
fn time_texts(args: &ExportArgs) -> TimeTexts {
    // `today` is another day in another zone.
    let zone = args.zone.tz.map(|zone| format!(" {zone}")).unwrap_or_default();
    let text = |when: &Option<crate::args::TimeArg>| {
        when.as_ref().map(|when| format!("{}{zone}", when.text))
    };
    TimeTexts { since: text(&args.filters.since), until: text(&args.filters.until) }
}

fn privacy(args: &ExportArgs, config: Option<&Config>) -> Result<PrivacyPolicy, Failure> {
    let key = match config {
        Some(config) => config.hash_key(),
        None => Ok(None),
    };
    // A key that cannot be fetched matters only if something is hashed.
    let policy = |key| PrivacyPolicy::new(args.pii, &args.pii_column, key);
    match policy(key.as_ref().ok().and_then(Option::as_ref)) {
        Ok(policy) if policy.keeps_all() || !args.raw => Ok(policy),
        Ok(_) => Err(Failure::usage(
            "--raw includes the vendor's record, which --pii and --pii-column cannot redact",
            "remove --raw, or keep everything",
        )),
        Err(problem @ (PrivacyError::NoKey | PrivacyError::ShortKey)) => {
            key?;
            Err(Failure::usage(
                problem.to_string(),
                "write hash_key = { env = \"CALLFOLD_HASH_KEY\" } below [privacy] in \
                 callfold.toml, and keep the key: only the same key produces the same hashes",
            ))
        }
        Err(problem) => Err(Failure::usage(problem.to_string(), "see callfold export --help")),
    }
}

/// The failure of an export, with the options that help.
fn failure(error: ExportError) -> Failure {
    let problem = error.to_string();
    let options = match error.kind() {
        ExportErrorKind::PartialExists => "continue with --resume or discard it with --restart",
        ExportErrorKind::Changed => "resume with the same options, or discard it with --restart",
        ExportErrorKind::NotResumable => "discard it with --restart",
        ExportErrorKind::InTheWay => "or use --overwrite",
        _ if error.is_resumable() => "then continue with --resume",
        _ => "",
    };
    let help = match (error.help(), options) {
        ("", options) => options.trim_start_matches("then ").to_owned(),
        (help, "") => help.to_owned(),
        (help, options) => format!("{help}, {options}"),
    };
    match error.kind() {
        ExportErrorKind::Usage => Failure::Usage(problem, help),
        ExportErrorKind::Closed => Failure::Stdout(io::ErrorKind::BrokenPipe.into()),
        _ => Failure::Failed(problem, help),
    }
}
