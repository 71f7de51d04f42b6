//! Maps errors of SQLite.

use crate::{StoreError, StoreErrorKind};
use rusqlite::{Error, ErrorCode};

/// An error while the database is used.
pub(super) fn store_error(error: Error) -> StoreError {
    use StoreErrorKind::{Broken, Foreign, Full, Unreachable};
    let again = "the next sync resumes where this one ended";
    let (kind, problem, help) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            (Full, "the disk is full".to_owned(), format!("free some space; {again}"))
        }
        Some(ErrorCode::ReadOnly) => (
            Unreachable,
            "the database is read-only".to_owned(),
            "make the file and its directory writable".to_owned(),
        ),
        Some(ErrorCode::NotADatabase) => (
            Foreign,
            "the file is not an SQLite database".to_owned(),
            "name another file; one that does not exist is created".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            Broken,
            "the database is damaged".to_owned(),
            "restore it from a copy, or sync into another file".to_owned(),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            StoreErrorKind::Locked,
            "another program keeps the database locked".to_owned(),
            format!("end its transaction; {again}"),
        ),
        Some(ErrorCode::CannotOpen) => (
            Unreachable,
            "the database cannot be opened".to_owned(),
            "name a file in a directory that you can write to".to_owned(),
        ),
        Some(ErrorCode::SystemIoFailure) => (
            Broken,
            format!("reading or writing the database failed: {}", short(&error)),
            format!("check the disk; {again}"),
        ),
        _ if is_about_values(&error) => (Broken, refusal(&error), again.to_owned()),
        _ => (Broken, format!("the database failed: {}", short(&error)), again.to_owned()),
    };
    let refusal = is_about_values(&error).then(|| refusal(&error));
    StoreError::new(kind, problem, help).caused_by(error).refused(refusal)
}

/// Whether SQLite refuses values: a constraint, a trigger, a length.
fn is_about_values(error: &Error) -> bool {
    use ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    matches!(error.sqlite_error_code(), Some(ConstraintViolation | TooBig | TypeMismatch))
}

/// Why SQLite refuses a record, without any value of it: the message of a trigger
/// may hold some.
fn refusal(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, _) => {
            format!("the database refused it (code {})", code.extended_code)
        }
        _ => "the database refused it".to_owned(),
    }
}

/// SQLite's message, without the statement.
fn short(error: &Error) -> String {
    match error {
        Error::SqliteFailure(code, Some(message)) => {
            format!("{message} (code {})", code.extended_code)
        }
        Error::SqliteFailure(code, None) => code.to_string(),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
