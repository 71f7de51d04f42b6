//! Ravan's operations.

use super::{Operation, Operations, json, list, single};
use callfold_unify::ravan::{MAPPING, api, map_listed, map_record};

pub(super) const OPERATIONS: Operations = Operations {
    records: &[
        Operation {
            vendor: "ravan",
            name: "list_call_sessions",
            id: "id",
            places: &["/data/callSessions", "/data"],
            reader: |answer| list::<api::builder::ListCallSessions>(answer, session, map_listed),
            mapping: MAPPING,
        },
        Operation {
            vendor: "ravan",
            name: "list_phone_history",
            id: "id",
            places: &["/calls"],
            reader: |answer| list::<api::builder::ListPhoneHistory>(answer, json, map_record),
            mapping: MAPPING,
        },
        Operation {
            vendor: "ravan",
            name: "get_call_session",
            id: "id",
            places: &["/data"],
            reader: |answer| {
                let open = |body: api::types::CallSessionDetail| body.data;
                single(answer, open, json, map_record)
            },
            mapping: MAPPING,
        },
    ],
    extras: &[],
};

fn session(record: &api::Session) -> String {
    match record {
        api::Session::Item(item) => json(item),
        api::Session::Session(session) => json(session),
    }
}
