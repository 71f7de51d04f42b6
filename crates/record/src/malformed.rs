//! Pages that are not valid JSON: the records that make them so are taken out.
//!
//! Here: finding those records, and decoding the page around them. It happens
//! only after a page failed to decode, so valid pages pay nothing for it.
//!
//! The scanner forgives tokens and nothing else: `NaN`, a raw control
//! character or an invalid escape in a string. Brackets, commas, colons and
//! quotes must be as JSON has them from the first byte to the last. A byte that
//! unbalances the quotes therefore leaves the page as undecodable as it was: no
//! record's boundary is guessed. Each record taken out leaves a placeholder, a
//! JSON string with its text, and the page counts as decoded only if every
//! placeholder was met where a record (or a value of the envelope) belongs.

use super::{lenient, raw_number::is_number, scan};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// A page in which placeholders stand for what is malformed.
pub(crate) struct PageWithPlaceholders {
    text: String,
    /// What is wrong with the text that a placeholder stands for.
    problems: HashMap<String, &'static str>,
    /// How many placeholders there are.
    count: u64,
}

thread_local! {
    /// The placeholders of the page being decoded on this thread.
    static PLACEHOLDERS: RefCell<HashMap<String, &'static str>> = RefCell::default();
}

/// Takes what is malformed out of a page; `None` where nothing is, or where it
/// cannot be told with certainty where it ends.
pub(crate) fn isolate(text: &str) -> Option<PageWithPlaceholders> {
    let scan = MalformedScan::of(text)?;
    let mut parts = scan.items;
    for token in scan.tokens.into_iter().filter(|token| !token.in_item) {
        // A value without its name has no meaning.
        let value = Some(token).filter(|token| !token.is_key)?;
        parts.push((value.at, value.problem));
    }
    if parts.is_empty() {
        return None;
    }
    parts.sort_by_key(|(at, _)| at.start);
    let mut isolated = PageWithPlaceholders {
        text: String::new(),
        problems: HashMap::new(),
        count: parts.len() as u64,
    };
    let mut done = 0;
    for (at, problem) in parts {
        let placeholder = serde_json::Value::from(&text[at.clone()]).to_string();
        isolated.text.push_str(&text[done..at.start]);
        isolated.text.push_str(&placeholder);
        isolated.problems.insert(placeholder, problem);
        done = at.end;
    }
    isolated.text.push_str(&text[done..]);
    Some(isolated)
}

impl PageWithPlaceholders {
    /// Decodes the page; `None` where it fails, or where a placeholder came to
    /// stand where neither a record nor a value of the envelope belongs.
    pub(crate) fn decode<T: serde::de::DeserializeOwned>(
        self,
    ) -> Option<(T, lenient::DecodeStats)> {
        /// Puts back what was there, also after a panic.
        struct RestorePlaceholders(HashMap<String, &'static str>);

        impl Drop for RestorePlaceholders {
            fn drop(&mut self) {
                PLACEHOLDERS.replace(std::mem::take(&mut self.0));
            }
        }

        let restore = RestorePlaceholders(PLACEHOLDERS.replace(self.problems));
        let (result, counts) = lenient::count_records(|| serde_json::from_str(&self.text));
        drop(restore);
        result.ok().filter(|_| counts.isolated == self.count).map(|value| (value, counts))
    }
}

/// What is malformed first in a text whose structure is that of JSON.
pub fn first_problem(text: &str) -> Option<&'static str> {
    // Anything else is another kind of text altogether.
    text.trim_start().starts_with(['{', '[']).then_some(())?;
    MalformedScan::of(text)?.tokens.first().map(|token| token.problem)
}

/// What is wrong with the text that this JSON stands for; `None` where it is no
/// placeholder.
pub(super) fn problem(json: &str) -> Option<&'static str> {
    if !json.starts_with('"') {
        return None;
    }
    PLACEHOLDERS.with_borrow(|problems| problems.get(json).copied())
}

/// The id of the record that a placeholder stands for, where it can be read.
pub(super) fn id(placeholder: &str, field: &str) -> Option<String> {
    let text: String = serde_json::from_str(placeholder).ok()?;
    let scan = MalformedScan::of(&text)?;
    let (mut readable, mut done) = (String::new(), 0);
    for token in scan.tokens {
        readable.push_str(&text[done..token.at.start]);
        readable.push_str(if token.is_key { "\"\"" } else { "null" });
        done = token.at.end;
    }
    readable.push_str(&text[done..]);
    scan::id_text(&readable, field).map(|id| id.into_owned())
}

const CONTROL: &str = "a string holds a raw control character";
const ESCAPE: &str = "a string holds an invalid escape";
const NUMBER: &str = "a number is NaN or infinite";
const WORD: &str = "a value is not JSON";

