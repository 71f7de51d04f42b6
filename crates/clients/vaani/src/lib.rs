#![doc = include_str!("../README.md")]

// The generated code asks for its runtime under this name; ours never prints a
// body, keeps credentials to one origin, and retries.
#[cfg(feature = "client")]
extern crate callfold_transport as progenitor_client;

#[allow(missing_docs, rustdoc::all, clippy::all, clippy::unwrap_used, reason = "generated")]
pub mod types {
    //! Types of the records, of operations' parameters and of answers.
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("types.rs");
}
#[cfg(feature = "client")]
#[allow(
    missing_docs,
    unused_imports,
    rustdoc::all,
    clippy::all,
    clippy::unwrap_used,
    reason = "generated"
)]
mod client {
    #[cfg(feature = "codegen")]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
    #[cfg(not(feature = "codegen"))]
    include!("client.rs");
}

#[cfg(feature = "client")]
pub use callfold_transport::*;
#[cfg(feature = "client")]
pub use client::{Client, builder};

/// The vendor's name.
pub const VENDOR: &str = "vaani";

/// The organisation's key.
#[cfg(feature = "client")]
#[derive(Clone, Debug)]
pub struct Credentials(SecretString);

#[cfg(feature = "client")]
impl Credentials {
    /// Sent as `X-API-Key`.
    pub fn api_key(key: impl Into<SecretString>) -> Self {
        Self(key.into())
    }
}

#[cfg(feature = "client")]
impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        Self::header("x-api-key", credentials.0)
    }
}

#[cfg(feature = "client")]
vendor_client! { client: Client, name: VENDOR, credentials: Credentials, facts: client::facts }

#[cfg(all(test, feature = "codegen"))]
mod tests {
    #[test]
    fn committed_copy_is_what_the_spec_generates() {
        let built = include_str!(concat!(env!("OUT_DIR"), "/types.rs"));
        assert!(built == include_str!("types.rs"), "run `cargo xtask codegen vaani`");
        let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));
        assert!(built == include_str!("client.rs"), "run `cargo xtask codegen vaani`");
    }
}
