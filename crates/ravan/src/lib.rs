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
    reason = "generated whole from specs/ravan.yaml"
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
pub use list::Session;

/// The vendor's name.
pub const VENDOR: &str = "ravan";

/// What proves who is asking.
#[derive(Clone, Debug)]
pub struct Credentials(Auth);

impl Credentials {
    /// The organisation's key, sent as `X-Api-Key`.
    pub fn api_key(key: impl Into<SecretString>) -> Self {
        Self(Auth::header("x-api-key", key))
    }

    /// A JWT, sent as `Authorization: Bearer`; documented for the phone history alone.
    pub fn bearer(token: impl Into<SecretString>) -> Self {
        Self(Auth::bearer(token))
    }
}

impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        credentials.0
    }
}

vendor_client! { client: Client, name: VENDOR, credentials: Credentials, facts: generated::facts }

#[cfg(all(test, feature = "codegen"))]
mod tests {
    #[test]
    fn committed_copy_is_what_the_spec_generates() {
        let built = include_str!(concat!(env!("OUT_DIR"), "/generated.rs"));
        assert!(built == include_str!("generated.rs"), "run `cargo xtask codegen ravan`");
    }
}
