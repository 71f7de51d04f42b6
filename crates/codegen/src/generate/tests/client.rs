//! The client, its builders and its credentials.

use insta::assert_snapshot;

use super::{document, example, part, text};
use crate::tests::edited;

#[test]
fn operations_answer_types_of_the_runtime() {
    let text = example();
    let responses = text.lines().map(str::trim).filter(|line| line.contains("ResponseValue<"));
    assert_snapshot!(responses.collect::<Vec<_>>().join("\n"), @"
    ResponseValue<
    ResponseValue<::std::vec::Vec<::callfold_record::Lenient<types::Call>>>,
    ) -> Result<ResponseValue<::callfold_record::Lenient<types::Call>>, Error> {
    pub async fn send(self) -> Result<ResponseValue<ByteStream>, Error> {
    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
    ");
}

#[test]
fn operation_is_documented() {
    assert_snapshot!(part("/**Lists calls, or the latest one", "    pub fn list_calls"), @"
        /**Lists calls, or the latest one.

    Source: <https://docs.example.com/calls>

    `GET /v1/calls`*/
        pub fn list_calls(&self) -> builder::ListCalls {
    ");
}

#[test]
fn metadata_follows_the_client() {
    assert_snapshot!(part("/// What the spec says beside", "}"), @r#"
    /// What the spec says beside the operations.
    pub mod spec_metadata {
        /// The vendor's production server.
        pub const BASE_URL: &str = "https://api.example.com";
        /// Operations that only read although their method is not GET.
        pub const SAFE_OPERATIONS: &[&str] = &["search_calls"];
        /// Operations whose response is not JSON but a stream of bytes.
        pub const STREAMED_OPERATIONS: &[&str] = &["stream_recording"];
        /// Fields of a record with links that are signed again in each response.
        pub const VOLATILE_FIELDS: &[&str] = &[];
        /// Members of a response, at any depth, that hold credentials.
        pub const SECRET_FIELDS: &[&str] = &[];
    }
    "#);
}

#[test]
fn operation_owns_its_client_and_sends_by_one_call() {
    assert_snapshot!(part("///The request of [`Client::list_calls`]", "    ::callfold_transport::operation_builder"), @r#"
        ///The request of [`Client::list_calls`](super::Client::list_calls).
        #[derive(Clone)]
        #[must_use = "a request does nothing until it is sent"]
        pub struct ListCalls {
            pub(super) request: OperationRequest,
            pub(super) after: Option<::chrono::DateTime<::chrono::offset::Utc>>,
            pub(super) limit: Option<u32>,
            pub(super) offset: Option<u32>,
            pub(super) order: Option<types::ListCallsOrder>,
        }
        impl ListCalls {
            /**Only later calls.

    Source: <https://docs.example.com/calls>*/
            pub fn after(
                mut self,
                value: ::chrono::DateTime<::chrono::offset::Utc>,
            ) -> Self {
                self.after = Some(value);
                self
            }
            /**Records per page.

    Source: <https://docs.example.com/calls>

    Default: 50. Maximum: 100.*/
            pub fn limit(mut self, value: impl TryInto<u32>) -> Self {
                self.limit = self.request.convert("limit", value);
                self
            }
            /**Records to skip.

    Source: <https://docs.example.com/calls>*/
            pub fn offset(mut self, value: impl TryInto<u32>) -> Self {
                self.offset = self.request.convert("offset", value);
                self
            }
            /**Direction of the sort.

    Source: <https://docs.example.com/calls>*/
            pub fn order(mut self, value: impl TryInto<types::ListCallsOrder>) -> Self {
                self.order = self.request.convert("order", value);
                self
            }
            /// Sends the request. It can fail with any kind of error.
            pub async fn send(
                self,
            ) -> Result<
                ResponseValue<
                    ::callfold_record::OneOf<
                        types::CallPage,
                        ::callfold_record::Lenient<types::Call>,
                    >,
                >,
                Error,
            > {
                self.request
                    .query("after", &self.after)
                    .query("limit", &self.limit)
                    .query("offset", &self.offset)
                    .query("order", &self.order)
                    .json(200u16)
                    .await
            }
        }
        ::callfold_transport::operation_builder!(ListCalls);
    "#);
    assert_snapshot!(part("pub fn get_call(", "    }"), @r#"
    pub fn get_call(&self, id: &str) -> builder::GetCall {
        builder::GetCall {
            request: self
                .transport
                .get(
                    "get_call",
                    &format!("/v1/calls/{}", ::callfold_transport::encode_path(id)),
                ),
        }
    }
    "#);
}

#[test]
fn request_has_setters_and_a_default() {
    assert_snapshot!(part("pub struct SearchCalls {", "    ::callfold_transport::operation_builder"), @"
    pub struct SearchCalls {
        pub(super) request: OperationRequest,
        pub(super) body: types::CallSearch,
    }
    impl SearchCalls {
        /// Sets what is sent in the body.
        pub fn body(mut self, body: types::CallSearch) -> Self {
            self.body = body;
            self
        }
        /// Changes what is sent in the body.
        pub fn body_map(
            mut self,
            change: impl FnOnce(types::CallSearch) -> types::CallSearch,
        ) -> Self {
            self.body = change(self.body);
            self
        }
        /// Sends the request. It can fail with any kind of error.
        pub async fn send(
            self,
        ) -> Result<
            ResponseValue<::std::vec::Vec<::callfold_record::Lenient<types::Call>>>,
            Error,
        > {
            self.request.body(&self.body).json(200u16).await
        }
    }
    ::callfold_transport::operation_builder!(SearchCalls);
    ");
    assert_snapshot!(part("impl CallSearch {", "}"), @"
    impl CallSearch {
        /**Bounds.

    Source: <https://docs.example.com/calls>*/
        #[must_use]
        pub fn filter(mut self, value: impl Into<Bounds>) -> Self {
            self.filter = Some(value.into());
            self
        }
        /**Records per page.

    Source: <https://docs.example.com/calls>*/
        #[must_use]
        pub fn limit(mut self, value: impl Into<u32>) -> Self {
            self.limit = Some(value.into());
            self
        }
        /**Page, from 0.

    Source: <https://docs.example.com/calls>*/
        #[must_use]
        pub fn page(mut self, value: impl Into<u32>) -> Self {
            self.page = Some(value.into());
            self
        }
        /**States.

    Source: <https://docs.example.com/calls>*/
        #[must_use]
        pub fn states(mut self, value: impl Into<::std::vec::Vec<KnownCallState>>) -> Self {
            self.states = value.into();
            self
        }
    }
    ");
}

#[test]
fn only_what_is_needed_is_generated() {
    let text = example();
    for gone in [
        "progenitor",
        "mod error",
        "ConversionError",
        "Error<",
        "api-version",
        "wasm32",
        "ignore",
        "fn new(",
    ] {
        assert!(!text.contains(gone), "{gone} is in the client");
    }
    assert_eq!(text.matches("pub mod builder").count(), 1);
}

#[test]
fn credentials_are_what_the_schemes_say() {
    let credentials = |edits: &[(&str, &str)]| {
        let text = text(&document(&edited(edits)));
        let lines = text.lines().skip_while(|line| !line.contains("pub struct Credentials"));
        let lines = lines.take_while(|line| !line.contains("impl From<Credentials>"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(credentials(&[]), @r#"
    pub struct Credentials(::callfold_transport::Auth);
    impl Credentials {
        ///`api_key`, sent as `X-API-Key`
        pub fn api_key(api_key: impl Into<::callfold_transport::SecretString>) -> Self {
            Self(::callfold_transport::Auth::header("x-api-key", api_key))
        }
    }
    "#);
    let schemes = "ApiKey: { type: apiKey, in: header, name: X-API-Key }";
    let more =
        format!("{schemes}\n    Bearer: {{ type: http, scheme: bearer, description: A token. }}");
    assert_snapshot!(credentials(&[(schemes, &more), ("- ApiKey: []", "- ApiKey: []\n    Bearer: []")]), @r#"
    pub struct Credentials(::callfold_transport::Auth);
    impl Credentials {
        /**`api_key`, sent as `X-API-Key`

    `bearer`, sent as `Authorization: Bearer`: A token.*/
        pub fn new(
            api_key: impl Into<::callfold_transport::SecretString>,
            bearer: impl Into<::callfold_transport::SecretString>,
        ) -> Self {
            Self(::callfold_transport::Auth::bearer(bearer).and_header("x-api-key", api_key))
        }
    }
    "#);
    assert_snapshot!(credentials(&[(schemes, &more), ("- ApiKey: []", "- ApiKey: []\n  - Bearer: []")]), @r#"
    pub struct Credentials(::callfold_transport::Auth);
    impl Credentials {
        ///`api_key`, sent as `X-API-Key`
        pub fn api_key(api_key: impl Into<::callfold_transport::SecretString>) -> Self {
            Self(::callfold_transport::Auth::header("x-api-key", api_key))
        }
        ///`bearer`, sent as `Authorization: Bearer`: A token.
        pub fn bearer(bearer: impl Into<::callfold_transport::SecretString>) -> Self {
            Self(::callfold_transport::Auth::bearer(bearer))
        }
    }
    "#);
}

#[test]
fn operation_that_needs_other_credentials_says_so() {
    let schemes = "ApiKey: { type: apiKey, in: header, name: X-API-Key }";
    let more = format!("{schemes}\n    Bearer: {{ type: http, scheme: bearer }}");
    let operation = "operationId: get_call\n      summary: Reads one call.";
    let get_call = |security: &str| {
        let own = format!("{operation}\n      security: {security}");
        let text = text(&document(&edited(&[(schemes, &more), (operation, &own)])));
        let lines = text.lines().skip_while(|line| !line.contains("/**Reads one call"));
        lines.take_while(|line| *line != "    }").collect::<Vec<_>>().join("\n")
    };
    let both = get_call("[{ ApiKey: [] }, { Bearer: [] }]");
    assert!(
        both.contains("\nDocumented for [`Credentials::api_key`] and [`Credentials::bearer`].\n"),
        "{both}"
    );
    let public = get_call("[]");
    assert!(public.contains("\nNo credentials are needed.\n"), "{public}");
    assert!(public.contains(".without_credentials()"), "{public}");
    let same = get_call("[{ ApiKey: [] }]");
    assert!(!same.contains("redentials"), "{same}");
}
