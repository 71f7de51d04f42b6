//! The macro that turns a generated client into a vendor's client.

/// Implements [`Vendor`](crate::Vendor) and [`ClientHooks`](crate::ClientHooks)
/// for a generated client, and gives it `builder()`, `transport()`, `stats()`,
/// `with_options()` and `download()`.
///
/// `facts` is the module of constants that codegen appends: `BASE_URL`,
/// `SAFE_OPERATIONS`, `STREAMED_OPERATIONS`, `VOLATILE_FIELDS`.
#[macro_export]
macro_rules! vendor_client {
    (
        client: $client:ident,
        name: $name:expr,
        credentials: $credentials:ty,
        facts: $($facts:ident)::+ $(,)?
    ) => {
        impl $crate::Vendor for $client {
            const NAME: &'static str = $name;
            const BASE_URL: &'static str = $($facts)::+::BASE_URL;
            const SAFE_OPERATIONS: &'static [&'static str] = $($facts)::+::SAFE_OPERATIONS;
            const STREAMED_OPERATIONS: &'static [&'static str] =
                $($facts)::+::STREAMED_OPERATIONS;
            const VOLATILE_FIELDS: &'static [&'static str] = $($facts)::+::VOLATILE_FIELDS;
            type Credentials = $credentials;

            fn assemble(
                base_url: &str,
                http: $crate::reexport::reqwest::Client,
                transport: $crate::Transport,
            ) -> Self {
                Self::new_with_client(base_url, http, transport)
            }
        }

        impl $crate::ClientHooks<$crate::Transport> for $client {}

        impl $client {
            /// Starts to configure a client.
            pub fn builder() -> $crate::ClientBuilder<Self> {
                $crate::ClientBuilder::new()
            }

            /// What the client's requests pass through.
            pub fn transport(&self) -> &$crate::Transport {
                $crate::ClientInfo::inner(self)
            }

            /// What the client and its clones have done so far.
            pub fn stats(&self) -> $crate::Stats {
                self.transport().stats()
            }

            /// A client with the same connections, limits and counters, whose
            /// requests use these options.
            #[must_use]
            pub fn with_options(&self, options: $crate::RequestOptions) -> Self {
                <Self as $crate::Vendor>::assemble(
                    $crate::ClientInfo::baseurl(self),
                    $crate::ClientInfo::client(self).clone(),
                    self.transport().with_options(options),
                )
            }

            /// Fetches a recording from the address a record names. Credentials
            /// go to the client's own origin only. An answer with status 206 is
            /// the rest behind `from`; any other is the whole file.
            ///
            /// # Errors
            ///
            /// `InvalidRequest` for an address that must not be fetched,
            /// `Redirected`, `Vendor` for another part than asked for, and the
            /// kinds of any request.
            pub async fn download(
                &self,
                url: &str,
                from: &$crate::ResumePoint,
            ) -> Result<$crate::ResponseValue<$crate::ByteStream>, $crate::Error> {
                self.transport()
                    .download($crate::ClientInfo::client(self), url, from)
                    .await
            }
        }
    };
}
