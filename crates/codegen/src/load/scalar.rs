//! What a scalar without quotes means.
//!
//! YAML 1.1 and 1.2 disagree about some words; those are refused, so that
//! every tool reads a spec alike.

use serde_json::{Number, Value};

/// The value of a plain scalar, or what some tools would take it for.
pub(super) fn resolve(text: &str) -> Result<Value, &'static str> {
    match text {
        "" | "null" => return Ok(Value::Null),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(reading) = ambiguity(text) {
        return Err(reading);
    }
    Ok(number(text).map_or_else(|| text.into(), Value::Number))
}

/// Whether some tool takes the plain scalar for something other than a text.
pub(super) fn is_not_text(text: &str) -> bool {
    !matches!(resolve(text), Ok(Value::String(_)))
}

fn number(text: &str) -> Option<Number> {
    if !text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer.into());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// What YAML 1.1 or a lenient YAML 1.2 reader makes of `text` that a strict one does not.
fn ambiguity(text: &str) -> Option<&'static str> {
    const SWITCHES: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let lower = text.to_ascii_lowercase();
    if SWITCHES.contains(&lower.as_str()) {
        return Some("true or false");
    }
    if lower == "~" || lower == "null" {
        return Some("null");
    }
    if [".inf", "-.inf", "+.inf", ".nan"].contains(&lower.as_str()) {
        return Some("a number");
    }
    let unsigned = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    let starts_with_digit = unsigned.starts_with(|c: char| c.is_ascii_digit());
    if !starts_with_digit {
        return None;
    }
    let only = |allowed: &str| unsigned.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    let parts = unsigned.split('-').map(str::len).collect::<Vec<_>>();
    if lower.starts_with(|c: char| c.is_ascii_digit())
        && only("-:tz .")
        && parts.starts_with(&[4])
        && parts.len() == 3
    {
        return Some("a date");
    }
    let odd_base = ["0x", "0o", "0b"].iter().any(|base| unsigned.starts_with(base));
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0') && only("_");
    let grouped = only("_:.") && unsigned.contains(['_', ':']);
    if odd_base || leading_zero || grouped || (lower.starts_with('+') && only(".e")) {
        return Some("a number");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_resolve_as_in_the_core_schema() {
        let cases = [
            ("", "null"),
            ("null", "null"),
            ("true", "true"),
            ("12", "12"),
            ("-3", "-3"),
            ("1.5", "1.5"),
            ("1e3", "1000.0"),
            ("0", "0"),
            ("3.0.3", "\"3.0.3\""),
            ("4XX", "\"4XX\""),
            ("V1", "\"V1\""),
            ("inf", "\"inf\""),
            ("2026-11", "\"2026-11\""),
            ("https://a.example/x", "\"https://a.example/x\""),
        ];
        for (text, json) in cases {
            assert_eq!(resolve(text).map(|v| v.to_string()), Ok(json.to_owned()), "{text}");
        }
    }

    #[test]
    fn words_that_tools_read_differently_are_refused() {
        let cases = [
            ("no", "true or false"),
            ("True", "true or false"),
            ("~", "null"),
            ("2026-04-21", "a date"),
            ("2026-04-21T10:00:00Z", "a date"),
            ("0x1F", "a number"),
            ("007", "a number"),
            ("+5", "a number"),
            ("10:30", "a number"),
            ("1_000", "a number"),
            (".inf", "a number"),
        ];
        for (text, reading) in cases {
            assert_eq!(resolve(text), Err(reading), "{text}");
        }
    }
}
