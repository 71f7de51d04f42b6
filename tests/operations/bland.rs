//! Bland's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::bland::{MAPPING, api, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "bland",
            name: "list_calls",
            id: "call_id",
            places: &["/calls"],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "bland",
            name: "get_call",
            id: "call_id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
