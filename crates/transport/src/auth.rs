//! Credentials on their way into headers.

use crate::Error;
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// The headers that carry a client's credentials.
///
/// A vendor crate turns its own credentials type into this. Secrets never
/// reach `Debug`.
#[derive(Clone)]
pub struct Auth {
    headers: Vec<(HeaderName, SecretString, Scheme)>,
}

#[derive(Clone, Copy)]
enum Scheme {
    Plain,
    Bearer,
}

impl Auth {
    /// One header whose value is the secret. `name` is lower case.
    pub fn header(name: &'static str, secret: impl Into<SecretString>) -> Self {
        let header = (HeaderName::from_static(name), secret.into(), Scheme::Plain);
        Self { headers: vec![header] }
    }

    /// `Authorization: Bearer <secret>`.
    pub fn bearer(secret: impl Into<SecretString>) -> Self {
        Self { headers: vec![(AUTHORIZATION, secret.into(), Scheme::Bearer)] }
    }

    /// Adds a header, for vendors that ask for two. `name` is lower case.
    #[must_use]
    pub fn and_header(mut self, name: &'static str, secret: impl Into<SecretString>) -> Self {
        self.headers.push((HeaderName::from_static(name), secret.into(), Scheme::Plain));
        self
    }

    /// The headers, marked sensitive, and the secrets to mask in messages.
    pub(crate) fn into_headers(self) -> Result<(HeaderMap, Vec<SecretString>), Error> {
        let mut map = HeaderMap::new();
        let mut secrets = Vec::new();
        for (name, secret, scheme) in self.headers {
            check(&name, secret.expose_secret())?;
            let text = match scheme {
                Scheme::Plain => secret.expose_secret().to_owned(),
                Scheme::Bearer => format!("Bearer {}", secret.expose_secret()),
            };
            let mut value = HeaderValue::try_from(text).map_err(|_| unusable(&name, BAD_CHAR))?;
            value.set_sensitive(true);
            map.insert(name, value);
            secrets.push(secret);
        }
        if map.is_empty() {
            return Err(Error::configuration("the credentials are empty: set at least one key"));
        }
        Ok((map, secrets))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, ..)| name.as_str());
        f.debug_list().entries(names).finish()
    }
}

const BAD_CHAR: &str = "contains a character that a key cannot have";

/// Servers refuse a request whose headers are longer.
const MAX_LENGTH: usize = 16 * 1024;

/// Refuses what would be sent wrongly, or not at all.
fn check(name: &HeaderName, secret: &str) -> Result<(), Error> {
    let problem = if secret.trim().is_empty() {
        "is empty"
    } else if secret.contains(['\n', '\r']) {
        "contains a line break: trim it"
    } else if secret.trim() != secret {
        "begins or ends with a space: trim it"
    } else if !secret.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        BAD_CHAR
    } else if secret.len() > MAX_LENGTH {
        "is longer than 16384 characters, which no server takes"
    } else {
        return Ok(());
    };
    Err(unusable(name, problem))
}

fn unusable(name: &HeaderName, problem: &str) -> Error {
    Error::configuration(format!("the credential for the header {name} {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(secret: &str) -> String {
        Auth::header("x-api-key", secret).into_headers().unwrap_err().to_string()
    }

    #[test]
    fn auth_refuses_keys_that_cannot_be_right() {
        for secret in
            ["", "  ", "zq7\n", "zq\n7", "zq7\r\n", " zq7", "zq7 ", "zq\u{7}7", "zqü", "zq\0"]
        {
            let text = problem(secret);
            assert!(text.starts_with("the credential for the header x-api-key "), "{text}");
            assert!(!text.contains("zq"), "{text}");
        }
    }

    #[test]
    fn auth_refuses_a_key_that_is_a_file_by_its_length() {
        assert!(Auth::header("x-api-key", "k".repeat(MAX_LENGTH)).into_headers().is_ok());
        assert_eq!(
            problem(&"k".repeat(1_000_000)),
            "the credential for the header x-api-key is longer than 16384 characters, which no \
             server takes"
        );
    }

    #[test]
    fn auth_headers_are_sensitive() {
        let (headers, _) =
            Auth::bearer("t0ken").and_header("x-org", "acme").into_headers().unwrap();
        assert_eq!(headers["authorization"], "Bearer t0ken");
        assert_eq!(headers["x-org"], "acme");
        assert!(headers.values().all(HeaderValue::is_sensitive));
        assert!(!format!("{headers:?}").contains("t0ken"));
    }

    #[test]
    fn auth_debug_shows_names_only() {
        let auth = Auth::bearer("t0ken").and_header("x-org", "acme");
        assert_eq!(format!("{auth:?}"), r#"["authorization", "x-org"]"#);
    }
}
