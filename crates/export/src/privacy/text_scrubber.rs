//! Replaces a call's own numbers, names and addresses in its texts.

use super::{
    PrivacyMode, PrivateField, Redactor, Rules,
    text::{decoded, digits, is_placeholder, runs, words},
};
use callfold_unify::model::{Call, Party, PartyRole, PhoneNumber};
use std::{borrow::Cow, ops::Range};

/// The protected values of one call, with their replacements.
pub(super) struct TextScrubber<'a> {
    base: Redactor<'a>,
    /// Digits of protected numbers.
    numbers: Vec<(String, String)>,
    /// Words of protected names, in lower case.
    names: Vec<(Vec<String>, String)>,
    /// Addresses, and numbers with letters, in lower case.
    literals: Vec<(String, String)>,
}

/// The number of last digits that identify a number.
const IDENTIFYING_DIGITS: usize = 7;

impl<'a> TextScrubber<'a> {
    pub(super) fn new(rules: &'a Rules, call: &Call) -> Self {
        let base = Redactor { mode: rules.base, hash_key: rules.hash_key.as_ref() };
        let mut scrubber =
            Self { base, numbers: Vec::new(), names: Vec::new(), literals: Vec::new() };
        let from = [PrivateField::FromNumber, PrivateField::FromName, PrivateField::FromEmail];
        let to = [PrivateField::ToNumber, PrivateField::ToName, PrivateField::ToEmail];
        let customer =
            [PrivateField::CustomerNumber, PrivateField::CustomerName, PrivateField::CustomerEmail];
        let line = [
            PrivateField::AgentLineNumber,
            PrivateField::AgentLineName,
            PrivateField::AgentLineEmail,
        ];
        let Call { from: caller, to: called, customer: other, agent_line, .. } = call;
        let sides = [(caller, from), (called, to), (other, customer), (agent_line, line)];
        for (party, fields) in sides {
            if let Some(party) = party {
                scrubber.learn(party, fields.map(|field| rules.redactor(field)));
            }
        }
        let targets = call.transfers.iter().filter_map(|transfer| transfer.to.as_ref());
        for to in targets {
            scrubber.learn_number(to, rules.redactor(PrivateField::Transfers));
        }
        scrubber
    }

