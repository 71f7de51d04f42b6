//! Vapi's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::vapi::{MAPPING, api, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "vapi",
            name: "list_calls",
            id: "id",
            places: &[""],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "vapi",
            name: "get_call",
            id: "id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
