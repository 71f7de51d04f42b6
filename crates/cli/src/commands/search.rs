//! Words in transcripts and summaries: `list --search`.

use crate::failure::Failure;
use callfold_unify::model::{Call, TranscriptState};

/// Words and phrases, all of which a call has to have.
pub(super) struct SearchTerms {
    /// Words, and phrases that were in quotes, as typed.
    pub(super) terms: Vec<String>,
    /// Each as its words, in lower case.
    words: Vec<Vec<String>>,
}

impl SearchTerms {
    /// Reads the text of `--search`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let mut terms = Vec::new();
        // Every second piece was in quotes.
        for (at, part) in text.split('"').enumerate() {
            match at % 2 {
                0 => terms.extend(part.split_whitespace().map(ToOwned::to_owned)),
                _ => terms.push(part.to_owned()),
            }
        }
        terms.retain(|term| term.contains(char::is_alphanumeric));
        let words: Vec<_> = terms.iter().map(|term| words(term)).collect();
        match terms.is_empty() {
            false => Ok(Self { terms, words }),
            true => Err(Failure::usage("--search has no word", "write a word, or \"a phrase\"")),
        }
    }

    /// Whether the call's summary or what was said has all of them; letter case does not count.
    pub(super) fn matches(&self, call: &Call) -> bool {
        let mut texts: Vec<Vec<String>> = call.summary.iter().map(|text| words(text)).collect();
        let transcript = &call.transcript;
        let said: Vec<&str> = match transcript.turns.is_empty() {
            false => transcript.turns.iter().map(|turn| turn.text.as_str()).collect(),
            true => transcript.text.iter().map(String::as_str).collect(),
        };
        texts.push(words(&said.join("\n")));
        self.words.iter().all(|term| texts.iter().any(|text| has(text, term)))
    }

    /// Whether the call's transcript could not be searched, because it is elsewhere.
    pub(super) fn lacks_transcript(call: &Call) -> bool {
        let transcript = &call.transcript;
        let elsewhere = [TranscriptState::Remote, TranscriptState::NotRequested];
        transcript.turns.is_empty()
            && transcript.text.is_none()
            && elsewhere.contains(&transcript.state)
    }
}

/// The words of a text in lower case: runs of letters and digits.
fn words(text: &str) -> Vec<String> {
    // The sign that joins letters of Indic scripts is no letter, but part of a word.
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '\u{94d}' | '\u{9cd}' | '\u{200d}');
    let words = text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn has(text: &[String], term: &[String]) -> bool {
    term.is_empty() || text.windows(term.len()).any(|window| window == term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_unify::model::{CallId, Speaker, Turn};

    #[test]
    fn all_words_and_phrases_have_to_be_there() {
        let mut call = Call::new(CallId::new("acme", "a", "1"));
        call.summary = Some("A late Invoice.".to_owned());
        call.transcript.turns = vec![
            Turn::speech(Speaker::Agent, "Ihre Prämie ist fällig"),
            Turn::speech(Speaker::Customer, "मुझे बिल चाहिए"),
        ];
        let cases = [
            ("invoice", true),
            ("INVOICE prämie", true),
            ("invoice paid", false),
            ("voice", false),
            ("\"late invoice\"", true),
            ("\"invoice late\"", false),
            ("\"fällig मुझे\"", true),
            ("बिल", true),
            ("pramie", false),
        ];
        for (text, expect) in cases {
            assert_eq!(SearchTerms::parse(text).unwrap().matches(&call), expect, "{text}");
        }
        for text in ["", "  ", "\"\"", "?!"] {
            assert!(SearchTerms::parse(text).is_err(), "{text}");
        }
    }
}
