//! Maps errors of PostgreSQL.

use crate::{StoreError, StoreErrorKind};
use std::{error::Error as _, io};
use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};

const AGAIN: &str = "the next sync resumes where this one ended";

/// An error while the database is used.
pub(super) fn store_error(error: Error) -> StoreError {
    use StoreErrorKind::{Broken, Full, Locked, Refused, Unreachable};
    let Some(server) = error.as_db_error() else {
        let reason = below(&error).map_or_else(String::new, |reason| format!(": {reason}"));
        let problem = format!("the connection to the database was lost{reason}");
        return StoreError::new(Broken, problem, AGAIN).caused_by(error);
    };
    let code = server.code();
    let state = code.code();
    // Something that this session created is missing, or exists before it does.
    let is_staged = server.message().contains("\"stage_");
    if matches!(state, "26000" | "42P05") || matches!(state, "42P01" | "42P07") && is_staged {
        return shared("the database").caused_by(error);
    }
    let (kind, help) = match state {
        "53100" => (Full, format!("free some space on the server; {AGAIN}")),
        "53300" => (Unreachable, "allow more connections, or end some".to_owned()),
        "57P01" | "57P02" | "57P03" => (Broken, AGAIN.to_owned()),
        "55P03" | "40P01" => (Locked, AGAIN.to_owned()),
        "42501" => (Refused, "grant the user CREATE and USAGE on the schema".to_owned()),
        "25006" => (Unreachable, "name the primary server: this one is read-only".to_owned()),
        _ => (Broken, AGAIN.to_owned()),
    };
    // Messages about values (class 22 and 23) hold them.
    let message = match state.get(..2) {
        Some("22" | "23" | "P0") => String::new(),
        _ => format!(": {}", server.message()),
    };
    let problem = format!("the database refused a statement (SQLSTATE {state}){message}");
    let refusal = is_about_values(state).then(|| refusal(server));
    StoreError::new(kind, problem, help).caused_by(error).refused(refusal)
}

/// The connection goes through a pooler that shares sessions between transactions.
pub(super) fn shared(shown: &str) -> StoreError {
    let problem = format!(
        "{shown} is behind a pooler that gives each transaction another session, such as \
         PgBouncer with pool_mode = transaction"
    );
    let help = "connect to the PostgreSQL server itself, or to a pool with pool_mode = session";
    StoreError::new(StoreErrorKind::Unreachable, problem, help)
}

/// Whether the server refuses values: their form, a constraint, a limit of an
/// index, a trigger.
fn is_about_values(state: &str) -> bool {
    const CLASSES: [&str; 8] = ["21", "22", "23", "38", "39", "44", "54", "P0"];
    state.get(..2).is_some_and(|class| CLASSES.contains(&class))
}

/// Why the server refuses a record, without any value of it.
fn refusal(error: &DbError) -> String {
    let state = error.code().code();
    // Messages of other classes may repeat values.
    let message = if state.starts_with("54") { error.message() } else { "" };
    let separator = if message.is_empty() { "" } else { ": " };
    format!("the database refused it (SQLSTATE {state}){separator}{message}")
}

/// The connection cannot be made.
pub(super) fn unreachable(error: Error, shown: &str) -> StoreError {
    use StoreErrorKind::{Refused, Unreachable};
    let server =
        error.as_db_error().map(|error| (error.code().clone(), error.message().to_owned()));
    let (kind, problem, help) = match &server {
        Some((code, _)) if *code == SqlState::INVALID_PASSWORD => (
            Refused,
            format!("{shown}: wrong user or password"),
            "check the user, and the password in PGPASSWORD or in the configuration",
        ),
        Some((code, message)) if code.code().starts_with("28") => (
            Refused,
            format!("{shown}: the server rejects this user: {message}"),
            "check the user, the database and the server's pg_hba.conf",
        ),
        Some((code, _)) if *code == SqlState::UNDEFINED_DATABASE => (
            Unreachable,
            format!("{shown}: the server has no such database"),
            "create it first, with createdb",
        ),
        Some((_, message)) => {
            (Unreachable, format!("{shown}: the server refuses: {message}"), "try again later")
        }
        None => {
            let reason = below(&error).unwrap_or_else(|| error.to_string());
            let help = if reason.contains("password missing") {
                "set it in PGPASSWORD or in the configuration"
            } else if reason.contains("TLS") || reason.contains("ertificate") {
                "name its root with ?sslrootcert=FILE, or choose another sslmode"
            } else {
                "check host and port, and that the server is running"
            };
            (Unreachable, format!("{shown} cannot be reached: {reason}"), help)
        }
    };
    StoreError::new(kind, problem, help).caused_by(error)
}

/// The innermost reason.
fn below(error: &Error) -> Option<String> {
    let mut source = error.source()?;
    while let Some(next) = source.source() {
        source = next;
    }
    let text = match source.downcast_ref::<io::Error>() {
        Some(error) => callfold_reader::text::io_reason(error),
        None => source.to_string(),
    };
    let lower = text.to_ascii_lowercase();
    let known = CERTIFICATES.iter().find(|(name, _)| lower.contains(name));
    Some(known.map_or(text, |(_, words)| (*words).to_owned()))
}

/// Problems of a certificate, by rustls's name.
const CERTIFICATES: [(&str, &str); 4] = [
    ("unknownissuer", "its certificate is not signed by a trusted root"),
    ("notvalidforname", "its certificate is for another host"),
    ("not valid for name", "its certificate is for another host"),
    ("expired", "its certificate has expired"),
];
