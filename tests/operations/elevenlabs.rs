//! ElevenLabs's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::elevenlabs::{MAPPING, api, map_listed, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "elevenlabs",
            name: "list_conversations",
            id: "conversation_id",
            places: &["/conversations"],
            reader: |answer| list::<api::builder::ListConversations>(answer, json, map_listed),
            mapping: MAPPING,
        },
        Operation {
            vendor: "elevenlabs",
            name: "get_conversation",
            id: "conversation_id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
