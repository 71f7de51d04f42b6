//! The things that are counted.

/// One thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Metric {
    /// All calls.
    Calls,
    /// Calls that are over.
    Over,
    /// Calls that are over, by what is known of an answer to this question.
    Known(Question, Answer),
    /// Outbound calls that are over, by whether they were answered.
    Outbound(Answer),
    /// Inbound calls that are over, by whether they were answered.
    Inbound(Answer),
    /// Steps of the funnel after the answer, by direction (0 outbound, 1 inbound).
    Funnel(u8, Question, Answer),
    /// Milliseconds of talk, from pick-up to the end, of calls that are over.
    TalkMs,
    /// Calls that are over and have a talk time.
    TalkMeasured,
    /// Calls that are over, have none, and were answered or may have been.
    TalkUnknown,
    /// Of those, milliseconds of the whole length, by what it counts from.
    WholeMs(LengthKind),
    /// Of those, the calls that have such a length.
    WholeCalls(LengthKind),
    /// Of those, the calls without any length.
    NoLength,
    /// Calls of which a length is in this bin.
    LengthBin(LengthKind, u8),
    /// Calls that were answered or may have been.
    LatencyAsked,
    /// Of those, calls with a median response time.
    LatencyKnown,
    /// Of those, by the bin of that median.
    LatencyBin(u8),
    /// Calls that are over, by disposition: a place in `measure::dispositions`.
    Disposition(u8),
    /// Calls that are over, by end reason: a place in `measure::end_kinds`.
    End(u8),
    /// Outbound calls that are over, by weekday (Monday is 0), hour, and answer.
    Heat(u8, u8, Answer),
    /// Calls with a total cost in this unit.
    CostCalls(u8),
    /// Calls without a total cost.
    NoCost,
    /// Hand-overs, by kind and status: places in the words of kinds and statuses.
    Transfer(u8, u8),
    /// Calls with such a hand-over.
    TransferCalls,
    /// Uses of a tool, by whether they worked.
    Tool(u16, Answer),
    /// Calls of a campaign.
    Campaign(u16),
    /// Outbound calls of a campaign that are over, by whether they were answered.
    CampaignOutbound(u16, Answer),
}

/// A sum of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Amount {
    /// Total costs in this unit.
    Total(u8),
    /// Parts of costs in this unit, by kind: a place in `measure::cost_kinds`.
    Part(u8, u8),
    /// Further totals in this unit, which are added to no other.
    Further(u8),
}

/// What is asked of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Question {
    /// Whether a person or an agent picked up.
    Answered,
    /// Whether it was answered, and the customer spoke.
    Talked,
    /// Whether it was answered, the customer spoke, and it was a success.
    Goal,
    /// Whether the vendor counts it as a success.
    Success,
    /// Whether an appointment was made.
    Appointment,
}

/// What is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Answer {
    Yes,
    No,
    Unknown,
}

impl Answer {
    pub(crate) const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unknown];

    /// Both: no if one is, yes if both are.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

impl From<Option<bool>> for Answer {
    fn from(known: Option<bool>) -> Self {
        match known {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }
}

/// What a length counts from. Lengths of different kinds do not compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LengthKind {
    /// From pick-up to the end.
    Talk,
    /// From dispatch to the end.
    Dispatch,
    /// From what the vendor calls the start to the end.
    Start,
    /// From pick-up to the end, by the vendor's start.
    Answer,
    /// As the vendor states it; no times to compute it from.
    Reported,
}

impl LengthKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Talk, Self::Dispatch, Self::Start, Self::Answer, Self::Reported];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Dispatch => "dispatch",
            Self::Start => "start",
            Self::Answer => "answer",
            Self::Reported => "reported",
        }
    }

    /// What the length is, for people.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Talk => "talk time, from pick-up to the end",
            Self::Dispatch => "whole length, from dispatch to the end",
            Self::Start => "whole length, from the vendor's start to the end",
            Self::Answer => "whole length, from the vendor's start, which is the pick-up",
            Self::Reported => "length as the vendor states it",
        }
    }
}
