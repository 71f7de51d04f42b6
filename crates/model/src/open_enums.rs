//! The closed-but-open vocabularies of a call: every enum here has an
//! `Other(raw)` for unlisted words, so that a new word is never lost.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, convert::Infallible, fmt, str::FromStr};

/// Declares a vocabulary: unit variants with their serialised word, and
/// `Other(String)` for the rest.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word this vocabulary does not list, as the vendor wrote it.
            Other(String),
        }

        impl $name {
            /// The listed words, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The serialised word; for `Other` the vendor's own text.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(raw) => raw,
                }
            }

            /// Whether this is a word the vocabulary does not list.
            pub fn is_other(&self) -> bool {
                matches!(self, Self::Other(_))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match Self::from(word.as_str()) {
                    Self::Other(_) => Self::Other(word),
                    listed => listed,
                }
            }
        }

        impl FromStr for $name {
            type Err = Infallible;
            fn from_str(word: &str) -> Result<Self, Infallible> {
                Ok(Self::from(word))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(Cow::<'de, str>::deserialize(deserializer)?.as_ref()))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": "One of the listed words, or the vendor's own word where none fits.",
                    "examples": Self::WORDS,
                })
            }
        }
    };
}

vocabulary! {
    /// Who called whom, seen from the company.
    Direction {
        /// The customer called.
        Inbound = "inbound",
        /// The company's agent called.
        Outbound = "outbound",
    }
}

vocabulary! {
    /// The medium of a call.
    Channel {
        /// The public telephone network.
        Phone = "phone",
        /// A browser or an app.
        Web = "web",
        /// A SIP trunk or endpoint.
        Sip = "sip",
    }
}

vocabulary! {
    /// Where a call is in its life.
    Status {
        /// Planned for later.
        Scheduled = "scheduled",
        /// Accepted and waiting to be dialled.
        Queued = "queued",
        /// Ringing at the called party.
        Ringing = "ringing",
        /// Going on.
        InProgress = "in_progress",
        /// Over, whatever came of it.
        Ended = "ended",
        /// Could not be made or broke down on the vendor's side.
        Failed = "failed",
    }
}

impl Status {
    /// Whether the vendor will not change this state any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Ended | Self::Failed)
    }

    /// Whether a call with this status has ended, given whether it has an end: that
    /// decides where the status is an undocumented value.
    pub fn is_over(&self, has_end: bool) -> bool {
        self.is_final() || (self.is_other() && has_end)
    }
}

vocabulary! {
    /// Whether a call connected, and if not, why.
    Disposition {
        /// A person was reached, or the agent on an inbound call; a mailbox is not counted.
        Answered = "answered",
        /// It rang and nobody picked up.
        NoAnswer = "no_answer",
        /// The line was busy.
        Busy = "busy",
        /// The called party declined.
        Declined = "declined",
        /// The number does not exist or cannot be dialled.
        InvalidNumber = "invalid_number",
        /// Withdrawn before it connected.
        Canceled = "canceled",
        /// A mailbox picked up.
        Voicemail = "voicemail",
        /// It did not connect for a technical reason.
        Failed = "failed",
    }
}

vocabulary! {
    /// What picked up.
    AnsweredBy {
        /// A person.
        Human = "human",
        /// A mailbox or another machine.
        Machine = "machine",
    }
}

vocabulary! {
    /// Why a call ended.
    EndReasonKind {
        /// The customer hung up.
        CustomerHangup = "customer_hangup",
        /// The voice agent hung up.
        AgentHangup = "agent_hangup",
        /// Handed over to a person or another line.
        Transferred = "transferred",
        /// A hand-over was tried and failed.
        TransferFailed = "transfer_failed",
        /// A mailbox was reached.
        Voicemail = "voicemail",
        /// A phone menu was reached.
        IvrReached = "ivr_reached",
        /// Nobody spoke for too long.
        Inactivity = "inactivity",
        /// The longest allowed duration was reached.
        MaxDuration = "max_duration",
        /// Nobody picked up.
        NoAnswer = "no_answer",
        /// The line was busy.
        Busy = "busy",
        /// The called party declined.
        Declined = "declined",
        /// The number does not exist or cannot be dialled.
        InvalidNumber = "invalid_number",
        /// A carrier or device blocked the call as spam.
        SpamBlocked = "spam_blocked",
        /// Dialling failed.
        DialFailed = "dial_failed",
        /// The telephone network or provider failed.
        TelephonyError = "telephony_error",
        /// A web participant never joined.
        NotJoined = "not_joined",
        /// Withdrawn by its creator.
        Canceled = "canceled",
        /// A limit or an empty balance of the vendor's account stopped it.
        AccountLimit = "account_limit",
        /// The agent's configuration was wrong.
        ConfigError = "config_error",
        /// Speech recognition failed.
        SttError = "stt_error",
        /// The language model failed.
        LlmError = "llm_error",
        /// Speech synthesis failed.
        TtsError = "tts_error",
        /// The vendor's platform failed.
        PlatformError = "platform_error",
        /// It completed, and the vendor does not say how.
        CompletedUnspecified = "completed_unspecified",
    }
}

