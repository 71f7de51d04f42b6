//! AgentVoice's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::agentvoice::{MAPPING, api, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "agentvoice",
            name: "list_calls",
            id: "id",
            places: &["/data", ""],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "agentvoice",
            name: "get_call",
            id: "id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
