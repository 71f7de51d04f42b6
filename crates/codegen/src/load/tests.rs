use insta::assert_snapshot;

use super::*;

fn problems(text: &str) -> String {
    match SpecDocument::parse(Path::new("specs/x.yaml"), text) {
        Ok(document) => format!("ok: {}", document.value()),
        Err(error) => {
            let lines = error.diagnostics().iter().map(ToString::to_string);
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn document_keeps_the_line_of_every_place() {
    let text = "a:\n  b: 1\n  c:\n    - x\n    - { d: 2,\n        e: 3 }\n";
    let document = SpecDocument::parse(Path::new("x"), text).unwrap();
    let line = |pointer| document.line(pointer);
    assert_eq!(
        [line("/a"), line("/a/b"), line("/a/c/1"), line("/a/c/1/e"), line("/a/c/1/none/below")],
        [Some(1), Some(2), Some(5), Some(6), Some(5)]
    );
    assert_eq!(line(""), Some(1));
}

#[test]
fn key_with_slash_and_tilde_is_escaped() {
    assert_eq!(child("/paths", "/a~b"), "/paths/~1a~0b");
}

#[test]
fn empty_files_are_refused() {
    assert_snapshot!(problems(""), @"specs/x.yaml: the file is empty; write an OpenAPI 3.0.3 document");
    assert_snapshot!(problems("# only a comment\n"), @"specs/x.yaml: the file is empty; write an OpenAPI 3.0.3 document");
}

#[test]
fn broken_yaml_names_the_line() {
    assert_snapshot!(problems("a:\n\tb: 1\n"), @"specs/x.yaml:2: not YAML, column 2: tabs disallowed within this context (block indentation); correct the indentation, quotes or brackets here or just above");
    assert_snapshot!(problems("a: [1, 2\nb: 3\n"), @"specs/x.yaml:2: /a: not YAML, column 2: illegal placement of ':' indicator; correct the indentation, quotes or brackets here or just above");
    assert_snapshot!(problems("a: \"x\nb: 3\n"), @"specs/x.yaml:1: not YAML, column 4: invalid indentation in quoted scalar; correct the indentation, quotes or brackets here or just above");
    assert_snapshot!(problems("a: 1\n b: 2\n"), @"specs/x.yaml:2: not YAML, column 3: mapping values are not allowed in this context; correct the indentation, quotes or brackets here or just above");
    assert_snapshot!(problems("a: 1\n--- \nb: 2\n"), @"specs/x.yaml:2: a second YAML document; write one document per file");
}

#[test]
fn keys_are_unique_texts() {
    assert_snapshot!(problems("a: 1\nb:\n  c: 1\n  c: 2\n"), @"specs/x.yaml:4: /b/c: the key occurs twice; remove one of the two");
    assert_snapshot!(problems("200: 1\n"), @r#"specs/x.yaml:1: /200: other tools do not read the key `200` as a text; write "200" instead"#);
    assert_snapshot!(problems("? [a]\n: 1\n"), @"specs/x.yaml:1: a key that is not a text; write the key as a text");
}

#[test]
fn words_that_tools_read_differently_are_refused() {
    assert_snapshot!(problems("version: 2026-04-21\nenum: [on, 'off']\n"), @r#"
    specs/x.yaml:1: /version: some tools read `2026-04-21` as a date; write "2026-04-21" instead
    specs/x.yaml:2: /enum/0: some tools read `on` as true or false; write "on" instead
    "#);
}

#[test]
fn anchors_aliases_and_tags_are_refused() {
    assert_snapshot!(problems("a: &x 1\nb: *x\n"), @"specs/x.yaml:1: an anchor (`&name`) or a tag (`!name`); write the text out, or a component and a `$ref`");
    assert_snapshot!(problems("a: !!str 1\n"), @"specs/x.yaml:1: an anchor (`&name`) or a tag (`!name`); write the text out, or a component and a `$ref`");
    assert_snapshot!(problems("a: &x { b: *x }\n"), @"specs/x.yaml:1: an anchor (`&name`) or a tag (`!name`); write the text out, or a component and a `$ref`");
}

#[test]
fn deep_nesting_is_refused() {
    assert_snapshot!(problems(&"[".repeat(100_000)), @"specs/x.yaml:1: more than 64 levels of nesting; name the inner schemas as components");
    let block = (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    assert_snapshot!(problems(&block), @"specs/x.yaml:65: /a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a: more than 64 levels of nesting; name the inner schemas as components");
}
