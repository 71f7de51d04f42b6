//! From spec text to Rust source.

/// A spec that uses every form of the dialect.
pub(crate) const EXAMPLE: &str = include_str!("../tests/example.yaml");

/// The example after replacing each first text by the second, everywhere.
pub(crate) fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(EXAMPLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the example has no {from:?}");
        text.replace(from, to)
    })
}

use std::path::Path;

use insta::assert_snapshot;

use crate::load::SpecDocument;
use crate::{ErrorKind, Sources, catch_panic, source};

fn outcome(text: &str) -> Result<Sources, crate::Error> {
    SpecDocument::parse(Path::new("specs/x.yaml"), text).and_then(|document| source(&document))
}

fn refused(text: &str) -> String {
    match outcome(text) {
        Ok(_) => String::new(),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }
}

#[test]
fn malformed_specs_are_errors() {
    assert_snapshot!(refused(""), @"Syntax: specs/x.yaml: the file is empty; write an OpenAPI 3.0.3 document");
    assert_snapshot!(refused("hello"), @"Dialect: specs/x.yaml:1: a text where the dialect has the document (a mapping); write the document (a mapping) instead");
    assert_snapshot!(refused("null"), @"Dialect: specs/x.yaml:1: nothing where the dialect has the document (a mapping); write the document (a mapping) instead");
    assert_snapshot!(refused("{}"), @"Dialect: specs/x.yaml:1: a document without `openapi`; write `openapi: 3.0.3`, and the document in that version's forms");
    assert_snapshot!(refused("\u{0}\u{1}"), @"Syntax: specs/x.yaml:1: not YAML, column 1: found unprintable character; correct the indentation, quotes or brackets here or just above");
    assert_snapshot!(refused("openapi: 3.1.0\ninfo: { title: A, version: \"1\" }\nwebhooks: {}\n"), @"Dialect: specs/x.yaml:1: /openapi: OpenAPI 3.1.0; write `openapi: 3.0.3`, and the document in that version's forms");
    assert_snapshot!(refused("swagger: \"2.0\"\ninfo: { title: A, version: \"1\" }\npaths: {}\n"), @"Dialect: specs/x.yaml:1: a document without `openapi`; write `openapi: 3.0.3`, and the document in that version's forms");
}

#[test]
fn missing_file_is_an_error() {
    let error = crate::generate(Path::new("specs/nobody.yaml")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_snapshot!(error, @"specs/nobody.yaml: the spec cannot be read (No such file or directory (os error 2)); write the spec to this path, or correct the path");
    assert_eq!(crate::lint(Path::new("specs/nobody.yaml")), error.diagnostics());
}

#[test]
fn cyclic_references_are_errors_or_types() {
    assert_snapshot!(
        refused(&edited(&[("    Stage: {", "    One: { $ref: \"#/components/schemas/Two\" }\n    Two: { $ref: \"#/components/schemas/One\" }\n    Stage: {"), ("additionalProperties: { $ref: \"#/components/schemas/Stage\" }", "additionalProperties: { $ref: \"#/components/schemas/One\" }")])),
        @"Dialect: specs/x.yaml:141: /components/schemas/One: a component that is only another's name; remove it and refer to the other (and 2 more)"
    );
    // A turn refers to a turn in the example itself.
    assert!(
        outcome(EXAMPLE)
            .unwrap()
            .types
            .contains("pub reply_to: ::std::option::Option<::std::boxed::Box<Turn>>")
    );
}

#[test]
fn several_problems_are_counted_and_all_listed() {
    let error = outcome(&edited(&[
        ("title: Example", "titel: Example"),
        ("operationId: get_call", "operationId: getCall"),
    ]))
    .unwrap_err();
    assert_snapshot!(error, @"specs/x.yaml:2: /info: `info` has no `title`; write `title: TEXT` (and 2 more)");
    assert_eq!(error.diagnostics().len(), 3);
}

/// Truncation at any byte, removal of any line, and a line replaced by junk.
#[test]
fn no_damage_makes_it_panic() {
    let lines = EXAMPLE.lines().collect::<Vec<_>>();
    let without = |index: usize, instead: &str| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != index || !instead.is_empty());
        let kept = kept.map(|(at, line)| if at == index { instead } else { *line });
        kept.collect::<Vec<_>>().join("\n")
    };
    let removed = (0..lines.len()).map(|index| without(index, ""));
    let junk = ["\t- {", "  x: [1, \"", "? : &a *b", "    type: [object, 1.5e309]"];
    let replaced = (0..lines.len()).map(|index| without(index, junk[index % junk.len()]));
    let truncated = (0..EXAMPLE.len()).step_by(97).map(|end| EXAMPLE[..end].to_owned());
    for text in removed.chain(replaced).chain(truncated) {
        let result = catch_panic::catch_panic(|| outcome(&text));
        match result {
            Ok(Ok(source)) => assert!(source.client.contains("pub mod spec_metadata")),
            Ok(Err(error)) => assert_ne!(error.kind(), ErrorKind::Generator, "{error}\n{text}"),
            Err(panic) => panic!("{panic}\n{text}"),
        }
    }
}
