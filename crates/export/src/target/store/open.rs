//! Addresses of object stores, and what their errors mean.

use super::Remote;
use crate::job::error::ExportError;
use object_store::{
    BackoffConfig, Error, ObjectStore, RetryConfig, aws::AmazonS3Builder,
    azure::MicrosoftAzureBuilder, gcp::GoogleCloudStorageBuilder,
};
use std::{error::Error as _, io, sync::Arc, time::Duration};

/// The variables that a store wants, by its scheme.
const VARIABLES: [(&str, &str); 3] = [
    (
        "s3",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL where it is not Amazon's",
    ),
    ("gs", "GOOGLE_SERVICE_ACCOUNT or GOOGLE_APPLICATION_CREDENTIALS"),
    ("az", "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY"),
];

const CREDENTIALS: &str =
    "check the credentials and the endpoint in the environment: AWS_*, GOOGLE_* or AZURE_*";

/// The place that an address such as `s3://bucket/prefix/` means. No request
/// is made.
pub(crate) fn open(text: &str) -> Result<Remote, ExportError> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if bucket.is_empty() || !bucket.chars().all(is_name) {
        // It is not repeated: a password can stand there.
        return Err(ExportError::usage(
            format!("what follows {}:// does not begin with a bucket", plain(scheme)),
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
                "write s3://, gs://, az://, file:// or a path",
            ));
        }
    };
    let store = store.map_err(|_| {
        let variables = VARIABLES.iter().find(|(name, _)| *name == scheme);
        let (_, variables) = variables.copied().unwrap_or_default();
        ExportError::usage(
            format!("{scheme}://{bucket} cannot be reached with what the environment says"),
            format!("set {variables}"),
        )
    })?;
    Remote::new(store, path, text.to_owned())
}

/// A scheme, safe to repeat.
fn plain(scheme: &str) -> String {
    scheme.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// Makes https work: object stores are asked with a client of their own.
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race against another thread is as good as winning it.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

/// The status of the answer, when there was one.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::NotFound { .. } => return Some(404),
        Error::PermissionDenied { .. } => return Some(403),
        Error::Unauthenticated { .. } => return Some(401),
        _ => {}
    }
    // Not every operation tells it but in words.
    let text = error.to_string();
    let digits = text.split("status code: ").nth(1)?.get(..3)?;
    digits.parse().ok()
}

/// Why a request failed, and what to do. The text of the error is not given
/// on: it repeats addresses and answers.
pub(super) fn reason(error: &Error) -> (String, &'static str) {
    let (reason, cure) = match (error, status(error)) {
        (Error::InvalidPath { .. }, _) => ("its name is not allowed there", "name another"),
        (_, Some(404)) => ("there is no such bucket", "create it, or check its name"),
        (_, Some(403)) => ("the credentials do not allow it", CREDENTIALS),
        (_, Some(401)) => ("the credentials are not accepted", CREDENTIALS),
        (_, Some(status)) => {
            let cure = "see what the store's own log says of it, then go on by --resume";
            return (format!("the store answered {status}"), cure);
        }
        _ => return unanswered(error),
    };
    (reason.to_owned(), cure)
}

fn unanswered(error: &Error) -> (String, &'static str) {
    let text = error.to_string();
    // Where no variable names a key, the machine's own service is asked.
    if ["169.254.", "metadata.google"].iter().any(|address| text.contains(address)) {
        return ("there are no credentials in the environment".to_owned(), CREDENTIALS);
    }
    let mut cause = error.source();
    let mut system = None;
    while let Some(error) = cause {
        let found = error.downcast_ref::<io::Error>();
        system = found.filter(|error| error.raw_os_error().is_some()).or(system);
        cause = error.source();
    }
    let reason = match system {
        Some(error) => crate::job::error::reason(error),
        None => "the request failed".to_owned(),
    };
    (reason, "check the network and the endpoint, then go on by --resume")
}
