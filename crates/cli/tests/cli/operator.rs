//! An operator's first hour on a terminal, and what it needs: one account without a file, time
//! zones, completion, errors for programs.

use crate::support::{Machine, Ran, sandbox, serve, source_config};
use crate::terminal::terminal;
use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write as _},
    process::{Command, Stdio},
};

/// A terminal, and what was shown on it.
struct Session<'a> {
    machine: &'a Machine,
    columns: u16,
    transcript: String,
}

impl Session<'_> {
    /// Runs a command line, with these answers to its questions.
    fn run(&mut self, line: &str, answers: &[&str]) -> Option<i32> {
        let args: Vec<_> = line.split(' ').skip(1).collect();
        let mut command = self.machine.command(&args);
        command.env("TERM", "xterm").env("NO_COLOR", "1");
        let (text, code) = play(command, self.columns, answers);
        let text = text.replace(&self.machine.work(), "/work");
        let code_line = code.filter(|code| *code != 0).map(|code| format!("[exit code {code}]\n"));
        let code_line = code_line.unwrap_or_default();
        write!(self.transcript, "$ {line}\n{text}{code_line}\n").unwrap();
        code
    }
}

/// What a program shows on a terminal, and its exit code. Each answer is typed at a prompt.
fn play(mut command: Command, columns: u16, answers: &[&str]) -> (String, Option<i32>) {
    let (mut master, slave) = terminal(columns);
    command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
    let mut child = command.spawn().unwrap();
    drop(command);
    let (mut output, mut chunk) = (Vec::new(), [0; 4096]);
    let mut answers = answers.iter();
    // Ends with an error once the other side is closed.
    while let Ok(read @ 1..) = master.read(&mut chunk) {
        output.extend_from_slice(&chunk[..read]);
        if output.ends_with(b": ")
            && let Some(answer) = answers.next()
        {
            master.write_all(format!("{answer}\n").as_bytes()).unwrap();
        }
    }
    let code = child.wait().unwrap().code();
    let text = String::from_utf8(output).unwrap().replace("\r\n", "\n");
    // A spinner or bar clears its line before what follows is written there.
    let lines = text.lines().map(|line| line.rsplit("\u{1b}[2K").next().unwrap_or(line));
    let lines = lines.map(|line| line.rsplit('\r').next().unwrap_or(line));
    (lines.map(|line| format!("{}\n", line.trim_end())).collect(), code)
}

/// The text without what differs from run to run.
fn stable(text: &str) -> String {
    let mut stable = String::new();
    for line in text.lines() {
        let line = match line.split_once("verified up to ") {
            Some((before, _)) => format!("{before}verified up to …"),
            None => line.to_owned(),
        };
        let line = match line.split_once(" to calls.csv (") {
            Some((before, _)) => format!("{before} to calls.csv (…)"),
            None => line,
        };
        // The line before may have been cut within the time.
        if !line.trim_start().starts_with("within ") {
            stable.push_str(line.trim_end());
            stable.push('\n');
        }
    }
    stable
}

