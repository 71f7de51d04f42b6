//! The turns of a call, and what the agent did between them.

use crate::{
    Context,
    convert::{Warnings, text, time, transcript},
    model::{Speaker, Timestamp, Tool, Transcript, Turn, TurnKind, WarningCode},
};
use callfold_bland::types;

/// The word for something that the agent did.
const ACTION: &str = "agent-action";

/// The turns in the order of time, those of one time in that of their ids; they do not always come so.
/// Without a list they are read from the running text.
pub(super) fn transcript(
    record: &mut types::Call,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    context: &Context,
    warnings: &mut Warnings,
) -> Transcript {
    let running = record.concatenated_transcript.take();
    let mut turns = Vec::new();
    for (index, part) in record.transcripts.take().into_iter().flatten().enumerate() {
        warnings.extra(format_args!("/transcripts/{index}"), &part.extra);
        let pointer = || format!("/transcripts/{index}/created_at");
        let at = time::instant_at(part.created_at, || pointer().into(), context, warnings);
        if at.is_some_and(|at| time::is_outside(at, started_at, ended_at)) {
            let message = "the turn lies outside the call";
            warnings.add(WarningCode::TurnOutsideCall, pointer(), message);
        }
        let speaker = part.user.map(|word| word.to_string());
        turns.extend(transcript::turn(speaker, part.text, at).map(|turn| (part.id, turn)));
    }
    if turns.iter().all(|(_, turn)| turn.at.is_some()) {
        turns.sort_by_key(|(id, turn)| (turn.at, *id));
    }
    let turns: Vec<_> = turns.into_iter().map(|(_, turn)| with_action(turn)).collect();
    if !turns.is_empty() {
        return transcript::inline(turns, running);
    }
    let own = [ACTION, "robot"].map(|word| (word, Speaker::from(word)));
    let mut transcript = transcript::running(text(running), &own);
    transcript.turns = transcript.turns.into_iter().map(with_action).collect();
    transcript
}

/// What the agent did is the use of a tool, of which its text is the name.
fn with_action(turn: Turn) -> Turn {
    if turn.role.as_str() != ACTION {
        return turn;
    }
    let tool = Tool { name: Some(turn.text), ..Tool::default() };
    Turn {
        kind: TurnKind::ToolCall,
        tool: Some(tool),
        at: turn.at,
        ..Turn::speech(Speaker::Tool, String::new())
    }
}

pub(super) fn customer_spoke(transcript: &Transcript) -> bool {
    transcript.turns.iter().any(|turn| turn.role == Speaker::Customer)
}
