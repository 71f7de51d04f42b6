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
    assert_eq!(machine.run(&["list"]).code, Some(2));
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
