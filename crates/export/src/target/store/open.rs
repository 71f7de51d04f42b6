//! Addresses of object stores, and texts for their errors.

use super::StoreTarget;
use crate::ExportError;
use object_store::{
    BackoffConfig, Error, ObjectStore, RetryConfig, aws::AmazonS3Builder,
    azure::MicrosoftAzureBuilder, gcp::GoogleCloudStorageBuilder,
};
use std::{error::Error as _, io, sync::Arc, time::Duration};

/// The environment variables of a store, by scheme.
const VARIABLES: [(&str, &str); 3] = [
    (
        "s3",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL if it is not Amazon's",
    ),
    ("gs", "GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS"),
    ("az", "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"),
];

const CREDENTIALS: &str =
    "check the credentials and the endpoint in the environment: AWS_*, GOOGLE_* or AZURE_*";

/// The target of an address such as `s3://bucket/prefix/`. Makes no request.
pub(crate) fn open(text: &str) -> Result<StoreTarget, ExportError> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if bucket.is_empty() || !bucket.chars().all(is_name) {
        // Do not repeat it: it can contain a password.
        return Err(ExportError::usage(
            format!("a bucket must follow {}://", plain(scheme)),
            "write it as in s3://bucket/path; credentials come from the environment",
        ));
    }
    install_crypto_provider();
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 4,
        retry_timeout: Duration::from_secs(60),
    };
    let store: Result<Arc<dyn ObjectStore>, Error> = match scheme {
        "s3" => AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retry)
            .build()
            .map(|store| Arc::new(store) as _),
        "gs" => GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retry)
            .build()
            .map(|store| Arc::new(store) as _),
        "az" => MicrosoftAzureBuilder::from_env()
            .with_container_name(bucket)
            .with_retry(retry)
            .build()
            .map(|store| Arc::new(store) as _),
        _ => {
            return Err(ExportError::usage(
                format!("callfold cannot write to {}://", plain(scheme)),
                "use s3://, gs://, az://, file:// or a path",
            ));
        }
    };
    let store = store.map_err(|_| {
        let variables = VARIABLES.iter().find(|(name, _)| *name == scheme);
        let (_, variables) = variables.copied().unwrap_or_default();
        ExportError::usage(
            format!("the environment does not configure {scheme}://{bucket}"),
            format!("set {variables}"),
        )
    })?;
    StoreTarget::new(store, path, text.to_owned())
}

/// A scheme, safe to print.
fn plain(scheme: &str) -> String {
    scheme.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// Enables https for the client of the object stores.
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It does not matter if another thread was first.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

/// The status of the response, if there was one.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::NotFound { .. } => return Some(404),
        Error::PermissionDenied { .. } => return Some(403),
        Error::Unauthenticated { .. } => return Some(401),
        _ => {}
    }
    // Some operations have it only in the text.
    let text = error.to_string();
    let digits = text.split("status code: ").nth(1)?.get(..3)?;
    digits.parse().ok()
}

/// Why a request failed, what to do, and whether resuming helps then. The text of the error is left
/// out: it repeats addresses and responses.
pub(super) fn reason(error: &Error) -> (String, &'static str, bool) {
    let (reason, help) = match (error, status(error)) {
        (Error::InvalidPath { .. }, _) => ("its name is not allowed there", "use another name"),
        (_, Some(404)) => ("there is no such bucket", "create it, or check its name"),
        (_, Some(403)) => ("the credentials do not allow this", CREDENTIALS),
        (_, Some(401)) => ("the store rejected the credentials", CREDENTIALS),
        (_, Some(status)) => {
            return (format!("the store returned status {status}"), "check the store's log", true);
        }
        _ => return without_response(error),
    };
    (reason.to_owned(), help, false)
}

fn without_response(error: &Error) -> (String, &'static str, bool) {
    let text = error.to_string();
    // Without keys in the environment, the client asks the cloud's metadata service.
    if ["169.254.", "metadata.google"].iter().any(|address| text.contains(address)) {
        return ("there are no credentials in the environment".to_owned(), CREDENTIALS, false);
    }
    let mut cause = error.source();
    let mut system = None;
    while let Some(error) = cause {
        let found = error.downcast_ref::<io::Error>();
        system = found.filter(|error| error.raw_os_error().is_some()).or(system);
        cause = error.source();
    }
    let reason = match system {
        Some(error) => callfold_reader::text::io_reason(error),
        None => "the request failed".to_owned(),
    };
    (reason, "check the network and the endpoint", true)
}
