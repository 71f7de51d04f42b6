//! What generated code expects of the client it belongs to.

use crate::{Error, Response, Transport};
use std::borrow::Borrow;
use std::future::{Future, ready};

/// Facts of a generated client; implemented by generated code.
pub trait ClientInfo<Inner> {
    /// The version the spec states.
    fn api_version() -> &'static str;
    /// Where requests go, without a slash at the end.
    fn baseurl(&self) -> &str;
    /// The HTTP client.
    fn client(&self) -> &reqwest::Client;
    /// What the generated client carries: the [`Transport`].
    fn inner(&self) -> &Inner;
}

/// The operation a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationInfo {
    /// The `operationId` of the spec.
    pub operation_id: &'static str,
}

/// Where every request of a generated client passes.
///
/// [`vendor_client!`](crate::vendor_client) implements it with the defaults.
pub trait ClientHooks<Inner = Transport>: ClientInfo<Inner> + Sync
where
    Inner: Borrow<Transport> + Sync + 'static,
{
    /// Runs before the request is sent.
    fn pre(
        &self,
        _request: &mut reqwest::Request,
        _info: &OperationInfo,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        ready(Ok(()))
    }

    /// Sends the request and answers with the response, or with what went wrong.
    ///
    /// # Errors
    ///
    /// Every kind but `Decode` and `Vendor`, which show only when the body is
    /// decoded.
    fn exec(
        &self,
        request: reqwest::Request,
        info: &OperationInfo,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        let transport: &Transport = self.inner().borrow();
        transport.exec(self.client(), request, *info)
    }

    /// Runs after the request was answered or has failed.
    fn post(
        &self,
        _result: &Result<Response, Error>,
        _info: &OperationInfo,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        ready(Ok(()))
    }
}
