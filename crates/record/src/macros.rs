//! What generated types have in common, and the crate around them.

use std::fmt;

/// A text that is none of the words of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnlistedWord;

impl fmt::Display for UnlistedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the word is not in the list")
    }
}

impl std::error::Error for UnlistedWord {}

/// `Debug` that shows the type's name and no value, for each type.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_by_name {
    ($($kind:ident),* $(,)?) => {$(
        impl ::std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($kind)).finish_non_exhaustive()
            }
        }
    )*};
}

/// `Debug` that shows the record's id and no other value.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_by_id {
    ($kind:ident) => {
        impl ::std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($kind))
                    .field("id", &$crate::Record::id(self))
                    .finish_non_exhaustive()
            }
        }
    };
}

/// `Display`, and conversions from text, of an enum of words.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    ($kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl ::std::fmt::Display for $kind {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word),+
                })
            }
        }

        impl ::std::str::FromStr for $kind {
            type Err = $crate::UnlistedWord;

            fn from_str(word: &str) -> ::std::result::Result<Self, $crate::UnlistedWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnlistedWord),
                }
            }
        }

        impl ::std::convert::TryFrom<&str> for $kind {
            type Error = $crate::UnlistedWord;

            fn try_from(word: &str) -> ::std::result::Result<Self, $crate::UnlistedWord> {
                word.parse()
            }
        }
    };
}

/// The whole of a vendor's crate: its generated modules, what it exports, and
/// a test that the committed copy is what the spec generates.
///
/// The crate has the features `client`, which needs `callfold-transport`, and
/// `codegen`, whose build script writes the modules into `OUT_DIR`.
#[macro_export]
macro_rules! vendor_crate {
    ($name:literal) => {
        /// The vendor's name.
        pub const VENDOR: &str = $name;

        #[allow(rustdoc::all, clippy::all, reason = "generated")]
        pub mod types {
            //! Types of the records, of operations' parameters and of responses.
            #[cfg(feature = "codegen")]
            include!(concat!(env!("OUT_DIR"), "/types.rs"));
            #[cfg(not(feature = "codegen"))]
            include!("types.rs");
        }

        #[cfg(feature = "client")]
        #[allow(missing_docs, unused_imports, rustdoc::all, clippy::all, reason = "generated")]
        mod client {
            #[cfg(feature = "codegen")]
            include!(concat!(env!("OUT_DIR"), "/client.rs"));
            #[cfg(not(feature = "codegen"))]
            include!("client.rs");
        }

        pub use ::callfold_record as record;
        pub use ::callfold_record::{Issue, Lenient, OpenEnum, Record, UnusableRecord};
        #[cfg(feature = "client")]
        pub use ::callfold_transport as transport;
        #[cfg(feature = "client")]
        pub use ::callfold_transport::{
            ByteStream, ClientBuilder, Error, ErrorKind, HttpClient, List, Page, Pages, Records,
            RequestOptions, ResponseValue, ResumePoint, Stats,
        };
        #[cfg(feature = "client")]
        pub use client::{Client, Credentials, builder};

        #[cfg(feature = "client")]
        ::callfold_transport::vendor_client! {
            client: client::Client,
            name: VENDOR,
            credentials: Credentials,
            metadata: client::spec_metadata,
        }

        #[cfg(all(test, feature = "codegen"))]
        mod tests {
            #[test]
            fn committed_copy_is_what_the_spec_generates() {
                let built = include_str!(concat!(env!("OUT_DIR"), "/types.rs"));
                assert!(built == include_str!("types.rs"), "run `cargo xtask codegen`");
                let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));
                assert!(built == include_str!("client.rs"), "run `cargo xtask codegen`");
            }
        }
    };
}
