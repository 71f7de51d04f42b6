//! Vaani's operations.

use super::{Error, Extra, Operation, Operations, decode, json, list};
use bytes::Bytes;
use callfold_unify::Context;
use callfold_unify::model::{Call, CallId};
use callfold_unify::vaani::{MAPPING, api, map_record, with_details, with_transcript};
use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;

pub(super) const OPERATIONS: Operations = Operations {
    records: &[Operation {
        vendor: "vaani",
        name: "list_calls",
        id: "call_id",
        places: &["/data"],
        reader: |answer| list::<api::builder::ListCalls>(answer, json, map_record),
        mapping: MAPPING,
    }],
    extras: &[
        Extra { name: "get_transcript", read: |body| put(body, with_transcript) },
        Extra { name: "get_call_details", read: |body| put(body, with_details) },
    ],
};

/// Decodes a response, and puts it into a call.
fn put<T: DeserializeOwned>(body: &[u8], into: fn(&mut Call, T, &Context)) -> Result<(), Error> {
    let mut call = Call::new(CallId::new("vaani", "test", "call-1"));
    let answer = decode::<T>(Bytes::copy_from_slice(body)).now_or_never();
    let answer = answer.expect("the answer is at hand")?.into_inner();
    into(&mut call, answer, &Context::default());
    Ok(())
}