    fn learn(&mut self, party: &Party, [number, name, email]: [Redactor<'_>; 3]) {
        if let Some(known) = &party.number {
            self.learn_number(known, number);
        }
        // A voice agent is not a person, and its name is wanted.
        let is_person = party.role != Some(PartyRole::Agent);
        if let Some(known) = party.name.as_deref().filter(|_| is_person && !name.keeps()) {
            let words: Vec<_> = words(known).map(|(_, word)| word).collect();
            let replacement = name.name(known).unwrap_or_else(|| NAME.to_owned());
            let is_identifying =
                |word: &String| word.chars().nth(1).is_some() && !is_placeholder(word);
            if words.iter().any(is_identifying) {
                self.names.push((words, replacement));
            }
        }
        if let Some(known) = party.email.as_deref().filter(|_| !email.keeps()) {
            let replacement = email.email(known).unwrap_or_else(|| EMAIL.to_owned());
            self.learn_literal(known, replacement);
        }
    }

    fn learn_number(&mut self, known: &PhoneNumber, redactor: Redactor<'_>) {
        if redactor.keeps() {
            return;
        }
        let replacement =
            || redactor.number_text(known.as_str()).unwrap_or_else(|| NUMBER.to_owned());
        let digits = digits(known.as_str());
        if digits.len() >= 3 {
            self.numbers.push((digits, replacement()));
        }
        if known.raw.chars().any(char::is_alphabetic) {
            self.learn_literal(&known.raw, replacement());
        }
    }

    /// Short texts and placeholders identify nobody, and would be found everywhere.
    fn learn_literal(&mut self, text: &str, replacement: String) {
        let literal = text.trim().to_ascii_lowercase();
        if literal.len() >= 5 && !is_placeholder(&literal) {
            self.literals.push((literal, replacement));
        }
    }

    /// The text with protected values replaced; `None` if there are none. A `free` text is searched
    /// for parts of a name, others for all parts of it.
    pub(super) fn clean(&self, text: &str, free: bool) -> Option<String> {
        let plain = decoded(text);
        let found = self.replaced(&plain, free);
        match plain {
            Cow::Owned(_) if found.is_none() => self.replaced(text, free),
            _ => found,
        }
    }

    fn replaced(&self, text: &str, free: bool) -> Option<String> {
        let mut found: Vec<(Range<usize>, Cow<'_, str>)> = Vec::new();
        self.find_numbers(text, &mut found);
        self.find_emails(text, &mut found);
        self.find_names(text, free, &mut found);
        if found.is_empty() {
            return None;
        }
        found.sort_by_key(|(at, _)| (at.start, usize::MAX - at.end));
        let mut clean = String::with_capacity(text.len());
        let mut done = 0;
        for (at, replacement) in found {
            if at.start >= done {
                clean.push_str(&text[done..at.start]);
                clean.push_str(&replacement);
            }
            done = done.max(at.end);
        }
        clean.push_str(&text[done..]);
        Some(clean)
    }

    fn find_numbers<'b>(&'b self, text: &str, found: &mut Vec<(Range<usize>, Cow<'b, str>)>) {
        for run in runs(text) {
            let digits = digits(&text[run.clone()]);
            let known = self.numbers.iter().find(|(number, _)| {
                let last = number.len().saturating_sub(IDENTIFYING_DIGITS);
                let short = number.len() < IDENTIFYING_DIGITS;
                if short { digits == *number } else { digits.contains(&number[last..]) }
            });
            if let Some((_, replacement)) = known {
                found.push((run, Cow::Borrowed(replacement)));
            } else if self.base.mode != PrivacyMode::Keep
                && text[run.clone()].starts_with(['+', '\u{ff0b}'])
                && (7..=15).contains(&digits.len())
            {
                let replacement = self.base.number_text(&text[run.clone()]);
                found.push((run, replacement.map_or(Cow::Borrowed(NUMBER), Cow::Owned)));
            }
        }
    }

    fn find_emails<'b>(&'b self, text: &str, found: &mut Vec<(Range<usize>, Cow<'b, str>)>) {
        if !self.literals.is_empty() {
            // ASCII only, so that byte positions stay the same.
            let lower = text.to_ascii_lowercase();
            for (literal, replacement) in &self.literals {
                for (start, hit) in lower.match_indices(literal.as_str()) {
                    found.push((start..start + hit.len(), Cow::Borrowed(replacement)));
                }
            }
        }
        if self.base.mode == PrivacyMode::Keep {
            return;
        }
        for (at, _) in text.match_indices('@') {
            let local = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
            let domain = |c: char| c.is_alphanumeric() || ".-".contains(c);
            let before = text[..at].trim_end_matches(local).len();
            let after = text[at + 1..].trim_start_matches(domain).len();
            let end = text.len() - after;
            if before < at && text[at + 1..end].contains('.') {
                let replacement = self.base.email(&text[before..end]);
                found.push((before..end, replacement.map_or(Cow::Borrowed(EMAIL), Cow::Owned)));
            }
        }
    }

    fn find_names<'b>(
        &'b self,
        text: &str,
        free: bool,
        found: &mut Vec<(Range<usize>, Cow<'b, str>)>,
    ) {
        if self.names.is_empty() {
            return;
        }
        let spoken: Vec<_> = words(text).collect();
        for (name, replacement) in &self.names {
            let joined = name.concat();
            let all = free || name.iter().all(|part| spoken.iter().any(|(_, word)| word == part));
            let is_part =
                |word: &String| all && word.chars().nth(1).is_some() && name.contains(word);
            // Adjacent parts are one hit.
            let mut hit: Option<Range<usize>> = None;
            for (at, word) in &spoken {
                if *word != joined && !is_part(word) {
                    continue;
                }
                match &mut hit {
                    Some(before) if at.start - before.end <= 3 => before.end = at.end,
                    _ => {
                        let before = hit.replace(at.clone());
                        found.extend(before.map(|at| (at, Cow::Borrowed(replacement.as_str()))));
                    }
                }
            }
            found.extend(hit.map(|at| (at, Cow::Borrowed(replacement.as_str()))));
        }
    }
}

const NUMBER: &str = "[number]";
const NAME: &str = "[name]";
const EMAIL: &str = "[email]";

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::PhoneNumber;

    fn scrubber() -> TextScrubber<'static> {
        TextScrubber {
            base: Redactor { mode: PrivacyMode::Drop, hash_key: None },
            numbers: vec![("19195550100".into(), "N".into()), ("1001".into(), "X".into())],
            names: vec![(vec!["jane".into(), "doe".into()], "J".into())],
            literals: vec![("jane.doe@example.com".into(), "E".into())],
        }
    }

    #[test]
    fn scrub_matches_all_number_spellings() {
        let cases = [
            ("call +19195550100 now", "call N now"),
            ("919-555-0100", "N"),
            ("(919) 555 0100, or 555.0100", "(N, or N"),
            ("rec_19195550100_7.wav", "rec_N.wav"),
            ("ext 1001", "ext X"),
            ("ext 21001", "ext 21001"),
            ("at %2B19195550100%2Fx", "at N/x"),
            ("%252B1%2520919%2520555%25200100", "N"),
            ("other +44 20 5550 0199.", "other [number]."),
            ("20260421120000", "20260421120000"),
            ("Write to Jane.Doe@Example.com or x+y@example.org!", "Write to E or [email]!"),
            ("jane-doe", "J"),
            ("JaneDoe and doe, jane", "J and J"),
            ("mary jane", "mary jane"),
            ("", ""),
        ];
        for (text, expect) in cases {
            let clean = scrubber().clean(text, false);
            assert_eq!(clean.as_deref().unwrap_or(text), expect, "{text}");
        }
    }

    #[test]
    fn placeholder_names_are_not_scrubbed() {
        let mut scrubber = scrubber();
        let redactor = Redactor { mode: PrivacyMode::Drop, hash_key: None };
        (scrubber.names, scrubber.literals) = (Vec::new(), Vec::new());
        let party = Party {
            id: None,
            number: Some(PhoneNumber::new("Unknown")),
            withheld: false,
            name: Some("Unknown Caller".into()),
            email: Some("none".into()),
            role: None,
        };
        scrubber.learn(&party, [redactor; 3]);
        assert_eq!(scrubber.clean("unknown caller, none", true), None);
        scrubber.learn(&Party { name: Some("Guest Quixote".into()), ..party }, [redactor; 3]);
        assert_eq!(scrubber.clean("quixote", true).as_deref(), Some("[name]"));
    }

    #[test]
    fn part_of_a_name_is_enough_in_free_text() {
        let clean = scrubber().clean("Hello JANE, is this Ms. Doe? Janet Doering is out.", true);
        assert_eq!(clean.as_deref(), Some("Hello J, is this Ms. J? Janet Doering is out."));
    }
}
