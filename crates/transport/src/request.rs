//! A request of one operation: its parameters, its own options, and sending it.

use crate::transport::Operation;
use crate::{ByteStream, Error, ErrorKind, RequestOptions, Response, ResponseValue, Transport};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::sync::Arc;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What the builder of a generated operation sends.
///
/// It owns its share of the client. What cannot be sent, such as a number that
/// is too large for its parameter, is an error of [`json`](Self::json) and
/// [`stream`](Self::stream), which names the vendor, the operation and the
/// parameter.
#[doc(hidden)]
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct OperationRequest {
    transport: Transport,
    operation: &'static str,
    method: Method,
    url: Url,
    body: Option<Bytes>,
    problem: Option<Cow<'static, str>>,
}

impl Transport {
    /// A GET of `operation`; the path begins with a slash, its parameters are
    /// encoded.
    #[doc(hidden)]
    pub fn get(&self, operation: &'static str, path: &str) -> OperationRequest {
        self.operation(operation, Method::GET, path)
    }

    /// The same for a POST.
    #[doc(hidden)]
    pub fn post(&self, operation: &'static str, path: &str) -> OperationRequest {
        self.operation(operation, Method::POST, path)
    }

    fn operation(&self, operation: &'static str, method: Method, path: &str) -> OperationRequest {
        let mut url = self.shared().base_url.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let transport = self.clone();
        OperationRequest { transport, operation, method, url, body: None, problem: None }
    }
}

impl OperationRequest {
    /// Converts what a parameter is set to; `None` if it does not fit.
    pub fn convert<T>(&mut self, parameter: &'static str, value: impl TryInto<T>) -> Option<T> {
        let value = value.try_into().ok();
        if value.is_none() {
            self.fail(format!("the value of the parameter `{parameter}` does not fit its type"));
        }
        value
    }

    /// Adds a parameter to the query; `None` adds nothing.
    pub fn query(mut self, name: &'static str, value: &impl Serialize) -> Self {
        let is_written = {
            let mut pairs = self.url.query_pairs_mut();
            let serializer = serde_urlencoded::Serializer::new(&mut pairs);
            [(name, value)].serialize(serializer).is_ok()
        };
        if self.url.query() == Some("") {
            self.url.set_query(None);
        }
        if !is_written {
            self.fail(format!("the parameter `{name}` is not one plain value"));
        }
        self
    }

    /// Sets a header that the operation documents; `None` sets nothing.
    pub fn header_parameter(mut self, name: &'static str, value: Option<&impl ToString>) -> Self {
        if let Some(value) = value {
            self.set_header(name, &value.to_string());
        }
        self
    }

    /// Sets the JSON body.
    pub fn body(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = Some(body.into()),
            Err(_) => self.fail("the request's body cannot be written as JSON"),
        }
        self
    }

    /// Changes the options of this request alone.
    pub fn set_options(&mut self, change: impl FnOnce(RequestOptions) -> RequestOptions) {
        let options = Arc::make_mut(&mut self.transport.options);
        *options = change(std::mem::take(options));
    }

    /// Adds a header to this request alone.
    pub fn set_header(&mut self, name: &str, value: &str) {
        let Ok(name) = HeaderName::try_from(name) else {
            return self.fail("the name given to `header` is not the name of a header");
        };
        match HeaderValue::try_from(value) {
            Ok(value) => self.set_options(|options| options.header(name, value)),
            Err(_) => self.fail(format!("the header {name} has a character no header can have")),
        }
    }

    /// Sends the request and decodes the response, which has this status.
    ///
    /// # Errors
    ///
    /// Every kind of failure of a request.
    pub async fn json<T: DeserializeOwned>(self, status: u16) -> Result<ResponseValue<T>, Error> {
        ResponseValue::from_response(self.send(status, Some(JSON)).await?).await
    }

    /// Sends the request and hands on the body, which comes with this status.
    ///
    /// # Errors
    ///
    /// Every kind but those of decoding.
    pub async fn stream(self, status: u16) -> Result<ResponseValue<ByteStream>, Error> {
        Ok(ResponseValue::stream(self.send(status, None).await?))
    }

    async fn send(self, status: u16, accept: Option<HeaderValue>) -> Result<Response, Error> {
        if let Some(problem) = self.problem {
            let context = self.transport.context(self.operation);
            return Err(Error::plain(&context, ErrorKind::InvalidRequest, problem));
        }
        let mut request = reqwest::Request::new(self.method, self.url);
        if let Some(accept) = accept {
            request.headers_mut().insert(header::ACCEPT, accept);
        }
        if let Some(body) = self.body {
            request.headers_mut().insert(header::CONTENT_TYPE, JSON);
            *request.body_mut() = Some(body.into());
        }
        let response = Operation::new(&self.transport, request, self.operation)?.send().await?;
        match response.status().as_u16() {
            actual if actual == status => Ok(response),
            _ => Err(Error::unexpected_status(response)),
        }
    }

    /// Keeps the first problem, which becomes the error.
    fn fail(&mut self, problem: impl Into<Cow<'static, str>>) {
        self.problem.get_or_insert_with(|| problem.into());
    }
}

/// Gives the builder of a generated operation, a struct with the field
/// `request`, the options that one request may have, and a `Debug` that shows
/// no parameter.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_builder {
    ($builder:ident) => {
        impl $builder {
            /// Limits this operation, waits and retries included. Default: the
            /// client's limit.
            #[must_use]
            pub fn timeout(self, limit: ::std::time::Duration) -> Self {
                self.options(|options| options.timeout(limit))
            }

            /// Sets how often this operation is tried again after a failure; 0
            /// for never. Default: the client's number.
            #[must_use]
            pub fn retries(self, retries: u32) -> Self {
                self.options(|options| options.retries(retries))
            }

            /// Adds a header to this request. One that carries the client's
            /// credentials is refused when the request is sent.
            #[must_use]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                self.request.set_header(name, value);
                self
            }

            /// Sends this request without the client's credentials.
            #[must_use]
            pub fn without_credentials(self) -> Self {
                self.options($crate::RequestOptions::without_credentials)
            }

            /// Changes the options of this request, which are the client's
            /// until then.
            #[must_use]
            pub fn options(
                mut self,
                change: impl FnOnce($crate::RequestOptions) -> $crate::RequestOptions,
            ) -> Self {
                self.request.set_options(change);
                self
            }
        }

        impl ::std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($builder)).finish_non_exhaustive()
            }
        }
    };
}
