//! The name of a database.

use crate::{StoreError, StoreErrorKind, postgres::Server};
use secrecy::SecretString;
use std::{fmt, path::PathBuf};

/// A database to sync into. `Display` and `Debug` show no password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DatabaseTarget {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server's database.
    Postgres(Box<Server>),
}

impl DatabaseTarget {
    /// Parses `postgres://…`, `postgresql://…`, or the path of an SQLite file, with or
    /// without `sqlite:`.
    ///
    /// `password` is for a server whose URL holds none.
    ///
    /// # Errors
    ///
    /// `Name`; the message repeats nothing that could be a password.
    pub fn parse(name: &str, password: Option<SecretString>) -> Result<Self, StoreError> {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("postgres://") || lower.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(Server::parse(name, password)?)));
        }
        let path = ["sqlite://", "sqlite:"]
            .iter()
            .find_map(|scheme| lower.starts_with(scheme).then(|| &name[scheme.len()..]));
        let path = path.unwrap_or(name);
        let scheme = name.split_once("://").filter(|_| path == name).map(|(scheme, _)| scheme);
        let help = "write the path of an SQLite file, or postgres://USER@HOST/DATABASE";
        if scheme.is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric())) {
            let problem = "the database URL has an unknown scheme";
            return Err(StoreError::new(StoreErrorKind::Name, problem, help));
        }
        if path.is_empty() {
            return Err(StoreError::new(StoreErrorKind::Name, "the database has no name", help));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Display for DatabaseTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(server) => server.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_a_path_or_a_url() {
        let cases = [
            ("calls.sqlite", Ok("calls.sqlite")),
            ("/var/lib/calls.db", Ok("/var/lib/calls.db")),
            ("sqlite:calls.db", Ok("calls.db")),
            ("sqlite:///var/lib/calls.db", Ok("/var/lib/calls.db")),
            ("C:\\calls.db", Ok("C:\\calls.db")),
            ("odd://name.db", Err(StoreErrorKind::Name)),
            ("mysql://root:secret@db/calls", Err(StoreErrorKind::Name)),
            ("", Err(StoreErrorKind::Name)),
            ("sqlite:", Err(StoreErrorKind::Name)),
            ("postgres://ann@db.example/calls", Ok("postgres://ann@db.example/calls")),
        ];
        for (name, expect) in cases {
            let target = DatabaseTarget::parse(name, None);
            if let Err(error) = &target {
                assert!(!error.to_string().contains("secret"));
            }
            let shown = target.map(|target| target.to_string()).map_err(|error| error.kind());
            assert_eq!(shown.as_deref().map_err(|kind| *kind), expect, "{name}");
        }
    }
}
