//! The macro that turns a generated client into a vendor's client.

/// Implements [`VendorClient`](crate::VendorClient) for a generated client, a struct of one
/// field `transport`, and gives it `builder()`, `stats()`, `with_options()` and
/// `download()`.
///
/// `metadata` is the module of constants that codegen appends: `BASE_URL`,
/// `SAFE_OPERATIONS`, `STREAMED_OPERATIONS`, `VOLATILE_FIELDS`, `SECRET_FIELDS`.
#[macro_export]
macro_rules! vendor_client {
    (
        client: $client:ty,
        name: $name:expr,
        credentials: $credentials:ty,
        metadata: $($metadata:ident)::+ $(,)?
    ) => {
        impl $crate::VendorClient for $client {
            const NAME: &'static str = $name;
            const BASE_URL: &'static str = $($metadata)::+::BASE_URL;
            const SAFE_OPERATIONS: &'static [&'static str] = $($metadata)::+::SAFE_OPERATIONS;
            const STREAMED_OPERATIONS: &'static [&'static str] =
                $($metadata)::+::STREAMED_OPERATIONS;
            const VOLATILE_FIELDS: &'static [&'static str] = $($metadata)::+::VOLATILE_FIELDS;
            const SECRET_FIELDS: &'static [&'static str] = $($metadata)::+::SECRET_FIELDS;
            type Credentials = $credentials;

            fn from_transport(transport: $crate::Transport) -> Self {
                Self { transport }
            }

            fn transport(&self) -> &$crate::Transport {
                &self.transport
            }
        }

        impl $client {
            /// Starts to configure a client.
            pub fn builder() -> $crate::ClientBuilder<Self> {
                $crate::ClientBuilder::new()
            }

            /// What the client's requests pass through.
            pub fn transport(&self) -> &$crate::Transport {
                &self.transport
            }

            /// What the client and its clones have done so far.
            pub fn stats(&self) -> $crate::Stats {
                self.transport.stats()
            }

            /// A client with the same connections, limits and counters, whose
            /// requests use these options.
            #[must_use]
            pub fn with_options(&self, options: $crate::RequestOptions) -> Self {
                Self { transport: self.transport.with_options(options) }
            }

            /// Fetches a recording from the address a record names. Credentials
            /// go to the client's own origin only. A response with status 206 is
            /// the rest behind `from`; any other is the whole file.
            ///
            /// # Errors
            ///
            /// `InvalidRequest` for an address that must not be fetched,
            /// `Redirected`, `Vendor` for another part than requested, and the
            /// kinds of any request.
            pub async fn download(
                &self,
                url: &str,
                from: &$crate::ResumePoint,
            ) -> Result<$crate::ResponseValue<$crate::ByteStream>, $crate::Error> {
                self.transport.download(url, from).await
            }
        }
    };
}
