//! Retell's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::retell::{MAPPING, api, map_listed, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "retell",
            name: "list_calls",
            id: "call_id",
            places: &["/items"],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_listed),
            mapping: MAPPING,
        },
        Operation {
            vendor: "retell",
            name: "get_call",
            id: "call_id",
            places: &[""],
            reader: |answer| single(answer, Some, json, map_record),
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
