//! What must hold whatever is done to a record.

use super::edits::{Change, Edit};
use super::samples::{NEIGHBOUR, Sample};
use super::targets;
use callfold_test_support::json_tree::Node;
use callfold_tests::operations::{Seen, fields, json};

/// A sample as it reads untouched.
pub(super) struct Base<'a> {
    pub(super) sample: &'a Sample,
    seen: Seen,
}

impl<'a> Base<'a> {
    pub(super) fn of(sample: &'a Sample) -> Self {
        let read = |response: &str| {
            let mut seen = sample.operation.read(response.as_bytes()).expect("the sample is read");
            seen.swap_remove(0)
        };
        let response = sample.response(&sample.record.text());
        let secrets = read(&response).secrets;
        Self { sample, seen: read(&without_secrets(&response, secrets)) }
    }

    /// Reads the sample's response with these edits; says what does not hold.
    pub(super) fn check(&self, edits: &[Edit]) -> Result<(), String> {
        let (sample, operation) = (self.sample, self.sample.operation);
        let mut edited = sample.record.clone();
        for edit in edits {
            edit.apply(&mut edited);
        }
        // A client hides credentials before it reads a response.
        let hide = |text: &str| without_secrets(text, self.seen.secrets);
        let record = hide(&edited.text());
        let response = hide(&sample.response(&record));
        let id = format!("/{}", operation.id);
        let touches_id = edits.iter().any(|edit| id.starts_with(&edit.pointer(&sample.record)));
        let mapped = operation.by_text(&response);
        let seen = match operation.read(response.as_bytes()) {
            Ok(seen) => seen,
            // A body that is one record has no shape without its id.
            Err(_) if touches_id && !sample.in_list => return Ok(()),
            Err(error) => return Err(format!("the page is lost: {error}")),
        };
        let expected = if sample.in_list { 2 } else { 1 };
        let [mutated, rest @ ..] = seen.as_slice() else { return Err("no record".to_owned()) };
        if seen.len() != expected {
            return Err(format!("{} records instead of {expected}", seen.len()));
        }
        if mutated.raw != record {
            return Err("the raw record is not as it came".to_owned());
        }
        if let Some(neighbour) = rest.first() {
            let is_there = neighbour.call.as_ref().is_ok_and(|call| call.contains(NEIGHBOUR));
            if !is_there || !neighbour.issues.is_empty() {
                return Err("the record beside it suffers".to_owned());
            }
        }
        self.same_by_text(&mapped, &seen, touches_id)?;
        if mutated.issues != self.seen.issues {
            self.issues_are_about_the_edits(edits, &record, mutated)?;
        }
        if let [edit] = edits {
            self.edit_is_seen(edit, mutated)?;
        }
        match &mutated.call {
            Err(_) if touches_id => Ok(()),
            Err(reason) => Err(format!("rejected: {reason}")),
            Ok(call) => self.others_are_as_before(edits, call),
        }
    }

    /// The same text read without a client gives the same calls.
    fn same_by_text(
        &self,
        mapped: &Result<callfold_unify::MappedRecords, callfold_unify::Error>,
        seen: &[Seen],
        touches_id: bool,
    ) -> Result<(), String> {
        let mapped = match mapped {
            Ok(mapped) => mapped,
            Err(_) if touches_id && !self.sample.in_list => return Ok(()),
            Err(error) => return Err(format!("from_json: {error}")),
        };
        let calls: Vec<&String> = seen.iter().filter_map(|seen| seen.call.as_ref().ok()).collect();
        let by_text: Vec<String> = mapped.calls.iter().map(json).collect();
        if by_text.iter().collect::<Vec<_>>() != calls {
            return Err("from_json gives other calls".to_owned());
        }
        match mapped.calls.len() + mapped.rejected.len() == seen.len() {
            true => Ok(()),
            false => Err("from_json loses a record".to_owned()),
        }
    }

