//! What is done to a record.

use callfold_test_support::json_tree::{Node, Path};
use std::sync::LazyLock;

/// One change at one place.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    /// Where, in the record as it was.
    pub(super) path: Path,
    pub(super) change: Change,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// The member or item is gone.
    Drop,
    /// Another value stands there.
    Replace(&'static str),
    /// The object there has one more member.
    Extend(&'static str),
    /// The object there has one more member, under this name.
    Name(&'static str),
    /// The member is there twice, the first time with this value.
    Before(&'static str),
    /// The member is there twice, the second time with this value.
    After(&'static str),
}

/// The name of the member that no vendor has.
pub(super) const UNKNOWN: &str = "zz_unknown";

static LONG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", "long ".repeat(1000)));
static DEEP: LazyLock<String> = LazyLock::new(|| "[".repeat(400) + &"]".repeat(400));

/// For any value.
const PLAIN: [&str; 14] = [
    "null",
    "true",
    "7",
    "\"retyped\"",
    "[]",
    "[\"x\"]",
    "{}",
    "{\"x\":1}",
    "\"\"",
    "1e999",
    "-1",
    "1.5",
    "18446744073709551616",
    // Half of a pair: JSON by its grammar, but no text.
    "\"\\ud800\"",
];

/// For numbers: the ends of ranges, and times no call can have.
const NUMBERS: [&str; 9] = [
    "0",
    "-0.0",
    "1e-400",
    "1e308",
    "9223372036854775807",
    "-9223372036854775809",
    "253402300800000",
    "8210266876799999",
    "-8334601228800000",
];

/// For times: the ends of what a parser takes, and days that do not exist.
const TIMES: [&str; 9] = [
    "\"9999-12-31T23:59:59.999999999Z\"",
    "\"+262142-12-31T23:59:59Z\"",
    "\"-262143-01-01T00:00:00Z\"",
    "\"+262142-12-31T23:59:59\"",
    "\"-262143-01-01T00:00:00\"",
    "\"0000-01-01T00:00:00+14:00\"",
    "\"2026-02-30T00:00:00Z\"",
    "\"2016-12-31T23:59:60Z\"",
    "\" 2026-01-01 00:00:00 \"",
];

/// Everything that can be done at one place.
pub(super) fn edits(record: &Node, path: &Path) -> Vec<Edit> {
    let node = record.at(path);
    let text = node.text();
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let digits = text.bytes().skip(1).take(4).all(|byte| byte.is_ascii_digit());
    let is_time = text.starts_with('"') && text.len() > 18 && digits && text.contains(':');
    let is_member =
        path.split_last().is_some_and(|(_, parent)| matches!(record.at(parent), Node::Object(_)));
    let mut changes = vec![Change::Drop];
    changes.extend(PLAIN.map(Change::Replace));
    changes.extend([Change::Replace(&LONG), Change::Replace(&DEEP)]);
    if is_number {
        changes.extend(NUMBERS.map(Change::Replace));
    }
    if is_time {
        changes.extend(TIMES.map(Change::Replace));
    }
    if is_member {
        changes.extend([
            Change::Before("{\"x\":[1]}"),
            Change::Before("null"),
            Change::After("[0]"),
        ]);
    }
    if matches!(node, Node::Object(_)) {
        changes.extend(extensions());
    }
    changes.retain(|change| !matches!(change, Change::Replace(value) if *value == text));
    changes.into_iter().map(|change| Edit { path: path.clone(), change }).collect()
}

/// What can stand in the place of a whole record.
pub(super) fn instead() -> Vec<Edit> {
    let values = PLAIN.into_iter().chain([LONG.as_str(), DEEP.as_str()]);
    values.map(|value| Edit { path: Path::new(), change: Change::Replace(value) }).collect()
}

/// JSON by its grammar, but half of a pair is no text.
pub(super) const NAME_THAT_IS_NO_TEXT: Change = Change::Name("\"zz\\ud800\"");

/// The short list.
pub(super) fn few(path: &Path) -> [Edit; 2] {
    [Change::Drop, Change::Replace("[\"x\"]")].map(|change| Edit { path: path.clone(), change })
}

/// What can be added to an object.
pub(super) fn extensions() -> [Change; 5] {
    ["7", "{\"a\":[null]}", "1e999", "\"\\ud800\"", DEEP.as_str()].map(Change::Extend)
}

impl Edit {
    /// Does it. Edits of one record are done from the last place to the first.
    pub(super) fn apply(&self, record: &mut Node) {
        let added = match self.change {
            Change::Extend(value) => Some((format!("\"{UNKNOWN}\""), value)),
            Change::Name(name) => Some((name.to_owned(), "1")),
            _ => None,
        };
        if let Some((name, value)) = added {
            if let Node::Object(members) = record.at_mut(&self.path) {
                members.push((name, Node::Text(value.to_owned())));
            }
            return;
        }
        let Some((at, parent)) = self.path.split_last() else {
            if let Change::Replace(value) = self.change {
                *record = Node::Text(value.to_owned());
            }
            return;
        };
        match (record.at_mut(parent), self.change) {
            (Node::Array(items), Change::Drop) => drop(items.remove(*at)),
            (Node::Object(members), Change::Drop) => drop(members.remove(*at)),
            (Node::Array(items), Change::Replace(value)) => {
                items[*at] = Node::Text(value.to_owned())
            }
            (Node::Object(members), Change::Replace(value)) => {
                members[*at].1 = Node::Text(value.to_owned());
            }
            (Node::Object(members), Change::Before(value)) => {
                let name = members[*at].0.clone();
                members.insert(*at, (name, Node::Text(value.to_owned())));
            }
            (Node::Object(members), Change::After(value)) => {
                let name = members[*at].0.clone();
                members.push((name, Node::Text(value.to_owned())));
            }
            _ => {}
        }
    }

    /// Whether an array is put there.
    pub(super) fn is_array(&self) -> bool {
        matches!(self.change, Change::Replace(value) | Change::After(value) if value.starts_with('['))
    }

    /// Whether null is put there.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.change, Change::Replace("null"))
    }

    /// The pointer of what was changed or added.
    pub(super) fn pointer(&self, record: &Node) -> String {
        let pointer = record.pointer(&self.path);
        match self.change {
            Change::Extend(_) | Change::Name(_) => format!("{pointer}/{UNKNOWN}"),
            _ => pointer,
        }
    }

    /// The value that stands there now; `None` if there is none.
    pub(super) fn value(&self, record: &Node) -> Option<String> {
        match self.change {
            Change::Drop | Change::Name(_) => None,
            Change::Replace(value) | Change::Extend(value) | Change::After(value) => {
                Some(value.to_owned())
            }
            Change::Before(_) => Some(record.at(&self.path).text()),
        }
    }
}
