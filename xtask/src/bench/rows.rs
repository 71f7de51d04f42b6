//! What is measured.

use super::BenchArgs;
use super::measure::{Program, Usage, VENDORS};
use super::programs::Programs;
use super::report::{BenchReport, Figure, Goal, ReportSection, ResultLine, median};
use super::server::{CONFIGURATION, SandboxServer};
use std::path::Path;
use std::time::Duration;

/// What `--only` can choose from.
pub(super) const NAMES: &[&str] = &[
    "0 ms",
    "25 ms",
    "150 ms",
    "formats",
    "sync",
    "PostgreSQL",
    "library",
    "memory",
    "first calls",
    "start",
];

const MB: f64 = 1e6;
/// From this latency on, callfold finds its pace. Below, it is not what is measured.
const DEFAULT_PACE_MS: u32 = 150;

/// Programs that have goals.
const EXPORT: &str = "callfold export";
const PARQUET: &str = "callfold export, Parquet";
const WITHOUT_TURNS: &str = "callfold sync, the four vendors without turns";
const POSTGRES: &str = "callfold sync to PostgreSQL";

/// The tables that a sync fills.
const TABLES: [&str; 7] =
    ["calls", "turns", "cost_parts", "warnings", "raw", "transfers", "other_totals"];

/// A run, and the processor time the sandbox took meanwhile.
struct MeasuredRun {
    usage: Usage,
    sandbox: Option<f64>,
}

pub(super) fn measure(
    programs: &Programs,
    args: &BenchArgs,
    report: &mut BenchReport,
) -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(|cause| format!("no directory: {cause}"))?;
    let bench = Bench { programs, args, directory: directory.path() };
    for (name, records, latency, goals) in [
        ("0 ms", 20_000, 0, &[Goal::Times(1.3), Goal::Cpu(1.0)][..]),
        ("25 ms", 5_000, 25, &[Goal::Times(1.0)]),
        ("150 ms", 20_000, 150, &[Goal::Times(1.2)]),
    ] {
        if args.wants(name) {
            let of = |url: &str| {
                vec![bench.baseline(url), bench.spawned(url), bench.export("out.jsonl")]
            };
            let records = args.records(records);
            let title = match latency {
                DEFAULT_PACE_MS.. => "JSON lines, nothing configured",
                _ => "JSON lines",
            };
            let section = bench.compare(title, records, latency, &[], of)?;
            report.add(section, EXPORT, goals);
        }
    }
    if args.wants("formats") {
        let of = |url: &str| {
            let files = ["out.parquet", "out.csv", "out.jsonl.zst"].map(|file| bench.export(file));
            std::iter::once(bench.baseline(url)).chain(files).collect()
        };
        let section = bench.compare("other formats", args.records(20_000), 0, &[], of)?;
        report.add(section, PARQUET, &[Goal::ASecond(60_000.0)]);
    }
    if args.wants("sync") {
        let title = "a new SQLite database, lists as the vendors document them";
        let of = |url: &str| vec![bench.baseline(url), bench.sync(), bench.sync_without_turns()];
        let section = bench.compare(title, args.records(20_000), 0, &["light"], of)?;
        report.add(section, WITHOUT_TURNS, &[Goal::ASecond(40_000.0)]);
    }
    match std::env::var("CALLFOLD_TEST_POSTGRES") {
        Ok(server) if args.wants("PostgreSQL") => bench.postgres(&server, report)?,
        _ => {}
    }
    if args.wants("library") {
        let of = |url: &str| {
            let one = |program: Program| Program { vendors: 1, ..program };
            let library = |name| Program::new(name, &programs.library).with([url, "library.jsonl"]);
            vec![
                one(bench.by_hand("hand-written", url).with(["vaani"])),
                one(library("client crate and callfold-unify")),
                one(library("client crate, records only").with(["records"])),
            ]
        };
        for (records, latency) in [(100_000, 0), (20_000, 25)] {
            let section =
                bench.compare("JSON lines of Vaani", args.records(records), latency, &[], of)?;
            report.add(section, "", &[]);
        }
    }
    if args.wants("memory") {
        bench.memory(report)?;
    }
    if args.wants("first calls") {
        bench.first_calls(report)?;
    }
    if args.wants("start") {
        bench.start(report)?;
    }
    Ok(())
}

struct Bench<'a> {
    programs: &'a Programs,
    args: &'a BenchArgs,
    directory: &'a Path,
}

