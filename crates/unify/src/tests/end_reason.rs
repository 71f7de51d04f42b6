use super::*;
use std::collections::BTreeMap;

fn file() -> BTreeMap<String, Vec<EndReasonRule>> {
    toml::from_str(include_str!("../end_reasons.toml")).unwrap()
}

impl Words {
    fn list(&self) -> &[String] {
        match self {
            Self::Exact(words) | Self::Prefix(words) | Self::Contains(words) => words,
        }
    }
}

#[test]
fn every_word_of_every_rule_is_reachable() {
    for (section, rules) in file() {
        for (index, rule) in rules.iter().enumerate() {
            for word in rule.words.list() {
                let taken = rules[..index].iter().position(|earlier| earlier.words.fits(word));
                assert_eq!(taken, None, "[{section}] {word:?} is shadowed by an earlier rule");
                let same = rule.words.list().iter().filter(|other| other == &word).count();
                assert_eq!(same, 1, "[{section}] {word:?} stands twice in its rule");
            }
        }
    }
}

#[test]
fn every_rule_has_words_in_the_compared_form_and_known_meanings() {
    for (section, rules) in file() {
        for rule in rules {
            assert!(!rule.kind.is_other(), "[{section}] {}", rule.kind);
            assert!(!rule.by.is_other(), "[{section}] {}", rule.by);
            assert!(!rule.words.list().is_empty(), "[{section}] {}", rule.kind);
            for word in rule.words.list() {
                assert!(!word.is_empty());
                assert_eq!(&normalize(word), word, "[{section}]");
            }
        }
    }
}

#[test]
fn every_section_but_the_shared_one_is_a_feature() {
    #[derive(serde::Deserialize)]
    struct Manifest {
        features: BTreeMap<String, toml::Value>,
    }
    let manifest: Manifest = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    for section in file().keys().filter(|name| *name != SHARED) {
        assert!(manifest.features.contains_key(section), "{section} is no feature");
    }
}

#[test]
fn every_end_kind_can_be_reached() {
    let used: Vec<EndReasonKind> = file().into_values().flatten().map(|rule| rule.kind).collect();
    for word in EndReasonKind::WORDS {
        assert!(used.contains(&EndReasonKind::from(*word)), "no rule has the kind {word}");
    }
}