fn hour(columns: u16) -> String {
    let machine = Machine::new();
    let mut session = Session { machine: &machine, columns, transcript: String::new() };
    let answers = ["vani", "vaani", "front desk", "", "yes", "no"];
    assert_eq!(session.run("callfold init", &answers), Some(0), "{}", session.transcript);
    // How long the path is decides where its line is cut.
    let at = session.transcript.find("wrote ").unwrap();
    session.transcript.truncate(at);
    session.transcript.push_str("wrote …\n\n");
    let mut check = machine.command(&["config", "check"]);
    let ran = Ran::of(check.env("VAANI_API_KEY", "s3cret").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    session.run("callfold config check", &[]);
    // The rest of the hour, at accounts that answer.
    let unset = "[sources.later]\nvendor = \"vaani\"\napi_key = { env = \"LATER_KEY\" }\n";
    let accounts = source_config("clinic", "ravan")
        + &source_config("sales", "agentvoice")
        + &source_config("pilot", "zudu");
    machine.write("work/callfold.toml", &format!("{accounts}{unset}"));
    for (line, code) in [
        ("callfold check", 3),
        ("callfold list -n 3", 3),
        ("callfold list --source sales,pilot -n 4 --status ended,failed --tz Asia/Kolkata", 0),
        ("callfold list --source sales,pilot -n 3 --columns time,status,vendor,id", 0),
        ("callfold list --source sales --since tomorrow", 2),
        ("callfold list --source salse", 2),
        ("callfold list --status ende", 2),
        ("callfold list --direction inbound --source clinic,sales -n 2", 3),
        ("callfold list --source pilot --explain --phone +19195550100,+14155550100", 0),
        ("callfold list --source pilot --raw", 2),
        ("callfold get nobody --source pilot,sales", 1),
        ("callfold export calls.csv --progress none", 2),
        ("callfold export calls.csv --progress none --source sales,pilot", 0),
        ("callfold export calls.csv --progress none --source sales,pilot --explain", 0),
        ("callfold sync calls.sqlite --progress none --source sales,pilot", 0),
        ("callfold vendors zudu", 0),
    ] {
        assert_eq!(session.run(line, &[]), Some(code), "{line}: {}", session.transcript);
    }
    let newest = machine.stdout(&[
        "-q", "list", "--source", "pilot", "-n", "1", "--status", "ended", "-o", "jsonl",
    ]);
    let newest: serde_json::Value = serde_json::from_str(&newest).unwrap();
    let id = newest["call_id"].as_str().unwrap();
    session.run(&format!("callfold get {id} --source pilot"), &[]);
    let text = stable(&session.transcript);
    for line in text.lines().filter(|line| !line.starts_with("$ ")) {
        // A single long word does not have to fit.
        let fits = line.chars().count() <= columns.into() || !line.trim().contains(' ');
        assert!(fits, "{columns}: {line}");
    }
    let names = sandbox().base_url("zudu").to_string();
    text.replace(names.trim_end_matches("/zudu"), "http://sandbox")
}

#[test]
fn first_hour_on_a_narrow_terminal() {
    insta::assert_snapshot!(hour(80));
}

#[test]
fn first_hour_on_a_wide_terminal() {
    insta::assert_snapshot!(hour(120));
}

#[test]
fn one_account_is_read_without_a_configuration() {
    let machine = Machine::new();
    let base = format!("base_url={}", sandbox().base_url("zudu"));
    let run = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["--vendor", "zudu", "--api-key-env", "ZUDU_KEY", "--set", &base]);
        all.extend(["--set", "api-secret=file:secret", "--set", "rate=1e6", "--account", "pilot"]);
        let mut command = machine.command(&all);
        for (key, value) in sandbox().credentials("zudu") {
            match *key {
                "api_key" => drop(command.env("ZUDU_KEY", value)),
                _ => machine.write("work/secret", value),
            }
        }
        Ran::of(command.output().unwrap())
    };
    for (args, says) in [
        (&["list", "-n", "1"][..], "pilot (zudu): 1 shown, 40 matched"),
        (&["export", "calls.jsonl"], "wrote 40 calls to calls.jsonl"),
        (&["sync", "calls.sqlite"], "pilot (zudu): 40 new"),
        (&["lint"], "pilot (zudu): 40 matched"),
    ] {
        let ran = run(args);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(run(&["check"]).stdout, "ok      pilot (zudu)\n");
    let listed: serde_json::Value =
        serde_json::from_str(&run(&["list", "-n", "1", "-o", "jsonl"]).stdout).unwrap();
    let ran = run(&["get", listed["id"].as_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn account_of_the_command_line_that_lacks_something_is_a_usage_error() {
    let machine = Machine::new();
    let mut text = String::new();
    for args in [
        &["--vendor", "zuda"][..],
        &["--vendor", "zudu"],
        &["--vendor", "zudu", "--api-key-env", "NOT_SET", "--set", "api_secret=env:A"],
        &["--vendor", "ravan"],
        &["--vendor", "vaani", "--set", "api_key=sk-very-secret"],
        &["--vendor", "vaani", "--api-key-env", "HOME", "--set", "rate=fast"],
        &["--vendor", "vaani", "--api-key-env", "HOME", "--set", "rat=1"],
        &["--vendor", "vaani", "--api-key-env", "HOME", "--set", "timeout=soon"],
        &["--vendor", "vaani", "--api-key-env", "HOME", "--set", "api_key=env:HOME"],
        &["--api-key-env", "HOME"],
    ] {
        let mut all = vec!["check"];
        all.extend(args);
        let ran = machine.run(&all);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}");
        write!(text, "{}\n{}\n", args.join(" "), ran.stderr).unwrap();
    }
    assert!(!text.replace("api_key=sk-very-secret", "").contains("very-secret"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn times_are_those_of_the_zone() {
    let machine = Machine::with_sandbox();
    let list = |args: &[&str]| {
        let mut all = vec!["-q", "list", "--source", "sales"];
        all.extend(args);
        machine.stdout(&all)
    };
    let first = |text: String| text.lines().nth(1).unwrap()[..19].to_owned();
    let (utc, kolkata) = (list(&["-n", "1"]), list(&["-n", "1", "--tz", "Asia/Kolkata"]));
    assert!(utc.starts_with("TIME (UTC) ") && kolkata.starts_with("TIME (Asia/Kolkata) "));
    let at = |text: String| {
        chrono::NaiveDateTime::parse_from_str(&first(text), "%Y-%m-%d %H:%M:%S").unwrap()
    };
    assert_eq!((at(kolkata) - at(utc)).num_minutes(), 330);
    let mut local =
        machine.command(&["-q", "list", "--source", "sales", "-n", "1", "--tz", "local"]);
    let local = Ran::of(local.env("TZ", "America/New_York").output().unwrap());
    assert!(
        local.stdout.starts_with("TIME (America/New_York) "),
        "{}{}",
        local.stdout,
        local.stderr
    );
    // A date is the zone's; what is written stays in UTC.
    let dated = ["--since", "2026-06-10", "--until", "2026-06-25T09:00", "-o", "jsonl"];
    let named =
        ["--since", "2026-06-09T18:30:00Z", "--until", "2026-06-25T03:30:00Z", "-o", "jsonl"];
    let dated = list(&[&dated[..], &["--tz", "Asia/Kolkata"]].concat());
    assert_eq!(dated, list(&named));
    assert!(!dated.is_empty());
    let ran = machine.run(&["list", "--since", "2026-06-20T09:00"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @"error: --since: a time needs a UTC offset: write 2026-06-20T09:00:00Z for UTC, or 2026-06-20T09:00:00+05:30, or name its zone with --tz");
}

#[test]
fn call_on_a_terminal_is_masked_unless_asked_for() {
    let machine = Machine::with_sandbox();
    let listed = machine.stdout(&["list", "--source", "sales", "-o", "jsonl", "--detail", "full"]);
    let call: serde_json::Value = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|call: &serde_json::Value| {
            !call["transcript"]["turns"].as_array().unwrap().is_empty()
        })
        .unwrap();
    let said = call["transcript"]["turns"][0]["text"].as_str().unwrap();
    let said = &said[..said.len().min(20)];
    let show = |args: &[&str]| {
        let mut all = vec!["get", call["id"].as_str().unwrap()];
        all.extend(args);
        let mut command = machine.command(&all);
        command.env("TERM", "xterm");
        play(command, 200, &[]).0
    };
    let masked = show(&[]);
    assert!(!masked.contains(said) && !masked.contains("5550"), "{masked}");
    assert!(masked.contains("--unmask shows it"), "{masked}");
    assert!(show(&["--unmask"]).contains(said));
    assert!(show(&["-o", "jsonl"]).contains(said));
}

#[test]
fn errors_are_objects_where_the_output_is_json() {
    let machine = Machine::with_config(
        "[sources.gone]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"http://127.0.0.1:1\"\nretries = 0\n",
    );
    for (args, code, starts) in [
        (&["list", "-o", "json"][..], 1, "gone (vaani): vaani list_calls: "),
        (&["list", "--output=jsonl"], 1, "gone (vaani): vaani list_calls: "),
        (&["get", "x", "-o", "json"], 1, "gone (vaani): "),
        (&["list", "-o", "json", "--source", "nope"], 2, "unknown source \"nope\""),
        (&["list", "-o", "json", "--status", "ende"], 2, "invalid value 'ende' for '--status"),
        (&["list", "-o", "json", "--config", "nowhere"], 2, "nowhere: cannot be read"),
    ] {
        let ran = machine.run(args);
        assert_eq!(ran.code, Some(code), "{args:?}: {}", ran.stderr);
        let line = ran.stderr.lines().find(|line| line.starts_with('{')).unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(line).unwrap();
        let problem = error["error"].as_str().unwrap();
        assert!(problem.starts_with(starts), "{args:?}: {problem}");
        assert!(!error["help"].as_str().unwrap().is_empty(), "{args:?}");
        assert!(!ran.stderr.contains("error: "), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn options_without_an_effect_are_refused() {
    let machine = Machine::with_sandbox();
    for args in [
        &["list", "--raw"][..],
        &["list", "--raw", "-o", "csv"],
        &["get", "x", "--raw"],
        &["export", "a.csv", "--raw"],
        &["export", "a.jsonl", "--bom"],
        &["list", "--every", "1s"],
        &["list", "--follow", "-o", "json"],
        &["list", "--set", "rate=1"],
    ] {
        let ran = machine.run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(machine.names(), ["callfold.toml"]);
}

/// The candidates that the engine gives a shell for the last word.
fn candidates(machine: &Machine, shell: &str, words: &[&str]) -> Vec<String> {
    let mut command = machine.command(&["--"]);
    command.args(words).env("COMPLETE", shell);
    command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
    let ran = Ran::of(command.env("_CLAP_IFS", "\n").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // zsh and fish have a help text after the candidate.
    let word = |line: &str| line.split(['\t', ':']).next().unwrap_or_default().to_owned();
    ran.stdout.lines().map(word).collect()
}

#[test]
fn shells_complete_sources_vendors_columns_and_statuses() {
    let config = "[sources.clinic]\nvendor = \"vaani\"\napi_key = { command = \"touch ran\" }\n\
                  [sources.sales]\nvendor = \"zudu\"\napi_key = \"k\"\napi_secret = \"s\"\n";
    let machine = Machine::with_config(config);
    for shell in ["bash", "zsh", "fish"] {
        let complete = |words: &[&str]| candidates(&machine, shell, words);
        let sources = complete(&["callfold", "list", "--source", ""]);
        for name in ["clinic", "sales", "vaani", "zudu"] {
            assert!(sources.iter().any(|found| found == name), "{shell}: {sources:?}");
        }
        assert_eq!(complete(&["callfold", "check", "cl"]), ["clinic"], "{shell}");
        assert_eq!(complete(&["callfold", "sync", "x", "--source", "sales,cl"]), ["sales,clinic"]);
        assert_eq!(complete(&["callfold", "list", "--vendor", "zu"]), ["zudu"], "{shell}");
        assert_eq!(complete(&["callfold", "vendors", "rav"]), ["ravan"], "{shell}");
        assert_eq!(complete(&["callfold", "list", "--columns", "dur"]), ["duration"], "{shell}");
        assert_eq!(complete(&["callfold", "list", "--status", "en"]), ["ended"], "{shell}");
        let script = machine.stdout(&["completions", shell]);
        assert!(script.contains("COMPLETE=") && script.contains("callfold"), "{shell}: {script}");
    }
    assert_eq!(machine.names(), ["callfold.toml"], "no command of the configuration has run");
}

#[test]
fn followed_list_shows_calls_as_they_arrive() {
    use callfold_sandbox::{Sandbox, SandboxOptions};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = SandboxOptions::default().records(5).grow("5/s".parse().unwrap());
    let server = runtime.block_on(Sandbox::start(options)).unwrap();
    let mut config = String::from("[sources.desk]\nvendor = \"vaani\"\nrate = 1e6\n");
    for (key, value) in server.credentials("vaani") {
        writeln!(config, "{key} = \"{value}\"").unwrap();
    }
    writeln!(config, "base_url = \"{}\"", server.base_url("vaani")).unwrap();
    let machine = Machine::with_config(&config);
    let args = ["list", "--follow", "--every", "1s", "-n", "1", "-o", "jsonl"];
    let mut command = machine.command(&args);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut calls = std::collections::BTreeMap::<String, Vec<String>>::new();
    for line in lines.by_ref() {
        let call: serde_json::Value = serde_json::from_str(&line).unwrap();
        let status = call["status"].as_str().unwrap().to_owned();
        calls.entry(call["id"].as_str().unwrap().to_owned()).or_default().push(status);
        // Calls beyond the first have come, and one of them has changed.
        if calls.len() > 3 && calls.values().any(|states| states.len() > 1) {
            break;
        }
    }
    assert!(
        calls.values().all(|states| states.windows(2).all(|two| two[0] != two[1])),
        "{calls:?}"
    );
    let pid = rustix::process::Pid::from_child(&run);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    // It may be at writing what was read.
    lines.for_each(drop);
    assert_eq!(run.wait().unwrap().code(), Some(130));
    let mut stderr = String::new();
    run.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(stderr, "finishing up; press Ctrl-C again to quit now\n");
}

#[test]
fn denied_upload_is_noticed_before_anything_is_read() {
    let store = serve("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>");
    // Nobody listens where the source is.
    let machine = Machine::with_config(
        "[sources.gone]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"http://127.0.0.1:1\"\nretries = 0\n",
    );
    let mut command = machine.command(&["export", "s3://bucket/calls.jsonl"]);
    command.env("AWS_ENDPOINT_URL", &store).env("AWS_ALLOW_HTTP", "true");
    command.env("AWS_ACCESS_KEY_ID", "k").env("AWS_SECRET_ACCESS_KEY", "s").env("AWS_REGION", "a");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("error: s3://bucket/calls.jsonl cannot be written: "),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("gone"), "the source was not asked: {}", ran.stderr);
}

#[test]
fn help_of_each_command() {
    let machine = Machine::new();
    let mut text = String::new();
    for command in [
        &[][..],
        &["list"],
        &["export"],
        &["sync"],
        &["plan"],
        &["merge-reports"],
        &["airbyte"],
        &["airbyte", "read"],
        &["singer"],
        &["init"],
        &["show"],
        &["recording"],
        &["stats"],
        &["report"],
        &["vendors"],
        &["check"],
        &["config"],
        &["config", "path"],
        &["config", "check"],
        &["lint"],
        &["map"],
        &["sandbox"],
        &["schema"],
        &["completions"],
    ] {
        let mut args = command.to_vec();
        args.push("--help");
        write!(text, "$ callfold {}\n{}\n", args.join(" "), machine.stdout(&args)).unwrap();
    }
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(lines.lines().all(|line| line.chars().count() <= 100), "{lines}");
    insta::assert_snapshot!(lines);
}

/// What the shell is offered for the last of these words.
fn completions(machine: &Machine, words: &[&str]) -> Vec<String> {
    let mut command = machine.command(&["--", "callfold"]);
    command.args(words).env("COMPLETE", "fish");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn shell_completes_agents_and_ids_of_the_newest_calls() {
    let machine = Machine::new();
    assert!(completions(&machine, &["get", ""]).iter().all(|word| word.starts_with('-')));
    machine.write("work/callfold.toml", &source_config("sales", "agentvoice"));
    let newest = machine.stdout(&["list", "-n", "1", "-o", "jsonl"]);
    let newest: serde_json::Value = serde_json::from_str(&newest).unwrap();
    let id = newest["call_id"].as_str().unwrap();
    let offered = completions(&machine, &["get", &id[..6]]);
    assert!(offered.iter().any(|word| word == id), "{id}: {offered:?}");
    let agent = newest["agent"]["name"].as_str().or(newest["agent"]["id"].as_str()).unwrap();
    let offered = completions(&machine, &["list", "--agent", ""]);
    assert!(offered.iter().any(|word| word == agent), "{agent}: {offered:?}");
    // No command of the configuration runs at a key press.
    let key = "[sources.later]\nvendor = \"vaani\"\napi_key = { command = \"touch ran\" }\n";
    machine.write("work/callfold.toml", key);
    completions(&machine, &["get", ""]);
    assert!(!machine.path().join("work/ran").exists());
}
