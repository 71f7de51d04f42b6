//! What must never show: neither in an error or a `Debug`, nor in what the
//! clients tell `tracing`.

use callfold_transport::Error;
use std::fmt::Debug;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// The key of every client of the table.
pub(crate) const KEY: &str = "wk-5e1fcredential";
/// The secret or organisation that goes with it, where there is one.
pub(crate) const SECOND: &str = "ws-77aacredential";
/// Stands in every body that is served.
pub(crate) const BODY: &str = "Zeppelin-in-the-body";
/// Stands in the query of every address that is told to a client.
pub(crate) const QUERY: &str = "Quince-in-the-query";
/// The number that is asked for, and that stands in error messages.
pub(crate) const PHONE: &str = "+19195550123";

const FORBIDDEN: [&str; 9] = [
    KEY,
    SECOND,
    BODY,
    QUERY,
    "9195550123",
    // The queries of the lists.
    "page=",
    "page_size=",
    "limit=",
    "offset=",
];

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LINES: AtomicUsize = AtomicUsize::new(0);

/// Starts to watch everything that is traced in this process, whoever traces it.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(Watcher)
            .init();
    });
}

/// How many lines were traced so far.
pub(crate) fn lines() -> usize {
    LINES.load(Ordering::SeqCst)
}

/// Fails if anything showed since this was asked last.
pub(crate) fn none_since() {
    let found = std::mem::take(&mut *FOUND.lock().unwrap_or_else(PoisonError::into_inner));
    assert!(found.is_empty(), "shown but secret, {} times:\n  {}", found.len(), found[0]);
}

/// What a text shows that it must not.
fn secrets(text: &str) -> impl Iterator<Item = &'static str> {
    FORBIDDEN.into_iter().filter(move |secret| text.contains(secret))
}

#[test]
fn secrets_are_found_everywhere() {
    let text = format!("key={KEY}&to={PHONE} {BODY}?{QUERY}");
    assert_eq!(secrets(&text).collect::<Vec<_>>(), [KEY, BODY, QUERY, "9195550123"]);
    assert_eq!(secrets("GET /calls?page=1&page_size=9").count(), 2);
    assert_eq!(secrets("page 2 is empty, limited to 100").count(), 0);
}

/// Notes a text that shows what it must not.
pub(crate) fn check(what: &str, text: &str) {
    for secret in secrets(text) {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        found.push(format!("{secret} in {what}: {}", text.trim_end()));
    }
}

/// Notes a request that shows more than its name: `ListCalls { .. }`.
pub(crate) fn check_request(request: &impl Debug) {
    let text = format!("{request:?}");
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !text.strip_suffix(" { .. }").is_some_and(is_name) {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        found.push(format!("a parameter in a request: {text}"));
    }
}

/// Notes what an error and its causes show.
pub(crate) fn check_error(error: &Error) {
    let mut text = format!("{error} | {error:?} | {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(" | {error} | {error:?}");
        cause = error.source();
    }
    check("an error", &text);
}

/// Looks at each line that is traced.
#[derive(Clone, Copy)]
struct Watcher;

impl io::Write for Watcher {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::SeqCst);
        check("a trace", &String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Watcher {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
