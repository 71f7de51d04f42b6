//! The JSON values of a text, one after the other, with or without line breaks in them.
//!
//! A value that is not valid JSON costs itself: the next one is read.

use serde_json::{Deserializer, value::RawValue};
use std::io::{self, BufRead};
use std::{collections::VecDeque, ops::RangeInclusive};

/// A value, or the lines of one that is not valid JSON.
pub(crate) type JsonValue = Result<Box<RawValue>, RangeInclusive<usize>>;

/// Reads the values of a text.
pub(crate) struct JsonValues<R> {
    input: R,
    /// Lines read.
    line: usize,
    ready: VecDeque<JsonValue>,
    /// Lines behind a value that never ended. Each of them is read by itself.
    behind: VecDeque<InputLine>,
}

/// A line and its number.
struct InputLine {
    number: usize,
    bytes: Vec<u8>,
}

impl<R: BufRead> JsonValues<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: 0, ready: VecDeque::new(), behind: VecDeque::new() }
    }

    /// The next value; `None` at the end of the text.
    pub(crate) fn read(&mut self) -> io::Result<Option<JsonValue>> {
        while self.ready.is_empty() {
            if let Some(line) = self.behind.pop_front() {
                self.parse(vec![line]);
                continue;
            }
            let mut lines = Vec::new();
            let mut depth = 0_usize;
            while let Some(line) = self.read_line()? {
                if lines.is_empty() && line.bytes.trim_ascii().is_empty() {
                    continue;
                }
                depth = depth_after(&line.bytes, depth);
                lines.push(line);
                if depth == 0 {
                    break;
                }
            }
            match lines.as_slice() {
                [] => return Ok(None),
                _ if depth == 0 => self.parse(lines),
                _ => self.behind = lines.into(),
            }
        }
        Ok(self.ready.pop_front().map(|value| self.with_following_lines(value)))
    }

    fn read_line(&mut self) -> io::Result<Option<InputLine>> {
        let mut bytes = Vec::new();
        if self.input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        Ok(Some(InputLine { number: self.line, bytes }))
    }

    /// Takes the values out of lines that hold nothing else.
    fn parse(&mut self, lines: Vec<InputLine>) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
        let numbers = first.number..=last.number;
        let text: Vec<u8> = lines.into_iter().flat_map(|line| line.bytes).collect();
        for value in Deserializer::from_slice(&text).into_iter::<Box<RawValue>>() {
            self.ready.push_back(value.map_err(|_| numbers.clone()));
        }
    }

    /// Joins a value that is not valid JSON with those that directly follow it.
    fn with_following_lines(&mut self, value: JsonValue) -> JsonValue {
        let Err(mut lines) = value else { return value };
        while self.ready.is_empty()
            && let Some(line) = self.behind.pop_front()
        {
            let number = line.number;
            self.parse(vec![line]);
            match self.ready.front() {
                Some(Err(_)) => drop(self.ready.pop_front()),
                Some(Ok(_)) => break,
                None => {}
            }
            lines = *lines.start()..=number;
        }
        Err(lines)
    }
}

/// How many arrays and objects are open after a line. A string ends with its line at the latest.
fn depth_after(line: &[u8], mut depth: usize) -> usize {
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in line {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => depth += 1,
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of a text; of a malformed one its lines.
    fn values(text: &str) -> Vec<String> {
        let mut values = JsonValues::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(value) = values.read().unwrap() {
            found.push(match value {
                Ok(value) => value.get().to_owned(),
                Err(lines) => format!("{}-{}", lines.start(), lines.end()),
            });
        }
        found
    }

    #[test]
    fn values_are_separated_by_any_white_space_or_none() {
        assert_eq!(values(""), [""; 0]);
        assert_eq!(values("\n \n"), [""; 0]);
        assert_eq!(
            values("{}{}\n[1,\n{\"a\": \"}\\\"{\"}\n]\n\n 2"),
            ["{}", "{}", "[1,\n{\"a\": \"}\\\"{\"}\n]", "2"]
        );
    }

    #[test]
    fn malformed_value_costs_itself_only() {
        assert_eq!(values("{}\n{\"a\" 1}\n{}"), ["{}", "2-2", "{}"]);
        assert_eq!(values("{}\n}\n{}"), ["{}", "2-2", "{}"]);
        assert_eq!(values("{}\n{\"a\": \n{}\n{}"), ["{}", "2-2", "{}", "{}"]);
        assert_eq!(values("{}\n{\"a\": \"b\n{}"), ["{}", "2-2", "{}"]);
        assert_eq!(values("[\n,\n:\n{}\n{\n"), ["1-3", "{}", "5-5"]);
    }

    #[test]
    fn text_that_is_not_utf_8_costs_itself_only() {
        let mut values = JsonValues::new(&b"{\"a\": \"\xff\"}\n{}"[..]);
        assert!(values.read().unwrap().unwrap().is_err());
        assert_eq!(values.read().unwrap().unwrap().unwrap().get(), "{}");
    }
}
