//! What a spec says beside the operations, as constants after the client.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::prepare::PreparedDocument;
use crate::refs::is_success;
use crate::refs::{self, SpecOperation};

/// The vendor's production server, for those who read records without a client.
pub(crate) fn base_url(spec: &Value) -> TokenStream {
    let base_url = spec.pointer("/servers/0/url").and_then(Value::as_str).unwrap_or("");
    quote! {
        /// The vendor's production server.
        pub const BASE_URL: &str = #base_url;
    }
}

/// What the spec says beside the operations, as a module of the client.
pub(crate) fn items(spec: &Value, prepared: &PreparedDocument) -> TokenStream {
    let base_url = base_url(spec);
    let safe = ids(spec, |operation| operation.map.get("x-safe") == Some(&Value::Bool(true)));
    let streamed = ids(spec, is_streamed);
    let volatile = &prepared.volatile;
    let secret = &prepared.secret;
    quote! {
        /// What the spec says beside the operations.
        pub mod spec_metadata {
            #base_url
            /// Operations that only read although their method is not GET.
            pub const SAFE_OPERATIONS: &[&str] = &[#(#safe),*];
            /// Operations whose response is not JSON but a stream of bytes.
            pub const STREAMED_OPERATIONS: &[&str] = &[#(#streamed),*];
            /// Fields of a record with links that are signed again in each response.
            pub const VOLATILE_FIELDS: &[&str] = &[#(#volatile),*];
            /// Members of a response, at any depth, that hold credentials.
            pub const SECRET_FIELDS: &[&str] = &[#(#secret),*];
        }
    }
}

fn ids<'a>(spec: &'a Value, which: impl Fn(&SpecOperation<'a>) -> bool) -> Vec<&'a str> {
    let mut ids = Vec::new();
    for operation in refs::operations(spec) {
        if which(&operation)
            && let Some(id) = operation.map.get("operationId").and_then(Value::as_str)
        {
            ids.push(id);
        }
    }
    ids.sort_unstable();
    ids
}

fn is_streamed(operation: &SpecOperation<'_>) -> bool {
    let responses = operation.map.get("responses").and_then(Value::as_object);
    let mut good = responses.into_iter().flatten().filter(|(status, _)| is_success(status));
    good.any(|(_, response)| {
        let content = response.get("content").and_then(Value::as_object);
        content
            .is_some_and(|content| !content.is_empty() && !content.contains_key("application/json"))
    })
}
