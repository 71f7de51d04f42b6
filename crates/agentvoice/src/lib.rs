#![doc = include_str!("../README.md")]

// The generated code asks for its runtime under this name; ours never prints a
// body, keeps credentials to one origin, and retries.
extern crate callfold_transport as progenitor_client;

#[allow(
    missing_docs,
    unused_imports,
    rustdoc::all,
    clippy::all,
    clippy::unwrap_used,
    reason = "generated whole from specs/agentvoice.yaml"
)]
mod generated {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("generated.rs");
}
mod list;

pub use callfold_transport::*;
pub use generated::{Client, builder, types};

/// The vendor's name.
pub const VENDOR: &str = "agentvoice";

/// A key and the organisation it belongs to.
#[derive(Clone, Debug)]
pub struct Credentials {
    api_key: SecretString,
    organization_id: SecretString,
}

impl Credentials {
    /// Both are needed on every request.
    pub fn new(api_key: impl Into<SecretString>, organization_id: impl Into<SecretString>) -> Self {
        Self { api_key: api_key.into(), organization_id: organization_id.into() }
    }
}

impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        Self::header("x-api-key", credentials.api_key)
            .and_header("x-organization-id", credentials.organization_id)
    }
}

vendor_client! { client: Client, name: VENDOR, credentials: Credentials, facts: generated::facts }

#[cfg(all(test, feature = "codegen"))]
mod tests {
    #[test]
    fn committed_copy_is_what_the_spec_generates() {
        let built = include_str!(concat!(env!("OUT_DIR"), "/generated.rs"));
        assert!(built == include_str!("generated.rs"), "run `cargo xtask codegen agentvoice`");
    }
}
