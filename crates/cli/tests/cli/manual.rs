//! The pages of `callfold help`, and man pages.

use crate::support::Machine;
use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn page_is_that_of_the_docs() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for page in ["fields", "formats", "sync", "verdicts"] {
        let text = fs::read_to_string(docs.join(page).with_extension("md")).unwrap();
        assert_eq!(Machine::new().stdout(&["help", page]), text);
    }
}

#[test]
fn help_of_a_command_is_what_its_option_prints() {
    let machine = Machine::new();
    for command in [&[][..], &["list"], &["config", "check"]] {
        let option = machine.stdout(&[command, &["--help"]].concat());
        assert_eq!(machine.stdout(&[&["help"], command].concat()), option);
    }
}

#[test]
fn unknown_page_is_an_error_that_suggests_one() {
    let ran = Machine::new().run(&["help", "fromats"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(ran.stderr.trim_end(), @r#"
    error: no command or page is called "fromats"
      help: did you mean formats?
    "#);
    let ran = Machine::new().run(&["help", "list", "xyz"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

/// The commands of a help text.
fn commands(help: &str) -> Vec<String> {
    let Some((_, commands)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let lines = lines.filter(|line| !line.starts_with("    "));
    lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn each_command_has_a_man_page() {
    let machine = Machine::new();
    assert_eq!(machine.stdout(&["man", "new/man1"]), "");
    let mut expected = BTreeSet::from(["callfold.1".to_owned()]);
    for command in commands(&machine.stdout(&["--help"])) {
        expected.insert(format!("callfold-{command}.1"));
        for below in commands(&machine.stdout(&[&command, "--help"])) {
            expected.insert(format!("callfold-{command}-{below}.1"));
        }
    }
    let pages = fs::read_dir(machine.path().join("work/new/man1")).unwrap();
    let pages = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    assert_eq!(pages.collect::<BTreeSet<_>>(), expected);
    assert!(expected.contains("callfold-config-check.1"), "{expected:?}");
    let main = machine.read("new/man1/callfold.1");
    assert_eq!(machine.stdout(&["man"]).as_bytes(), main);
}

#[test]
fn man_page_keeps_the_lines_of_examples() {
    let machine = Machine::new();
    machine.stdout(&["man", "."]);
    let page = String::from_utf8(machine.read("callfold-list.1")).unwrap();
    let examples =
        page.split_once(".SH EXAMPLES\n.nf\n").unwrap().1.split_once("\n.fi\n").unwrap().0;
    assert!(examples.lines().any(|line| line == r"callfold list \-\-since 7d"), "{examples}");
}

#[test]
fn man_pages_that_cannot_be_written_are_an_error() {
    let machine = Machine::new();
    machine.write("work/file", "");
    let ran = machine.run(&["man", "file"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.starts_with("error: file cannot be written: "), "{}", ran.stderr);
}