vocabulary! {
    /// Who brought a call to its end.
    EndedBy {
        /// The customer.
        Customer = "customer",
        /// The voice agent.
        Agent = "agent",
        /// The vendor's platform.
        System = "system",
        /// A telephone company.
        Carrier = "carrier",
        /// A person at the company.
        Operator = "operator",
        /// The vendor does not say.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// The mood the vendor's analysis found.
    Sentiment {
        /// Positive.
        Positive = "positive",
        /// Neutral.
        Neutral = "neutral",
        /// Negative.
        Negative = "negative",
    }
}

vocabulary! {
    /// What a party is in the call.
    PartyRole {
        /// The voice agent's side.
        Agent = "agent",
        /// The customer's side.
        Customer = "customer",
    }
}

vocabulary! {
    /// Who speaks in a turn.
    Speaker {
        /// The voice agent.
        Agent = "agent",
        /// The customer.
        Customer = "customer",
        /// A tool the agent used.
        Tool = "tool",
        /// The platform.
        System = "system",
    }
}

vocabulary! {
    /// What a turn is.
    TurnKind {
        /// Something is said.
        Speech = "speech",
        /// A tool is called.
        ToolCall = "tool_call",
        /// A tool returns.
        ToolResult = "tool_result",
    }
}

impl Default for TurnKind {
    /// Speech, which all turns are that were written before there were kinds.
    fn default() -> Self {
        Self::Speech
    }
}

vocabulary! {
    /// How a call was handed over.
    TransferKind {
        /// The agent left at once.
        Cold = "cold",
        /// The agent spoke with the target first, or stayed until it answered.
        Warm = "warm",
    }
}

vocabulary! {
    /// What came of a hand-over.
    TransferStatus {
        /// It was begun; nothing more is known.
        Started = "started",
        /// The target took the call.
        Completed = "completed",
        /// The target did not answer.
        NoAnswer = "no_answer",
        /// The target was busy.
        Busy = "busy",
        /// A mailbox of the target picked up.
        Voicemail = "voicemail",
        /// It was called off, or the customer left.
        Canceled = "canceled",
        /// It did not work for another reason.
        Failed = "failed",
    }
}

vocabulary! {
    /// What a part of a cost was paid for. `other` stands for all that is not listed: the
    /// part's `name` says what it is.
    CostKind {
        /// The language model.
        Llm = "llm",
        /// Speech synthesis.
        Tts = "tts",
        /// Speech recognition.
        Stt = "stt",
        /// The telephone network or its provider.
        Telephony = "telephony",
        /// The vendor's own platform.
        Platform = "platform",
    }
}

impl Default for CostKind {
    /// What is none of the listed kinds.
    fn default() -> Self {
        Self::Other("other".to_owned())
    }
}

vocabulary! {
    /// How far a call's transcript is at hand.
    TranscriptState {
        /// Text or turns are in the call.
        Inline = "inline",
        /// It has to be fetched from `url`.
        Remote = "remote",
        /// The vendor has it only in the detailed record, which was not requested.
        NotRequested = "not_requested",
        /// There is none.
        Unavailable = "unavailable",
        /// There is one, in a form that cannot be read; it is in `raw`.
        Unreadable = "unreadable",
    }
}

vocabulary! {
    /// What `duration_ms` counts from.
    DurationBasis {
        /// When the call was dispatched, before it was dialled.
        Dispatch = "dispatch",
        /// What the vendor calls the start of the call.
        Start = "start",
        /// When it was picked up.
        Answer = "answer",
    }
}

vocabulary! {
    /// How far the vendor's analysis of a call is: tells a sync what to read again.
    AnalysisState {
        /// It will still change.
        Pending = "pending",
        /// It will not change any more.
        Complete = "complete",
    }
}

vocabulary! {
    /// What a warning is about.
    WarningCode {
        /// The reported duration and the computed one differ by more than 1 s and 2 %.
        DurationMismatch = "duration_mismatch",
        /// A time had no offset; the source's `assume_offset` was applied.
        NaiveTimestamp = "naive_timestamp",
        /// A field named status holds the reason the call ended.
        StatusIsEndReason = "status_is_end_reason",
        /// The parts of the cost do not add up to its total.
        CostSumMismatch = "cost_sum_mismatch",
        /// A turn lies outside the call.
        TurnOutsideCall = "turn_outside_call",
        /// The cost has no unit.
        UnitUnspecified = "unit_unspecified",
        /// A phone number is not E.164.
        InvalidE164 = "invalid_e164",
        /// A count and the number of samples differ.
        SampleCountMismatch = "sample_count_mismatch",
        /// Two fields name different directions.
        DirectionMismatch = "direction_mismatch",
        /// A value cannot be what its field promises (an end before its start, say) and was left out.
        InvalidValue = "invalid_value",
        /// A field had another type than documented and was left out.
        FieldDropped = "field_dropped",
        /// An unlisted word.
        UnknownValue = "unknown_value",
        /// A field the spec does not know.
        UnknownField = "unknown_field",
        /// A part of the call was requested and could not be fetched.
        DetailUnavailable = "detail_unavailable",
    }
}
