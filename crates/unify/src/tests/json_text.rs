use super::*;
use crate::ErrorKind;

const SHAPES: Shapes = Shapes {
    vendor: "example",
    ids: &["id"],
    paths: &[&["data", "calls"], &["data"]],
    known: "a call with `id`",
};

fn texts(text: &str) -> Vec<&str> {
    SHAPES.records(text).unwrap().into_iter().map(RawValue::get).collect()
}

#[test]
fn records_are_found_in_every_shape() {
    let one = r#"{"id": "1"}"#;
    assert_eq!(texts(one), [one]);
    assert_eq!(texts(&format!(" [{one}, {one}]\n")), [one, one]);
    assert_eq!(texts(&format!(r#"{{"data": {{"calls": [{one}], "page": 0}}}}"#)), [one]);
    assert_eq!(texts(&format!(r#"{{"data": [{one}], "meta": {{}}}}"#)), [one]);
    assert_eq!(texts(&format!(r#"{{"ok": true, "data": {one}}}"#)), [one]);
    assert_eq!(texts(r#"{"data": {"calls": null}}"#), [""; 0]);
    assert_eq!(texts("[]"), [""; 0]);
}

#[test]
fn record_keeps_every_byte() {
    let text = r#"{ "id" :"1", "amount": 1.10 , "id":"1"}"#;
    assert_eq!(texts(text), [text]);
}

#[test]
fn record_with_an_id_that_is_no_text_is_still_a_record() {
    for text in [r#"{"id": null}"#, r#"{"id": 7}"#, r#"{"id": {}}"#] {
        assert_eq!(texts(text), [text]);
    }
}

#[test]
fn text_of_another_shape_is_an_error_without_values() {
    for (text, kind) in [
        ("", ErrorKind::NotJson),
        ("{\"id\": 1} {\"id\": 2}", ErrorKind::NotJson),
        ("\"secret\"", ErrorKind::UnknownShape),
        ("{\"error\": \"secret\"}", ErrorKind::UnknownShape),
        ("{\"data\": {\"message\": \"secret\"}}", ErrorKind::UnknownShape),
        ("null", ErrorKind::UnknownShape),
    ] {
        let error = SHAPES.records(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert_eq!(error.vendor(), "example");
        let shown = format!("{error} {error:?}");
        if text.contains("error") {
            let found = "example: an object with `error`; expected a call with `id`";
            assert_eq!(error.to_string(), found);
        }
        assert!(!shown.contains("secret"), "{shown}");
    }
}
