//! A PostgreSQL server: its address, and how the connection is protected.

use crate::{StoreError, StoreErrorKind};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};
use tokio_postgres::config::{Config, Host};

/// How long connecting may take, for each of the server's addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// The supported parameters of a URL.
const KNOWN: [&str; 17] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// How the connection is protected, in the words of libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SslMode {
    /// Not at all.
    Disable,
    /// By TLS if the server offers it; its certificate is not verified.
    Prefer,
    /// By TLS; the certificate is not verified, unless roots are named.
    Require,
    /// By TLS with a certificate of a trusted root.
    VerifyCa,
    /// The same, for this host.
    VerifyFull,
}

/// A database of a PostgreSQL server. `Display` and `Debug` show no password.
#[derive(Clone)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) ssl: SslMode,
    /// A file with the roots that are trusted; those of the system without.
    pub(crate) roots: Option<PathBuf>,
}

impl Server {
    pub(crate) fn parse(url: &str, password: Option<SecretString>) -> Result<Self, StoreError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut ssl, mut roots, mut rest) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
                "sslmode" => ssl = Some(ssl_mode(value)?),
                "sslrootcert" => roots = Some(decoded(value)?),
                // What is not known is not repeated: it can be the rest of a password.
                key if !KNOWN.contains(&key) => {
                    let problem = "the database's URL has a parameter that callfold does not know";
                    return Err(wrong(problem, format!("it knows {}", KNOWN.join(", "))));
                }
                _ => rest.push(pair),
            }
        }
        let rest = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        let base = plain_password(base).ok_or_else(not_understood)?;
        let mut config =
            Config::from_str(&format!("{base}{rest}")).map_err(|_| not_understood())?;
        if config.get_hosts().is_empty() {
            return Err(wrong("the database's URL names no host", FORM.to_owned()));
        }
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password.expose_secret());
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("callfold sync");
        }
        // Between two pages the connection can be silent for minutes.
        config.keepalives_idle(Duration::from_secs(60));
        let ssl = ssl.unwrap_or(match config.get_hosts().iter().all(is_here) {
            true => SslMode::Disable,
            false => SslMode::VerifyFull,
        });
        let roots = roots.filter(|path| path != "system").map(PathBuf::from);
        Ok(Self { config, ssl, roots })
    }
}

/// The URL with each @ of a password spelt out: what stands before the last one
/// is no host, which would be shown. `None` where a / makes it one all the same.
fn plain_password(base: &str) -> Option<String> {
    let Some((before, host)) = base.rsplit_once('@') else { return Some(base.to_owned()) };
    let (scheme, user) = before.split_once("://")?;
    (!user.contains('/')).then(|| format!("{scheme}://{}@{host}", user.replace('@', "%40")))
}

fn not_understood() -> StoreError {
    wrong("the database's URL cannot be understood", FORM.to_owned())
}

const FORM: &str = "write postgres://USER@HOST/DATABASE, with % and two hexadecimal digits for \
                    characters such as / and @ in a name or password";

fn wrong(problem: &str, help: String) -> StoreError {
    StoreError::new(StoreErrorKind::Name, problem, help)
}

fn ssl_mode(word: &str) -> Result<SslMode, StoreError> {
    Ok(match word {
        "disable" => SslMode::Disable,
        "allow" | "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => {
            let help = "write disable, prefer, require, verify-ca or verify-full";
            return Err(wrong("the database's sslmode is none", help.to_owned()));
        }
    })
}

fn decoded(text: &str) -> Result<String, StoreError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| wrong("the database's sslrootcert is no text", FORM.into()));
    decoded.map(|text| text.into_owned())
}

/// Whether what is sent there stays on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                #[cfg(unix)]
                Host::Unix(path) => path.display().fmt(f)?,
            }
            let port = ports.get(at).or(ports.first()).filter(|port| **port != 5432);
            port.map_or(Ok(()), |port| write!(f, ":{port}"))?;
        }
        let database = self.config.get_dbname().or(self.config.get_user());
        write!(f, "/{}", database.unwrap_or_default())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_taken_apart_and_shown_without_its_password() {
        let cases = [
            (
                "postgres://ann:hunter2@db.example:6432/calls",
                "postgres://ann@db.example:6432/calls",
                SslMode::VerifyFull,
            ),
            (
                "postgresql://ann@localhost/calls",
                "postgres://ann@localhost/calls",
                SslMode::Disable,
            ),
            (
                "postgres://ann@127.0.0.1:5432/calls?sslmode=require",
                "postgres://ann@127.0.0.1/calls",
                SslMode::Require,
            ),
            (
                "postgres://ann@/calls?host=/run/postgresql",
                "postgres://ann@/run/postgresql/calls",
                SslMode::Disable,
            ),
            (
                "postgres://ann@db.example/calls?sslmode=disable&password=hunter2",
                "postgres://ann@db.example/calls",
                SslMode::Disable,
            ),
            (
                "postgres://ann@db.example?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem",
                "postgres://ann@db.example/ann",
                SslMode::VerifyCa,
            ),
        ];
        for (url, shown, ssl) in cases {
            let server = Server::parse(url, Some("hunter2".into())).unwrap();
            assert_eq!((server.to_string().as_str(), server.ssl), (shown, ssl), "{url}");
            assert_eq!(server.config.get_password(), Some(&b"hunter2"[..]), "{url}");
            assert!(!format!("{server:?}").contains("hunter2"));
        }
        let odd = Server::parse("postgres://ann:hun@ter2@db.example/calls", None).unwrap();
        assert_eq!(odd.to_string(), "postgres://ann@db.example/calls");
        assert_eq!(odd.config.get_password(), Some(&b"hun@ter2"[..]));
        let server = Server::parse(cases[5].0, None).unwrap();
        assert_eq!(server.roots, Some("/etc/ca.pem".into()));
    }

    #[test]
    fn url_that_cannot_work_is_refused_without_repeating_it() {
        for url in [
            "postgres://",
            "postgres://ann:hun?ter2@db.example/calls",
            "postgres://ann:hunter2@db.example:port/calls",
            "postgres://ann:1234/hunter2@db.example/calls",
            "postgres://ann:hun/ter2@db.example/calls",
            "postgres://ann:hunter2@db.example/calls?sslmode=hunter2",
            "postgres://ann:hunter2@db.example/calls?ssl=hunter2",
        ] {
            let error = Server::parse(url, None).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Name);
            assert!(!format!("{error} {}", error.help()).contains("ter2"), "{error}");
        }
    }
}
