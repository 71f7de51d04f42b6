//! Words that mean the same whichever vendor writes them.
//!
//! Belongs here: one table each for status, direction, channel, sentiment and
//! speaker. Letter case, `_`, `-` and spaces make no difference. Does not
//! belong here: a word that only one vendor uses, which its own file adds.

use super::{Warnings, text};
use crate::model::{Channel, Direction, Disposition, Sentiment, Speaker, Status, TurnKind};

/// A word, and what it stands for.
pub(crate) type Words<'a, M> = [(&'a str, M)];

/// What a status word says: the state, and whether the call connected.
pub(crate) type StatusMeaning = (Status, Option<Disposition>);

/// The status words of voice platforms and of telephony (Twilio's among them).
const STATUS: &Words<'_, StatusMeaning> = &[
    ("completed", (Status::Ended, Some(Disposition::Answered))),
    ("in-progress", (Status::InProgress, Some(Disposition::Answered))),
    ("ongoing", (Status::InProgress, Some(Disposition::Answered))),
    ("active", (Status::InProgress, Some(Disposition::Answered))),
    ("answered", (Status::InProgress, Some(Disposition::Answered))),
    ("ended", (Status::Ended, None)),
    ("no-answer", (Status::Ended, Some(Disposition::NoAnswer))),
    ("busy", (Status::Ended, Some(Disposition::Busy))),
    ("rejected", (Status::Ended, Some(Disposition::Declined))),
    ("declined", (Status::Ended, Some(Disposition::Declined))),
    ("canceled", (Status::Ended, Some(Disposition::Canceled))),
    ("cancelled", (Status::Ended, Some(Disposition::Canceled))),
    ("voicemail", (Status::Ended, Some(Disposition::Voicemail))),
    ("failed", (Status::Failed, Some(Disposition::Failed))),
    ("error", (Status::Failed, Some(Disposition::Failed))),
    ("ringing", (Status::Ringing, None)),
    ("queued", (Status::Queued, None)),
    ("initiated", (Status::Queued, None)),
    ("registered", (Status::Queued, None)),
    ("scheduled", (Status::Scheduled, None)),
];

const DIRECTION: &Words<'_, Direction> = &[
    ("inbound", Direction::Inbound),
    ("outbound", Direction::Outbound),
    ("incoming", Direction::Inbound),
    ("outgoing", Direction::Outbound),
    ("inbound-call", Direction::Inbound),
    ("outbound-call", Direction::Outbound),
];

/// `voice` stands beside `web` and `sip`: it is the telephone.
const CHANNEL: &Words<'_, Channel> = &[
    ("phone", Channel::Phone),
    ("phone-call", Channel::Phone),
    ("voice", Channel::Phone),
    ("web", Channel::Web),
    ("web-call", Channel::Web),
    ("sip", Channel::Sip),
];

const SENTIMENT: &Words<'_, Sentiment> = &[
    ("positive", Sentiment::Positive),
    ("neutral", Sentiment::Neutral),
    ("negative", Sentiment::Negative),
];

const SPEAKER: &Words<'_, Speaker> = &[
    ("agent", Speaker::Agent),
    ("user", Speaker::Customer),
    ("assistant", Speaker::Agent),
    ("customer", Speaker::Customer),
    ("ai", Speaker::Agent),
    ("bot", Speaker::Agent),
    ("caller", Speaker::Customer),
    ("human", Speaker::Customer),
    ("tool", Speaker::Tool),
    ("tool-call", Speaker::Tool),
    ("tool-call-invocation", Speaker::Tool),
    ("tool-call-result", Speaker::Tool),
    ("tool-result", Speaker::Tool),
    ("system", Speaker::System),
];

/// What a turn is whose speaker is a tool. `tool` alone is who answers a call.
const TURN_KIND: &Words<'_, TurnKind> = &[
    ("tool", TurnKind::ToolResult),
    ("tool-call", TurnKind::ToolCall),
    ("tool-call-invocation", TurnKind::ToolCall),
    ("tool-call-result", TurnKind::ToolResult),
    ("tool-result", TurnKind::ToolResult),
];

/// The state, and what the word says about whether the call connected. A word
/// that neither the vendor's `own` list nor the shared one has is kept, with
/// `unknown_value`.
pub(crate) fn status(
    word: Option<String>,
    pointer: &'static str,
    own: &Words<'_, StatusMeaning>,
    warnings: &mut Warnings,
) -> (Option<Status>, Option<Disposition>) {
    let Some(word) = text(word) else { return (None, None) };
    let (status, disposition) =
        find(&word, own).or_else(|| find(&word, STATUS)).unwrap_or_else(|| {
            warnings.unknown(pointer);
            (Status::from(word), None)
        });
    (Some(status), disposition)
}

