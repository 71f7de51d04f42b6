//! Where requests may go, and what may go with them.

use crate::Error;
use reqwest::Url;
use std::net::IpAddr;

/// Scheme, host and port: the only place credentials are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    pub(crate) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_ascii_lowercase(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether it is reached without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        self.scheme == "http"
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// Whether a host names this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost") {
        return true;
    }
    host.parse::<IpAddr>().is_ok_and(|ip| match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    })
}

/// Checks a base URL; returns it without a slash at the end, and its origin.
///
/// # Errors
///
/// `Configuration` for anything but an absolute http(s) address of at most a
/// host and a path, and for plain http to another machine without `allow_http`.
pub(crate) fn check_base_url(text: &str, allow_http: bool) -> Result<(Url, Origin), Error> {
    let refuse = |problem: &str| {
        Err(Error::configuration(format!("the base URL {problem}: expected https://host[/path]")))
    };
    let Ok(mut url) = Url::parse(text.trim()) else { return refuse("is not an absolute URL") };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse("is neither https nor http");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("holds a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or fragment");
    }
    let Some(origin) = Origin::of(&url) else { return refuse("has no host") };
    if url.scheme() == "http" && !allow_http && !origin.is_loopback() {
        return Err(Error::configuration(format!(
            "the base URL would send credentials to {} unencrypted: use https, or set allow_http",
            origin.host
        )));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok((url, origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_url_is_trimmed_and_checked() {
        for (text, url) in [
            ("https://api.example.com", "https://api.example.com/"),
            ("https://api.example.com/", "https://api.example.com/"),
            ("https://API.example.com/v1//", "https://api.example.com/v1"),
            (" http://127.0.0.1:8080/x/ ", "http://127.0.0.1:8080/x"),
            ("http://localhost:1", "http://localhost:1/"),
            ("http://[::1]:1", "http://[::1]:1/"),
        ] {
            assert_eq!(check_base_url(text, false).unwrap().0.as_str(), url);
        }
    }

    #[test]
    fn base_url_that_cannot_work_is_refused() {
        for text in [
            "",
            "api.example.com",
            "/v1",
            "ftp://api.example.com",
            "https://",
            "https://user:hunter2@api.example.com",
            "https://api.example.com?key=1",
            "https://api.example.com#top",
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
        ] {
            let error = check_base_url(text, false).unwrap_err().to_string();
            assert!(error.starts_with("the base URL "), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(check_base_url("http://api.example.com", true).is_ok());
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let origin = |text: &str| Origin::of(&Url::parse(text).unwrap()).unwrap();
        assert_eq!(origin("https://a.example/x?y"), origin("https://A.example:443/z"));
        assert_ne!(origin("https://a.example"), origin("http://a.example"));
        assert_ne!(origin("https://a.example"), origin("https://a.example:444"));
        assert_ne!(origin("https://a.example"), origin("https://b.a.example"));
    }
}
