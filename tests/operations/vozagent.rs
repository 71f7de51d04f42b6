//! VozAgent's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::vozagent::{MAPPING, api, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "vozagent",
            name: "list_calls",
            id: "id",
            places: &[""],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "vozagent",
            name: "get_call",
            id: "id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
