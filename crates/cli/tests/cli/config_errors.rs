//! Each configuration error is reported once, with location and help.

use crate::support::Machine;

/// Each is wrong in one way. What is `s3cret` must not appear in the error.
const WRONG: &[&str] = &[
    "",
    "# nothing here\n",
    "[sources]\n",
    "[source.clinic]\nvendor = \"ravan\"\n",
    "timeout = 3\n",
    "sources = 3\n",
    "[sources]\nclinic = \"s3cret\"\n",
    "[sources.\"in:bound\"]\nvendor = \"ravan\"\n",
    "[sources.clinic]\napi_key = \"s3cret\"\n",
    "[sources.clinic]\nvendor = \"ravn\"\napi_key = \"s3cret\"\n",
    "[sources.clinic]\nvendor = \"retell\"\n",
    "[sources.clinic]\nvendor = 3\n",
    "[sources.clinic]\nvendor = \"ravan\"\napikey = \"s3cret\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { envv = \"s3cret\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { env = \"A\", file = \"s3cret\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { env = 3 }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = true\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\n",
    "[sources.clinic]\nvendor = \"ravan\"\n",
    "[sources.clinic]\nvendor = \"ravan\"\napi_key = \"s3cret\"\ntoken = \"s3cret\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { env = \"CALLFOLD_TEST_UNSET\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { file = \"nowhere.txt\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { file = \"empty.txt\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = { command = \"echo s3cret; echo locked >&2; exit 4\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\\nline\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nbase_url = \"http://api.example.com\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nallow_http = \"yes\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\ntimeout = \"soon\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nretries = 1.5\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nrate = \"fast\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nconcurrency = 0\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\ncost_unit = \"dollars\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\ncost_unit = \"USC\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\ncost_unit = { command = \"echo s3cret\" }\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nassume_offset = \"IST\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\ntime_zone = \"IST\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nnumber_region = \"UK\"\n",
    "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nown_numbers = [\"+19195550100\", \"s3cret\"]\n",
    "[sources.clinic]\nvendor = \"ravan\"\napi_key = \"s3cret\"\nphones = \"+19195550100\"\n",
    "[sources.clinic]\nvendor = \"ravan\"\napi_key = \"s3cret\"\nphones = [\"9195550100\"]\n",
    "[sources.clinic]\nvendor = \"ravan\"\napi_key = s3cret\n",
    "[sources.clinic]\nvendor = \"ravan\"\napi_key = \"s3cret\n",
    "[sync]\nscrub = 5\n",
    "[sync]\nscrubb = \"5%\"\n",
    "[sources.a]\nvendor = \"ravan\"\napi_key = \"s3cret\"\n[sources.a]\nvendor = \"vaani\"\n",
];

#[test]
fn error_names_place_key_and_help() {
    let mut errors = String::new();
    for config in WRONG {
        let machine = Machine::with_config(config);
        machine.write("work/empty.txt", "\n");
        let ran = machine.run(&["list"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{config}");
        assert!(!ran.stderr.contains("s3cret"), "a secret in: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "one error: {}", ran.stderr);
        errors.push_str(&format!("{config}-----\n{}\n", ran.stderr));
    }
    insta::assert_snapshot!(errors);
}

#[test]
fn file_that_was_named_and_is_not_there_is_an_error() {
    let ran = Machine::new().run(&["list", "--config", "nowhere.toml"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r"
    error: nowhere.toml: cannot be read: no such file or directory
      help: check the path, or leave --config out to search for callfold.toml
    ");
}

#[test]
fn file_that_is_not_text_is_an_error() {
    let machine = Machine::new();
    let bytes = b"[sources.a]\nvendor = \"\xff\"\n";
    std::fs::write(machine.path().join("work/callfold.toml"), bytes).unwrap();
    let ran = machine.run(&["list"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @r"
    error: callfold.toml:2:11: is not UTF-8 text from here
      help: save it as UTF-8
    ");
}
