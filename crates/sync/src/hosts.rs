//! Hosts that fail: they are paused for a while, so that they cost few requests in
//! each run.

use crate::{Database, StoreError, owed::backoff, store::Statement};
use callfold_unify::model::Timestamp;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The vendor's own API, as a host.
pub(crate) const API: &str = "api";

/// Failures beyond twice its successes that pause a host.
const TOLERATED: u64 = 24;
/// The same for a host that has not succeeded since its last pause.
const TOLERATED_AFTER_PAUSE: u64 = 2;

/// The hosts that a source's details and recordings are fetched from.
pub(crate) struct Hosts {
    vendor: &'static str,
    account: String,
    hosts: Mutex<HashMap<String, Host>>,
}

/// The state of a host.
#[derive(Clone, Debug, Default)]
struct Host {
    /// Pauses in a row, without a success in between.
    pauses: i64,
    reason: String,
    paused_until: Option<Timestamp>,
    succeeded: u64,
    failed: u64,
    /// Whether the stored state is older.
    is_changed: bool,
}

impl Hosts {
    /// Loads the stored state. With `ignore_pauses`, no host is paused.
    pub(crate) async fn load(
        database: &Database,
        vendor: &'static str,
        account: &str,
        ignore_pauses: bool,
    ) -> Result<Self, StoreError> {
        let sql = "SELECT host, pauses, reason, paused_until FROM paused_hosts \
                   WHERE vendor = $1 AND account = $2";
        let mut hosts = HashMap::new();
        for row in database.query(sql, vec![vendor.into(), account.into()]).await? {
            let host = Host {
                pauses: row.int(1)?,
                reason: row.text(2)?.to_owned(),
                paused_until: row.time(3)?.filter(|_| !ignore_pauses),
                ..Host::default()
            };
            hosts.insert(row.text(0)?.to_owned(), host);
        }
        Ok(Self { vendor, account: account.to_owned(), hosts: Mutex::new(hosts) })
    }

    fn get(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the host is paused, and why; `None` if it is not.
    pub(crate) fn pause_of(&self, host: &str, now: Timestamp) -> Option<(Timestamp, String)> {
        let hosts = self.get();
        let host = hosts.get(host)?;
        let until = host.paused_until.filter(|until| *until > now)?;
        Some((until, host.reason.clone()))
    }

    /// Records a success.
    pub(crate) fn succeeded(&self, host: &str) {
        let mut hosts = self.get();
        let host = hosts.entry(host.to_owned()).or_default();
        host.is_changed |= host.pauses > 0;
        (host.succeeded, host.pauses, host.paused_until) = (host.succeeded + 1, 0, None);
    }

    /// Records a failure. A host that failed too often is paused, each time for
    /// longer.
    pub(crate) fn failed(&self, host: &str, reason: &str, now: Timestamp) {
        let mut hosts = self.get();
        let host = hosts.entry(host.to_owned()).or_default();
        host.failed += 1;
        host.reason = reason.to_owned();
        let is_paused = host.paused_until.is_some_and(|until| until > now);
        let tolerated = if host.pauses > 0 { TOLERATED_AFTER_PAUSE } else { TOLERATED };
        if !is_paused && host.failed > tolerated + 2 * host.succeeded {
            host.pauses += 1;
            // The first pause is as long as the backoff after a second try.
            let until = now.checked_add_signed(backoff(host.pauses + 1));
            (host.paused_until, host.is_changed) = (until, true);
        }
    }

    /// The statements that store what changed since the last time.
    pub(crate) fn take_changes(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (name, host) in self.get().iter_mut().filter(|(_, host)| host.is_changed) {
            host.is_changed = false;
            let key =
                || vec![self.vendor.into(), self.account.as_str().into(), name.as_str().into()];
            let sql = "DELETE FROM paused_hosts WHERE vendor = $1 AND account = $2 AND host = $3";
            statements.push(Statement::new(sql, key()));
            if host.pauses > 0 {
                let sql = "INSERT INTO paused_hosts (vendor, account, host, pauses, reason, \
                           paused_until) VALUES ($1, $2, $3, $4, $5, $6)";
                let mut parameters = key();
                let reason = host.reason.as_str();
                parameters.extend([host.pauses.into(), reason.into(), host.paused_until.into()]);
                statements.push(Statement::new(sql, parameters));
            }
        }
        statements
    }
}

/// The host and port of a URL; empty if it has none.
pub(crate) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(minutes: i64) -> Timestamp {
        "2026-04-21T12:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn none() -> Hosts {
        Hosts { vendor: "acme", account: "a".to_owned(), hosts: Mutex::default() }
    }

    #[test]
    fn host_that_only_fails_is_paused_and_one_that_also_succeeds_is_not() {
        let hosts = none();
        for _ in 0..=TOLERATED {
            assert!(hosts.pause_of("a", at(0)).is_none());
            hosts.failed("a", "status 503", at(0));
            hosts.failed("b", "status 503", at(0));
            hosts.succeeded("b");
        }
        let (until, reason) = hosts.pause_of("a", at(0)).unwrap();
        assert_eq!((until, reason.as_str()), (at(10), "status 503"));
        assert!(hosts.pause_of("b", at(0)).is_none());
        assert!(hosts.pause_of("a", at(10)).is_none(), "it may be tried again");
        assert_eq!(hosts.take_changes().len(), 2);
        assert!(hosts.take_changes().is_empty());
    }

    #[test]
    fn host_that_was_paused_has_three_tries_and_then_a_longer_pause() {
        let hosts = none();
        let known = Host { pauses: 1, ..Host::default() };
        hosts.get().insert("a".to_owned(), known);
        for _ in 0..=TOLERATED_AFTER_PAUSE {
            assert!(hosts.pause_of("a", at(0)).is_none());
            hosts.failed("a", "timed out", at(0));
        }
        assert_eq!(hosts.pause_of("a", at(0)).unwrap().0, at(40));
        let known = Host { pauses: 2, ..Host::default() };
        hosts.get().insert("b".to_owned(), known);
        hosts.succeeded("b");
        assert_eq!(hosts.get()["b"].pauses, 0);
    }

    #[test]
    fn host_is_the_authority_without_a_user() {
        let cases = [
            ("https://Files.example/a/b?c", "files.example"),
            ("http://user:key@127.0.0.1:80/a", "127.0.0.1:80"),
            ("https://files.example", "files.example"),
            ("/relative", ""),
        ];
        for (url, host) in cases {
            assert_eq!(host_of(url), host, "{url}");
        }
    }
}
