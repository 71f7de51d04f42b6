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

/// What a speaker's word says: who speaks, and what the turn is.
pub(crate) type SpeakerMeaning = (Speaker, TurnKind);

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

/// `tool` alone is who answers a call.
const SPEAKER: &Words<'_, SpeakerMeaning> = &[
    ("agent", (Speaker::Agent, TurnKind::Speech)),
    ("user", (Speaker::Customer, TurnKind::Speech)),
    ("assistant", (Speaker::Agent, TurnKind::Speech)),
    ("customer", (Speaker::Customer, TurnKind::Speech)),
    ("ai", (Speaker::Agent, TurnKind::Speech)),
    ("bot", (Speaker::Agent, TurnKind::Speech)),
    ("caller", (Speaker::Customer, TurnKind::Speech)),
    ("human", (Speaker::Customer, TurnKind::Speech)),
    ("tool", (Speaker::Tool, TurnKind::ToolResult)),
    ("tool-call", (Speaker::Tool, TurnKind::ToolCall)),
    ("tool-call-invocation", (Speaker::Tool, TurnKind::ToolCall)),
    ("tool-call-result", (Speaker::Tool, TurnKind::ToolResult)),
    ("tool-result", (Speaker::Tool, TurnKind::ToolResult)),
    ("system", (Speaker::System, TurnKind::Speech)),
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

/// Who speaks, and what the turn is; a word that is not listed is kept, and its turn is speech.
pub(crate) fn speaker(word: Option<String>) -> SpeakerMeaning {
    let word = word.unwrap_or_default();
    find_speaker(&word).unwrap_or_else(|| (word.into(), TurnKind::Speech))
}

/// What a speaker's word stands for, if it is listed.
pub(crate) fn find_speaker(word: &str) -> Option<SpeakerMeaning> {
    find(word, SPEAKER)
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
    let word = word.trim();
    let found = words.iter().find(|(listed, _)| is_alike(word, listed))?;
    Some(found.1.clone())
}

/// Whether two words differ in letter case, `_`, `-` and spaces at most.
pub(crate) fn is_same(word: &str, listed: &str) -> bool {
    is_alike(word.trim(), listed)
}

/// The same for a word without space around it.
fn is_alike(word: &str, listed: &str) -> bool {
    let plain = |c: char| if c == '_' || c.is_whitespace() { '-' } else { c.to_ascii_lowercase() };
    word.chars().map(plain).eq(listed.chars().map(plain))
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
        assert_eq!(find_speaker("BOT"), Some((Speaker::Agent, TurnKind::Speech)));
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
        let robot = (Speaker::Other("Robot".into()), TurnKind::Speech);
        assert_eq!(speaker(Some("Robot".into())), robot);
    }

    #[test]
    fn kind_of_every_tools_turn_is_known() {
        for (word, (speaker, kind)) in SPEAKER {
            let is_tools = *kind != TurnKind::Speech;
            assert_eq!(is_tools, *speaker == Speaker::Tool, "{word}");
        }
        let call = Some((Speaker::Tool, TurnKind::ToolCall));
        assert_eq!(find_speaker("TOOL_CALL_INVOCATION"), call);
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
    }
}
