//! Zudu's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::zudu::{MAPPING, api, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "zudu",
            name: "list_calls",
            id: "call_id",
            places: &["/data/calls"],
            reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "zudu",
            name: "get_call",
            id: "call_id",
            places: &["/data"],
            reader: |answer| {
                let open = |body: api::types::CallResponse| body.data;
                single(answer, open, json, map_record)
            },
            mapping: MAPPING,
        },
    ],
    extras: &[],
};