/// A token that JSON does not have.
struct Token {
    at: Range<usize>,
    problem: &'static str,
    is_key: bool,
    /// Whether it stands in an item of the outermost array.
    in_item: bool,
}

/// What the scanner may meet next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    ItemOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// What is malformed in a text whose structure is that of JSON.
struct MalformedScan {
    tokens: Vec<Token>,
    /// The items of the outermost arrays that hold such a token, each with the
    /// first problem.
    items: Vec<(Range<usize>, &'static str)>,
}

impl MalformedScan {
    /// `None` where the structure is not that of JSON.
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut tokens, mut items) = (Vec::new(), Vec::new());
        let mut brackets: Vec<u8> = Vec::new();
        let mut next = Expected::Value;
        // The item of an outermost array: its start, its depth, and how many
        // tokens were found before it.
        let mut item: Option<(usize, usize, usize)> = None;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_whitespace() && byte != b'\x0c' {
                at += 1;
                continue;
            }
            let is_value = matches!(next, Expected::Value | Expected::ItemOrEnd);
            let is_key = matches!(next, Expected::Key | Expected::KeyOrEnd);
            if is_value && byte != b']' && item.is_none() && brackets.last() == Some(&b'[') {
                item = Some((at, brackets.len(), tokens.len()));
            }
            let mut is_complete = false;
            match byte {
                b'{' | b'[' if is_value => {
                    brackets.push(byte);
                    next = if byte == b'{' { Expected::KeyOrEnd } else { Expected::ItemOrEnd };
                    at += 1;
                }
                b'}' if matches!(next, Expected::KeyOrEnd | Expected::CommaOrEnd) => {
                    brackets.pop().filter(|open| *open == b'{')?;
                    is_complete = true;
                    at += 1;
                }
                b']' if matches!(next, Expected::ItemOrEnd | Expected::CommaOrEnd) => {
                    brackets.pop().filter(|open| *open == b'[')?;
                    is_complete = true;
                    at += 1;
                }
                b',' if next == Expected::CommaOrEnd => {
                    next = if brackets.last()? == &b'{' { Expected::Key } else { Expected::Value };
                    at += 1;
                }
                b':' if next == Expected::Colon => {
                    next = Expected::Value;
                    at += 1;
                }
                b'"' if is_value || is_key => {
                    let (end, problem) = string(bytes, at)?;
                    if let Some(problem) = problem {
                        let in_item = item.is_some();
                        tokens.push(Token { at: at..end, problem, is_key, in_item });
                    }
                    next = Expected::Colon;
                    is_complete = is_value;
                    at = end;
                }
                b',' | b':' | b']' | b'}' | b'{' | b'[' | b'"' => return None,
                _ if is_value => {
                    let ends = |byte: &u8| b",:[]{}\" \t\r\n".contains(byte);
                    let end = bytes[at..].iter().position(ends).map_or(bytes.len(), |n| at + n);
                    if let Some(problem) = word(&text[at..end]) {
                        let in_item = item.is_some();
                        tokens.push(Token { at: at..end, problem, is_key: false, in_item });
                    }
                    is_complete = true;
                    at = end;
                }
                _ => return None,
            }
            if is_complete {
                next = if brackets.is_empty() { Expected::Nothing } else { Expected::CommaOrEnd };
                if let Some((start, _, before)) = item.filter(|item| item.1 == brackets.len()) {
                    items.extend(tokens.get(before).map(|first| (start..at, first.problem)));
                    item = None;
                }
            }
        }
        (next == Expected::Nothing).then_some(Self { tokens, items })
    }
}

/// The end of the string that begins at `start`, and what is wrong with it.
fn string(bytes: &[u8], start: usize) -> Option<(usize, Option<&'static str>)> {
    let (mut at, mut problem) = (start + 1, None);
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((at + 1, problem)),
            b'\\' => {
                let valid = match bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => true,
                    b'u' => {
                        let digits = bytes.get(at + 2..at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit)
                    }
                    _ => false,
                };
                if !valid {
                    problem = problem.or(Some(ESCAPE));
                }
                at += 2;
            }
            byte => {
                if byte < b' ' {
                    problem = problem.or(Some(CONTROL));
                }
                at += 1;
            }
        }
    }
}

/// What is wrong with a value that is neither string, object nor array.
fn word(text: &str) -> Option<&'static str> {
    match text {
        "true" | "false" | "null" => None,
        "NaN" | "-NaN" | "Infinity" | "-Infinity" | "+Infinity" => Some(NUMBER),
        _ if is_number(text) => None,
        _ => Some(WORD),
    }
}
