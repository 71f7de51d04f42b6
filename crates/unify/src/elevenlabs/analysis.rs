//! What was worked out about a conversation.

use crate::{
    convert::{Warnings, cost, json_object, text},
    model::{JsonObject, Outcome, WarningCode},
};
use callfold_elevenlabs::types::{self, KnownSuccessResult};
use callfold_record::{OpenEnum, RawJson, RawNumber};

/// What was worked out about a conversation.
#[derive(Default)]
pub(super) struct AnalysisFields {
    pub(super) summary: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) rest: JsonObject,
}

impl AnalysisFields {
    /// The maps are kept; the lists repeat them.
    pub(super) fn of(
        analysis: Option<types::ConversationAnalysis>,
        facts: &mut JsonObject,
        warnings: &mut Warnings,
    ) -> Self {
        let Some(analysis) = analysis else { return Self::default() };
        warnings.extra("/analysis", &analysis.extra);
        let title = text(analysis.call_summary_title);
        json_object::put_value(facts, "analysis/call_summary_title", title);
        Self {
            summary: text(analysis.transcript_summary),
            outcome: outcome(
                analysis.call_successful,
                analysis.call_success_score,
                ["/analysis/call_successful", "/analysis/call_success_score"],
                warnings,
            ),
            rest: rest([
                ("evaluation_criteria_results", analysis.evaluation_criteria_results),
                ("data_collection_results", analysis.data_collection_results),
                ("scoped", analysis.scoped),
            ]),
        }
    }
}

/// Whether the goal was reached, and the score of it.
pub(super) fn outcome(
    success: Option<OpenEnum<KnownSuccessResult>>,
    score: Option<RawNumber>,
    [success_pointer, score_pointer]: [&'static str; 2],
    warnings: &mut Warnings,
) -> Outcome {
    let success = match success {
        Some(OpenEnum::Known(KnownSuccessResult::Success)) => Some(true),
        Some(OpenEnum::Known(KnownSuccessResult::Failure)) => Some(false),
        Some(OpenEnum::Unknown(word)) if !word.trim().is_empty() => {
            let message = "the word is not listed; left out";
            warnings.add(WarningCode::UnknownValue, success_pointer, message);
            None
        }
        _ => None,
    };
    Outcome { success, score: cost::amount(score, score_pointer, warnings), ..Outcome::default() }
}

/// The results that are there, by the names of their fields.
pub(super) fn rest<const N: usize>(results: [(&str, Option<RawJson>); N]) -> JsonObject {
    let mut rest = JsonObject::new();
    for (name, value) in results {
        json_object::put(&mut rest, name, value);
    }
    rest
}