/// Who called whom.
pub(crate) fn direction(
    word: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Direction> {
    map(word, pointer, DIRECTION, warnings)
}

/// The direction a word names, if it names one.
pub(crate) fn find_direction(word: &str) -> Option<Direction> {
    find(word, DIRECTION)
}

/// The medium.
pub(crate) fn channel(
    word: Option<String>,
    pointer: &'static str,
    warnings: &mut Warnings,
) -> Option<Channel> {
    map(word, pointer, CHANNEL, warnings)
}

/// The mood.
pub(crate) fn sentiment(
    word: Option<String>,
    pointer: impl FnOnce() -> String,
    warnings: &mut Warnings,
) -> Option<Sentiment> {
    let word = text(word)?;
    Some(find(&word, SENTIMENT).unwrap_or_else(|| {
        warnings.unknown(pointer());
        word.into()
    }))
}

/// Who speaks; a word that is not listed is kept.
pub(crate) fn speaker(word: Option<String>) -> Speaker {
    let word = word.unwrap_or_default();
    find_speaker(&word).unwrap_or_else(|| word.into())
}

/// The speaker a word stands for, if it is listed.
pub(crate) fn find_speaker(word: &str) -> Option<Speaker> {
    find(word, SPEAKER)
}

/// What a turn of this speaker is: speech, unless the word says that a tool is used.
pub(crate) fn turn_kind(word: &str) -> TurnKind {
    find(word, TURN_KIND).unwrap_or_default()
}

/// The listed meaning of a word, or the word itself with `unknown_value`. An
/// empty word is none.
fn map<M: Clone + From<String>>(
    word: Option<String>,
    pointer: &'static str,
    words: &Words<'_, M>,
    warnings: &mut Warnings,
) -> Option<M> {
    let word = text(word)?;
    Some(find(&word, words).unwrap_or_else(|| {
        warnings.unknown(pointer);
        word.into()
    }))
}

fn find<M: Clone>(word: &str, words: &Words<'_, M>) -> Option<M> {
    let found = words.iter().find(|(listed, _)| is_same(word, listed))?;
    Some(found.1.clone())
}

/// Whether two words differ in letter case, `_`, `-` and spaces at most.
pub(crate) fn is_same(word: &str, listed: &str) -> bool {
    let plain = |c: char| if c == '_' || c.is_whitespace() { '-' } else { c.to_ascii_lowercase() };
    word.trim().chars().map(plain).eq(listed.chars().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_of_a_word_makes_no_difference() {
        for word in ["no-answer", "no_answer", "No Answer", " NO-ANSWER "] {
            let mut warnings = Warnings::default();
            let read = status(Some(word.into()), "/s", &[], &mut warnings);
            assert_eq!(read, (Some(Status::Ended), Some(Disposition::NoAnswer)), "{word}");
            assert_eq!(warnings.codes(), []);
        }
        let mut warnings = Warnings::default();
        let read = direction(Some("Inbound".into()), "/d", &mut warnings);
        assert_eq!(read, Some(Direction::Inbound));
        assert_eq!(channel(Some("PHONE_CALL".into()), "/c", &mut warnings), Some(Channel::Phone));
        assert_eq!(find_speaker("BOT"), Some(Speaker::Agent));
        assert_eq!(warnings.codes(), []);
    }

    #[test]
    fn words_a_vendor_adds_stand_before_the_shared_ones() {
        let own: &Words<'_, StatusMeaning> = &[("active", (Status::Ringing, None))];
        let mut warnings = Warnings::default();
        assert_eq!(
            status(Some("active".into()), "/s", own, &mut warnings).0,
            Some(Status::Ringing)
        );
    }

    #[test]
    fn word_that_is_not_listed_is_kept_and_noted() {
        let mut warnings = Warnings::default();
        let read = status(Some("Paused".into()), "/s", &[], &mut warnings);
        assert_eq!(read, (Some(Status::Other("Paused".into())), None));
        assert_eq!(channel(Some("FAX".into()), "/c", &mut warnings), Some("FAX".into()));
        assert_eq!(status(Some(" ".into()), "/s", &[], &mut warnings), (None, None));
        assert_eq!(direction(None, "/d", &mut warnings), None);
        assert_eq!(warnings.codes(), [("unknown_value", "/s"), ("unknown_value", "/c")]);
        assert_eq!(speaker(Some("Robot".into())), Speaker::Other("Robot".into()));
    }

    #[test]
    fn kind_of_every_tools_turn_is_known() {
        for (word, speaker) in SPEAKER {
            let is_tools = turn_kind(word) != TurnKind::Speech;
            assert_eq!(is_tools, *speaker == Speaker::Tool, "{word}");
        }
        assert_eq!(turn_kind("TOOL_CALL_INVOCATION"), TurnKind::ToolCall);
    }

    #[test]
    fn no_word_is_listed_twice() {
        fn check<M>(words: &Words<'_, M>) {
            for (index, (word, _)) in words.iter().enumerate() {
                assert!(!words[..index].iter().any(|(other, _)| is_same(word, other)), "{word}");
            }
        }
        check(STATUS);
        check(DIRECTION);
        check(CHANNEL);
        check(SENTIMENT);
        check(SPEAKER);
        check(TURN_KIND);
    }
}
