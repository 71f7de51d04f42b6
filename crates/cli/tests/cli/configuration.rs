//! Where the configuration is found, and where its values come from.

use crate::support::{Machine, sandbox, source_config};

#[test]
fn working_directory_comes_before_the_users_directory_and_an_option_before_both() {
    let machine = Machine::new();
    machine.write("home/.config/callfold/callfold.toml", &source_config("from-home", "vaani"));
    assert!(machine.stdout(&["list", "-n", "1"]).contains("from-home"));
    machine.write("work/callfold.toml", &source_config("from-here", "vaani"));
    assert!(machine.stdout(&["list", "-n", "1"]).contains("from-here"));
    machine.write("other.toml", &source_config("from-option", "vaani"));
    assert!(
        machine.stdout(&["list", "-n", "1", "--config", "../other.toml"]).contains("from-option")
    );
}

#[test]
fn directories_above_are_searched_and_the_nearest_holds() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.path().join("work/a/b")).unwrap();
    let list = || {
        let mut command = machine.command(&["list", "-n", "1"]);
        let output = command.current_dir(machine.path().join("work/a/b")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    machine.write("home/.config/callfold/callfold.toml", &source_config("from-home", "vaani"));
    assert!(list().contains("from-home"));
    machine.write("work/callfold.toml", &source_config("from-above", "vaani"));
    assert!(list().contains("from-above"));
    machine.write("work/a/callfold.toml", &source_config("from-near", "vaani"));
    assert!(list().contains("from-near"));
    machine.write("work/a/b/callfold.toml", &source_config("from-here", "vaani"));
    assert!(list().contains("from-here"));
}

#[test]
fn variable_names_the_file_and_an_option_comes_before_it() {
    let machine = Machine::with_config(&source_config("from-here", "vaani"));
    machine.write("variable.toml", &source_config("from-variable", "vaani"));
    machine.write("option.toml", &source_config("from-option", "vaani"));
    let run = |args: &[&str], variable: &str| {
        let mut command = machine.command(args);
        crate::support::Ran::of(command.env("CALLFOLD_CONFIG", variable).output().unwrap())
    };
    let list = ["list", "-n", "1"];
    assert!(run(&list, "../variable.toml").stdout.contains("from-variable"));
    assert!(run(&list, "").stdout.contains("from-here"), "empty is as if it were not set");
    let named = ["list", "-n", "1", "--config", "../option.toml"];
    assert!(run(&named, "../variable.toml").stdout.contains("from-option"));
    let missing = run(&list, "nowhere.toml");
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(missing.stderr, @r"
    error: nowhere.toml: does not exist, but CALLFOLD_CONFIG names it
      help: correct CALLFOLD_CONFIG, or unset it to search for callfold.toml
    ");
    let path = run(&["config", "path"], "../variable.toml");
    assert_eq!(path.stdout, format!("{}/../variable.toml\n", machine.work()));
}

#[test]
fn configuration_is_checked_without_a_request() {
    // Nobody listens where its sources are.
    let config =
        "[sources.good]\nvendor = \"vaani\"\napi_key = \"k\"\nbase_url = \"http://127.0.0.1:1\"\n";
    let machine = Machine::with_config(config);
    let file = format!("{}/callfold.toml\n", machine.work());
    assert_eq!(machine.stdout(&["config", "path"]), file);
    assert_eq!(machine.stdout(&["config", "check"]), format!("{file}ok      good (vaani)\n"));
    let more = "[sources.unset]\nvendor = \"ravan\"\napi_key = { env = \"CALLFOLD_TEST_UNSET\" }\n\
                [privacy]\nhash_key = { file = \"nowhere\" }\n";
    machine.write("work/callfold.toml", &format!("{config}{more}"));
    let ran = machine.run(&["config", "check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stdout.contains("\nok      good (vaani)\nfailed  unset (ravan)\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\nfailed  [privacy]\n"), "{}", ran.stdout);
    assert!(ran.stderr.starts_with("error: callfold.toml: 2 invalid sections\n"), "{}", ran.stderr);
    machine.write("work/callfold.toml", "[source.a]\n");
    let ran = machine.run(&["config", "check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("did you mean [sources.NAME]?"), "{}", ran.stderr);
}

#[test]
fn xdg_directory_is_the_users_directory() {
    let machine = Machine::new();
    std::fs::create_dir_all(machine.path().join("xdg/callfold")).unwrap();
    machine.write("xdg/callfold/callfold.toml", &source_config("from-xdg", "vaani"));
    let mut command = machine.command(&["list", "-n", "1"]);
    let output = command.env("XDG_CONFIG_HOME", machine.path().join("xdg")).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("from-xdg"));
}

#[cfg(unix)]
#[test]
fn any_string_can_come_from_the_environment_a_file_or_a_command() {
    let base = sandbox().base_url("agentvoice");
    let config = format!(
        "[sources.sales]\nvendor = {{ command = \"echo agentvoice\" }}\n\
         api_key = {{ env = \"SALES_KEY\" }}\norganization_id = {{ file = \"org.txt\" }}\n\
         base_url = {{ command = \"printf '%s' '{base}'\" }}\ntimeout = {{ env = \"LIMIT\" }}\n"
    );
    let machine = Machine::with_config(&config);
    machine.write("work/org.txt", "sandbox-org\n");
    let mut command = machine.command(&["check"]);
    let output = command.env("SALES_KEY", "sandbox-key").env("LIMIT", "20s").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ok      sales (agentvoice)\n");
}

#[test]
fn only_secrets_of_the_chosen_sources_are_fetched() {
    let config = source_config("leads", "vozagent")
        + "[sources.later]\nvendor = \"vaani\"\napi_key = { env = \"CALLFOLD_TEST_UNSET\" }\n";
    let machine = Machine::with_config(&config);
    assert_eq!(machine.run(&["list", "--source", "leads"]).code, Some(0));
    // The others answer, and the run is partial.
    let ran = machine.run(&["list"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(3), 41), "{}", ran.stderr);
    assert!(ran.stderr.contains("the environment variable CALLFOLD_TEST_UNSET is not set"));
    let ran = machine.run(&["list", "--source", "later"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    // A file that lacks a source must not look complete.
    let ran = machine.run(&["export", "calls.jsonl"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("not exported, as later (vaani) cannot be opened"),
        "{}",
        ran.stderr
    );
    let ran = machine.run(&["export", "calls.jsonl", "--accept-partial"]);
    assert_eq!(
        (ran.code, ran.stderr.contains("wrote 40 calls")),
        (Some(3), true),
        "{}",
        ran.stderr
    );
    let ran = machine.run(&["sync", "calls.sqlite"]);
    assert_eq!((ran.code, ran.stderr.contains("40 new")), (Some(3), true), "{}", ran.stderr);
    assert_eq!(machine.run(&["lint"]).code, Some(3));
}

#[test]
fn numbers_of_a_source_restrict_what_is_read() {
    let restricted =
        source_config("clinic", "ravan") + "phones = [\"+1 919 555 0100\", \"+14155550100\"]\n";
    let calls = Machine::with_config(&restricted).stdout(&["list", "-o", "jsonl"]);
    assert!(calls.lines().count() > 1, "{calls}");
    for line in calls.lines() {
        assert!(line.contains("+19195550100") || line.contains("+14155550100"), "{line}");
    }
    let all =
        Machine::with_config(&source_config("clinic", "ravan")).stdout(&["list", "-o", "jsonl"]);
    let expected =
        all.lines().filter(|l| l.contains("\"+19195550100\"") || l.contains("\"+14155550100\""));
    assert_eq!(calls.lines().count(), expected.count());
}

#[test]
fn unit_and_offset_of_a_source_are_applied() {
    let config = source_config("support-in", "vaani")
        + "assume_offset = \"+05:30\"\n"
        + &source_config("pilot", "zudu")
        + "cost_unit = \"usd\"\n";
    let machine = Machine::with_config(&config);
    let plain = Machine::with_sandbox();
    let first = |machine: &Machine, source: &str| -> serde_json::Value {
        let args = ["list", "--source", source, "-o", "jsonl"];
        let text = machine.stdout(&args);
        let with_cost = text.lines().find(|line| line.contains("\"unit\":")).unwrap();
        serde_json::from_str(with_cost).unwrap()
    };
    assert_eq!(first(&machine, "pilot")["cost"]["unit"], "USD");
    let at = |call: serde_json::Value| -> chrono::DateTime<chrono::Utc> {
        call["started_at"].as_str().unwrap().parse().unwrap()
    };
    let shift = at(first(&plain, "support-in")) - at(first(&machine, "support-in"));
    assert_eq!(shift.num_minutes(), 330);
}

#[test]
fn readme_and_vendors_show_the_same_table_of_settings() {
    let readme = include_str!("../../README.md");
    for vendor in callfold_reader::vendors() {
        let shown = Machine::new().stdout(&["vendors", vendor.name]);
        for setting in callfold_reader::common_settings() {
            let row = |line: &&str| {
                line.split('|')
                    .nth(1)
                    .is_some_and(|cell| cell.contains(&format!("`{}`", setting.key)))
            };
            assert!(readme.lines().any(|line| row(&line)), "{}", setting.key);
            let line = format!("  {:<17}{:<14}{}\n", setting.key, "optional", setting.help);
            assert!(shown.contains(&line), "{line} in\n{shown}");
        }
        for setting in callfold_reader::MAPPING_SETTINGS {
            let row = format!("| `{}` | {} |\n", setting.key, setting.help);
            assert!(readme.contains(&row), "{row}");
        }
    }
}

#[test]
fn explain_shows_the_settings_that_records_are_read_with() {
    let config = source_config("pilot", "zudu")
        + "cost_unit = \"usd-minor\"\nnumber_region = \"gb\"\ntime_zone = \"Asia/Kolkata\"\n"
        + "own_numbers = [\"020 7946 0958\", \"+19195550100\"]\nassume_offset = \"-03:00\"\n";
    let plan = Machine::with_config(&config).stdout(&["list", "--explain"]);
    let settings = "  settings   assume_offset = -03:00\n             time_zone = Asia/Kolkata\n             \
                    number_region = GB\n             own_numbers = 2 numbers\n             \
                    cost_unit = USD-minor\n";
    assert!(plan.contains(settings), "{plan}");
    let plain = Machine::with_config(&source_config("pilot", "zudu"));
    assert!(!plain.stdout(&["list", "--explain"]).contains("settings"), "none is set");
}