    /// Nothing is dropped but what was edited, what is in it, or what it is in.
    fn issues_are_about_the_edits(
        &self,
        edits: &[Edit],
        edited: &str,
        seen: &Seen,
    ) -> Result<(), String> {
        if edits.iter().any(|edit| matches!(edit.change, Change::Name(_))) {
            return Ok(()); // No pointer can name it.
        }
        let edited = Node::parse(edited);
        for issue in &seen.issues {
            if self.seen.issues.iter().any(|known| is_within(known, issue)) {
                continue;
            }
            // Items behind one that is gone have moved.
            let moved = edits.iter().any(|edit| matches!(edit.change, Change::Drop));
            let about = |edit: &Edit| {
                let pointer = edit.pointer(&self.sample.record);
                is_within(issue, &pointer) || is_within(&pointer, issue)
            };
            if !moved && !edits.iter().any(about) {
                return Err(format!("{issue} is dropped, which was not touched"));
            }
            if edited.find(issue).is_none() {
                return Err(format!("{issue} is dropped, which is not there"));
            }
        }
        Ok(())
    }

    /// A value that was put somewhere is read as it is, or named as dropped.
    fn edit_is_seen(&self, edit: &Edit, seen: &Seen) -> Result<(), String> {
        let Some(typed) = &seen.typed else { return Ok(()) };
        let pointer = edit.pointer(&self.sample.record);
        let Some(value) = edit.value(&self.sample.record) else { return Ok(()) };
        if self.seen.issues.iter().any(|known| is_within(&pointer, known)) {
            return Ok(());
        }
        let named = |issue: &String| is_within(&pointer, issue) || is_within(issue, &pointer);
        if let Some(issue) = seen.issues.iter().find(|issue| named(issue)) {
            if !is_within(issue, &pointer) {
                return Err(format!("{issue} is dropped because of what is in it"));
            }
            let code = ("field_dropped".to_owned(), issue.clone());
            return match seen.warnings.contains(&code) || self.is_in_camel_case(issue) {
                true => Ok(()),
                false => Err(format!("{issue} is dropped without a warning")),
            };
        }
        let typed = Node::parse(typed);
        let found = typed.find(&pointer).map(|path| typed.at(&path).text());
        let hollow = matches!(value.as_str(), "null" | "[]" | "{}" | "\"\"");
        match found {
            Some(found) if is_same(&found, &value) => {}
            Some(found) if found.contains(HIDDEN) => {}
            None if hollow => {}
            // Another id stands in for one that is not there.
            Some(_) if hollow && pointer == format!("/{}", self.sample.operation.id) => {}
            found => return Err(format!("{pointer} is read as {}", brief(&format!("{found:?}")))),
        }
        let known = targets::has_members(&self.sample.operation.mapping, edit, &pointer);
        let code = ("unknown_field".to_owned(), pointer.clone());
        if known && matches!(edit.change, Change::Extend(_)) && !seen.warnings.contains(&code) {
            return Err(format!("{pointer} is not noted as unknown"));
        }
        Ok(())
    }

    fn is_in_camel_case(&self, pointer: &str) -> bool {
        pointer.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// Only what the edited fields are for may have changed.
    fn others_are_as_before(&self, edits: &[Edit], call: &str) -> Result<(), String> {
        let Ok(before) = &self.seen.call else { return Ok(()) };
        let mut may: Vec<&str> = Vec::new();
        for edit in edits {
            let pointer = edit.pointer(&self.sample.record);
            may.extend(targets::fields(self.sample.operation, &pointer));
        }
        let (call, before) = (fields(call), fields(before));
        let changed = |name: &&&str| call[**name].get() != before[**name].get();
        let odd: Vec<_> = call.keys().filter(changed).filter(|n| !may.contains(*n)).collect();
        match odd.is_empty() {
            true => Ok(()),
            false => Err(format!("{odd:?} changed with it")),
        }
    }
}

/// What stands in place of a credential.
const HIDDEN: &str = "[redacted]";

/// The text with the values of these members hidden.
fn without_secrets(text: &str, names: &[&str]) -> String {
    let hidden = callfold_record::runtime::redact(text.as_bytes(), names);
    String::from_utf8(hidden.into_owned()).expect("text")
}

/// Whether a pointer is another one, or leads into it.
fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether two texts stand for the same value.
fn is_same(a: &str, b: &str) -> bool {
    let time = |text: &str| {
        let text: String = serde_json::from_str(text).ok()?;
        text.parse::<chrono::DateTime<chrono::Utc>>().ok()
    };
    let number = |text: &str| text.parse::<f64>().ok();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    a == b
        || value(a).is_some_and(|a| value(b) == Some(a))
        || number(a).is_some_and(|a| number(b) == Some(a))
        || time(a).is_some_and(|a| time(b) == Some(a))
}

pub(super) fn brief(text: &str) -> String {
    text.chars().take(80).collect()
}