#[test]
fn vendors_words_are_classified() {
    use EndReasonKind::*;
    use EndedBy::{Agent, Carrier, Customer, Operator, System, Unknown};
    let cases = [
        ("vaani", "User disconnected", CustomerHangup, Customer),
        ("vaani", "Agent disconnected", AgentHangup, Agent),
        ("vaani", "The user disconnected the call", CustomerHangup, Customer),
        ("vaani", "call_no_answer", NoAnswer, Customer),
        ("vaani", "call_rejected", Declined, Customer),
        ("vaani", "call_failed", DialFailed, Unknown),
        ("vaani", "human_transfer_successful", Transferred, Agent),
        ("vaani", "human_transfer_failed", TransferFailed, Unknown),
        ("vaani", "Voicemail", Voicemail, System),
        ("ravan", "user_hangup", CustomerHangup, Customer),
        ("ravan", "customer_hangup", CustomerHangup, Customer),
        ("ravan", "agent_hangup", AgentHangup, Agent),
        ("ravan", "error", PlatformError, System),
        ("agentvoice", "customer-ended-call", CustomerHangup, Customer),
        ("agentvoice", "assistant-forwarded-call", Transferred, Agent),
        ("zudu", "USER_HANGUP", CustomerHangup, Customer),
        ("zudu", "DIAL_BUSY", Busy, Customer),
        ("zudu", " Concurrency Limit Reached ", AccountLimit, System),
        ("", "assistant-said-end-call-phrase", AgentHangup, Agent),
        ("", "customer-ended-call-during-transfer", CustomerHangup, Customer),
        ("", "silence-timed-out", Inactivity, System),
        ("", "exceeded-max-duration", MaxDuration, System),
        ("", "max_duration_reached", MaxDuration, System),
        ("", "machine_detected", Voicemail, System),
        ("", "ivr_reached", IvrReached, System),
        ("", "customer-did-not-answer", NoAnswer, Customer),
        ("", "dial_no_answer", NoAnswer, Customer),
        ("", "user_declined", Declined, Customer),
        ("", "invalid_destination", InvalidNumber, Carrier),
        ("", "marked_as_spam", SpamBlocked, Carrier),
        ("", "twilio-failed-to-connect-call", DialFailed, Carrier),
        ("", "call.in-progress.error-sip-outbound-call-failed-to-connect", DialFailed, Carrier),
        ("", "telephony_provider_permission_denied", TelephonyError, Carrier),
        ("", "no_valid_payment", AccountLimit, System),
        ("", "call.start.error-subscription-frozen", AccountLimit, System),
        ("", "call.start.error-get-assistant", ConfigError, System),
        ("", "assistant-not-found", ConfigError, System),
        ("", "error_asr", SttError, System),
        ("", "pipeline-error-deepgram-transcriber-failed", SttError, System),
        ("", "pipeline-error-assembly-ai-returning-401-invalid-credentials", SttError, System),
        ("", "error_llm_websocket_open", LlmError, System),
        ("", "pipeline-error-openai-429-exceeded-quota", LlmError, System),
        ("", "call.in-progress.error-pipeline-no-available-llm-model", LlmError, System),
        ("", "pipeline-error-playht-429-exceeded-quota", TtsError, System),
        ("", "pipeline-error-openai-voice-failed", TtsError, System),
        ("", "pipeline-error-tavus-video-failed", PlatformError, System),
        ("", "error_user_not_joined", NotJoined, Customer),
        ("", "registered_call_timeout", NotJoined, System),
        ("", "call_transfer", Transferred, Agent),
        ("", "transfer_bridged", Transferred, Agent),
        ("", "transfer_cancelled", TransferFailed, Agent),
        ("", "call.in-progress.error-transfer-failed", TransferFailed, Unknown),
        ("", "manual_stopped", Canceled, Operator),
        ("", "error_retell", PlatformError, System),
        ("", "call.in-progress.error-vapifault-worker-died", PlatformError, System),
        ("", "completed", CompletedUnspecified, Unknown),
        ("", "no_concurrency_fallback", Transferred, System),
        ("", "normal_clearing", CompletedUnspecified, Unknown),
        ("", "originator_cancel", Canceled, Unknown),
        ("", "486", Busy, Customer),
        ("", "SIP 486 Busy Here", Busy, Customer),
        ("", "SIP 404", InvalidNumber, Carrier),
        ("", "SIP 503 Service Unavailable", TelephonyError, Carrier),
        ("", "error_twilio", TelephonyError, Carrier),
        ("", "Switched off", NoAnswer, Carrier),
        ("", "The customer is not answering", NoAnswer, Customer),
        ("", "Call not answered", NoAnswer, Customer),
        ("", "Voice mail", Voicemail, System),
        ("", "Call ended by agent", AgentHangup, Agent),
        ("", "call.forwarding.no-answer", TransferFailed, Operator),
        ("", "call.start.assistant-version-error-validation", ConfigError, System),
        ("", "error_no_audio_received", TelephonyError, Unknown),
        (
            "",
            "call.in-progress.error-assistant-did-not-receive-customer-audio",
            TelephonyError,
            Unknown,
        ),
        ("", "call.in-progress.error-vapifault-transport-never-connected", PlatformError, System),
        (
            "",
            "call.in-progress.error-providerfault-transport-never-connected",
            TelephonyError,
            Carrier,
        ),
    ];
    for (vendor, raw, kind, by) in cases {
        let end = classify(vendor, raw);
        assert_eq!((end.kind, end.ended_by), (kind, by), "{vendor} {raw}");
        assert_eq!(end.raw, raw);
    }
}

#[test]
fn unknown_word_is_other_with_its_text() {
    let end = classify("vaani", "Gremlins in the StampedTurn");
    assert_eq!(end.kind, EndReasonKind::Other("Gremlins in the StampedTurn".to_owned()));
    assert_eq!(end.ended_by, EndedBy::Unknown);
}

#[test]
fn vendors_rule_stands_before_the_shared_one() {
    assert_eq!(classify("vaani", "call_rejected").ended_by, EndedBy::Customer);
    assert_eq!(classify("vaani", "call_failed").kind, EndReasonKind::DialFailed);
    assert!(classify("zudu", "call_failed").kind.is_other());
}