impl Bench<'_> {
    fn baseline(&self, url: &str) -> Program {
        self.by_hand("hand-written", url)
    }

    /// The same with a task for each vendor, so that both cores take records apart.
    fn spawned(&self, url: &str) -> Program {
        self.by_hand("hand-written, one task per vendor", url).with(["spawned"])
    }

    fn by_hand(&self, name: &'static str, url: &str) -> Program {
        Program::new(name, &self.programs.baseline).with([url, "baseline.jsonl"])
    }

    fn callfold(&self, name: &'static str) -> Program {
        Program::new(name, &self.programs.callfold)
    }

    fn export(&self, file: &'static str) -> Program {
        let name = match file.split_once('.') {
            Some((_, "jsonl")) => EXPORT,
            Some((_, "parquet")) => PARQUET,
            Some((_, "csv")) => "callfold export, CSV",
            _ => "callfold export, JSON lines, zstd",
        };
        let words = ["export", "--to", file, "--overwrite", "--progress", "none"];
        self.callfold(name).with(words)
    }

    fn sync(&self) -> Program {
        let words = ["sync", "--db", "out.sqlite", "--progress", "none"];
        self.callfold("callfold sync").with(words)
    }

    /// Of the vendors whose lists, as they document them, hold no transcripts.
    fn sync_without_turns(&self) -> Program {
        let vendors = ["vaani", "ravan", "vozagent", "agentvoice"];
        let sources = vendors.iter().flat_map(|vendor| ["--source", vendor]);
        Program { name: WITHOUT_TURNS, vendors: vendors.len(), ..self.sync().with(sources) }
    }

    fn server(&self, records: usize, latency: u32, more: &[&str]) -> Result<SandboxServer, String> {
        let server = SandboxServer::start(&self.programs.sandbox, records, latency, more)?;
        server.configure(self.directory, latency >= DEFAULT_PACE_MS)?;
        Ok(server)
    }

    /// Runs a program once, on nothing that an earlier run left.
    fn run(&self, program: &Program, server: &SandboxServer) -> Result<MeasuredRun, String> {
        for left in std::fs::read_dir(self.directory).into_iter().flatten().flatten() {
            if left.file_name() != CONFIGURATION {
                drop(std::fs::remove_file(left.path()));
            }
        }
        let before = server.cpu();
        let usage = program.run(self.directory)?;
        let sandbox = server.cpu().zip(before).map(|(after, before)| after - before);
        Ok(MeasuredRun { usage, sandbox })
    }

    /// Programs beside the first of them, in turns. Each runs once before, so
    /// that the sandbox has rendered the pages it asks for.
    fn compare(
        &self,
        title: &'static str,
        records: usize,
        latency: u32,
        more: &[&str],
        programs: impl Fn(&str) -> Vec<Program>,
    ) -> Result<ReportSection, String> {
        let server = self.server(records, latency, more)?;
        let programs = programs(&server.url);
        let mut runs: Vec<Vec<MeasuredRun>> = programs.iter().map(|_| Vec::new()).collect();
        for program in &programs {
            self.run(program, &server)?;
        }
        for _ in 0..self.args.repetitions() {
            for (program, runs) in programs.iter().zip(&mut runs) {
                runs.push(self.run(program, &server)?);
            }
        }
        let first: Vec<Usage> = runs[0].iter().map(|run| run.usage).collect();
        let line = |(program, runs): (&Program, &Vec<MeasuredRun>)| {
            let calls = (program.vendors * records) as f64;
            // Of the calls that the first program reads.
            let part = program.vendors as f64 / programs[0].vendors as f64;
            let of = |what: &dyn Fn(&MeasuredRun) -> f64| median(runs.iter().map(what).collect());
            let beside = |what: &dyn Fn(Usage) -> f64| {
                let pairs = runs.iter().zip(&first);
                median(pairs.map(|(run, first)| what(run.usage) / what(*first)).collect())
            };
            let share = |run: &MeasuredRun| {
                let sandbox = run.sandbox.unwrap_or(f64::NAN);
                sandbox / (sandbox + run.usage.cpu)
            };
            ResultLine {
                program: program.name,
                calls_a_second: of(&|run| calls / run.usage.seconds),
                cpu_of_100_000: of(&|run| run.usage.cpu / calls * 1e5),
                peak_mb: of(&|run| run.usage.peak as f64 / MB),
                times_the_calls: part * beside(&|usage| 1.0 / usage.seconds),
                times_the_cpu: beside(&|usage| usage.cpu) / part,
                sandbox_share: of(&share),
            }
        };
        let lines = programs.iter().zip(&runs).map(line).collect();
        Ok(ReportSection {
            title,
            latency_ms: latency,
            calls: programs[0].vendors * records,
            lines,
        })
    }

    /// Syncs to PostgreSQL, beside `COPY` of the rows that they write, into the same tables with
    /// the same indexes.
    fn postgres(&self, server: &str, report: &mut BenchReport) -> Result<(), String> {
        let directory = tempfile::tempdir().map_err(|cause| format!("no directory: {cause}"))?;
        let psql = format!("psql -qtAX -v ON_ERROR_STOP=1 '{server}'");
        let database = |schema: &str| format!("{server}?options=-csearch_path%3D{schema}");
        let fresh = |schema: &str| {
            format!(
                "{psql} -c 'SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE; \
                 CREATE SCHEMA {schema}'"
            )
        };
        let shell = |script: String| Program::new("", Path::new("sh")).with(["-c", &script]);
        let sync = |sources: &str| {
            let (program, database) = (self.programs.callfold.display(), database("synced"));
            shell(format!(
                "{} && exec '{program}' sync --db '{database}' --progress none {sources}",
                fresh("synced")
            ))
        };
        let four = "--source vaani,ravan,vozagent,agentvoice";
        let copied = directory.path().display();
        // Saves what a sync has written, and makes the same tables without a row.
        let save = TABLES.map(|table| {
            format!(
                "\\copy synced.{table} TO '{copied}/{table}'\n\
                 CREATE TABLE copied.{table} (LIKE synced.{table} INCLUDING ALL);\n"
            )
        });
        let load = TABLES.map(|table| {
            format!("TRUNCATE copied.{table};\n\\copy copied.{table} FROM '{copied}/{table}'\n")
        });
        let script = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).map_err(|cause| format!("{}: {cause}", path.display()))?;
            Ok::<_, String>(format!("{psql} -f '{}'", path.display()))
        };
        let (save, load) = (script("save", &save.concat())?, script("load", &load.concat())?);
        for (title, sources, vendors, goal) in [
            ("a new PostgreSQL database, four vendors without turns", four, 4, 25_000.0),
            ("a new PostgreSQL database", "", VENDORS, 12_500.0),
        ] {
            let records = self.args.records(10_000);
            let sandbox = self.server(records, 0, &["light"])?;
            let named = |name, program: Program| Program { name, vendors, ..program };
            let prepare = shell(format!("{} && {save}", fresh("copied")));
            self.run(&sync(sources), &sandbox)?;
            self.run(&prepare, &sandbox)?;
            drop(sandbox);
            let of =
                |_: &str| vec![named("COPY", shell(load.clone())), named(POSTGRES, sync(sources))];
            let section = self.compare(title, records, 0, &["light"], of)?;
            report.add(section, POSTGRES, &[Goal::ASecond(goal)]);
        }
        Ok(())
    }

    /// Of a call that was read nothing may stay but the print it is known by.
    fn memory(&self, report: &mut BenchReport) -> Result<(), String> {
        const MOST: f64 = 100.0;
        let mut peaks = Vec::new();
        for records in [20_000, 100_000] {
            let records = self.args.records(records);
            let server = self.server(records, 0, &[])?;
            let program = self.export("out.jsonl");
            let runs = (0..self.args.repetitions().min(3)).map(|_| self.run(&program, &server));
            let runs: Vec<MeasuredRun> = runs.collect::<Result<_, _>>()?;
            let peak = median(runs.iter().map(|run| run.usage.peak as f64).collect());
            peaks.push((VENDORS * records, peak));
        }
        let [(few, small), (many, large)] = peaks[..] else { return Ok(()) };
        let further = (large - small) / (many - few) as f64;
        let (small, large) = (small / MB, large / MB);
        report.facts.push(Figure {
            name: format!("peak memory with {few} and {many} calls"),
            value: format!("{small:.0} MB and {large:.0} MB, {further:.0} bytes a further call"),
            goal: format!("under {MOST:.0} bytes a further call"),
            met: further < MOST,
        });
        Ok(())
    }

    /// `list --limit 20` from a cold start.
    fn first_calls(&self, report: &mut BenchReport) -> Result<(), String> {
        for latency in [0, 25, 150] {
            let server = self.server(self.args.records(20_000), latency, &[])?;
            let program = self.callfold("callfold list").with(["list", "--limit", "20"]);
            self.run(&program, &server)?;
            let (mut took, mut requests) = (Vec::new(), Vec::new());
            for _ in 0..self.args.repetitions() {
                took.push(self.run(&program, &server)?.usage.seconds * 1e3);
                requests.push(millis(server.slowest_request()?));
            }
            let (took, request) = (median(took), median(requests));
            let most = 3.0 * request + 30.0;
            report.facts.push(Figure {
                name: format!("list --limit 20, responses after {latency} ms"),
                value: format!("{took:.0} ms"),
                goal: format!("under 3 x {request:.0} ms + 30 ms"),
                met: took < most,
            });
        }
        Ok(())
    }

    /// What the program itself weighs.
    fn start(&self, report: &mut BenchReport) -> Result<(), String> {
        let program = self.callfold("callfold --help").with(["--help"]);
        let runs = (0..3 * self.args.repetitions()).map(|_| program.run(self.directory));
        let runs: Vec<f64> =
            runs.map(|run| run.map(|usage| usage.seconds * 1e3)).collect::<Result<_, _>>()?;
        let took = median(runs);
        report.facts.push(Figure {
            name: "callfold --help".to_owned(),
            value: format!("{took:.1} ms"),
            goal: "under 10 ms".to_owned(),
            met: took < 10.0,
        });
        let path = &self.programs.callfold;
        let size =
            std::fs::metadata(path).map_err(|cause| format!("{}: {cause}", path.display()))?;
        let size = size.len() as f64 / MB;
        report.facts.push(Figure {
            name: "size of the program, stripped".to_owned(),
            value: format!("{size:.1} MB"),
            goal: "under 25 MB".to_owned(),
            met: size < 25.0,
        });
        Ok(())
    }
}

fn millis(length: Duration) -> f64 {
    length.as_secs_f64() * 1e3
}
