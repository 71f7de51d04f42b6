//! One safe line.

use super::{Error, ErrorKind, Inner, mask};
use callfold_record::runtime::Mismatch;
use std::fmt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        match (inner.context.vendor, inner.context.operation) {
            (Some(vendor), Some(operation)) => write!(f, "{vendor} {operation}: ")?,
            (Some(vendor), None) => write!(f, "{vendor}: ")?,
            _ => {}
        }
        // Whatever the vendor says, and wherever: no key is among it.
        let mut line = String::new();
        inner.write(self.kind(), &mut line)?;
        f.write_str(&mask::mask_secrets(&line, &inner.context.secrets))
    }
}

impl Inner {
    /// The line, without vendor and operation.
    fn write(&self, kind: ErrorKind, f: &mut impl fmt::Write) -> fmt::Result {
        match kind {
            // Here our own words say all there is to say.
            ErrorKind::Configuration | ErrorKind::InvalidRequest if !self.what.is_empty() => {
                f.write_str(&self.what)?;
            }
            _ => {
                f.write_str(kind.phrase())?;
                if !self.what.is_empty() {
                    write!(f, ": {}", self.what)?;
                }
            }
        }
        if let Some(status) = self.status {
            write!(f, " ({})", status.as_u16())?;
        }
        if let Some(place) = &self.place {
            match place.path.as_str() {
                "" => write!(f, ": {}", place.mismatch)?,
                path => write!(f, ": at {} {}", shown_path(path), place.mismatch)?,
            }
            if let Some(id) = &place.record_id {
                write!(f, ", record {}", graphic(id))?;
            }
            if matches!(place.mismatch, Mismatch::EndsEarly) {
                f.write_str(", the response was cut off")?;
            }
        }
        if let Some(message) = &self.shown_message {
            write!(f, ": \"{message}\"")?;
        }
        for (at, field) in self.shown_fields.iter().enumerate() {
            write!(f, "{}{field}", if at == 0 { ": " } else { ", " })?;
        }
        if self.fields.len() > self.shown_fields.len() {
            write!(f, " and {} more", self.fields.len() - self.shown_fields.len())?;
        }
        if let Some(host) = self.location.as_deref().and_then(host_of) {
            write!(f, ", to {host}")?;
        }
        if let Some(wait) = self.retry_after {
            write!(f, "; try again in {} s", wait.as_secs_f64().ceil())?;
        } else if let Some(advice) = kind.advice() {
            write!(f, "; {advice}")?;
        }
        if let Some(size) = self.spent_budget {
            write!(f, "; not retried: the retry budget of {size} is used up; raise retry_budget")?;
        }
        if self.context.attempts > 1 {
            write!(f, " (after {} attempts)", self.context.attempts)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("line", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
}

/// An id as it can be searched for, without what a terminal would act upon.
fn graphic(id: &str) -> String {
    id.chars().filter(char::is_ascii_graphic).take(80).collect()
}

/// Steps of a path that are shown.
const MAX_STEPS: usize = 12;

/// A path whose steps are names and positions as a spec has them. What looks
/// otherwise is shown as `*`: a response may have somebody's data as a name.
fn shown_path(path: &str) -> String {
    let plain = |step: &&str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let digits = step.bytes().filter(u8::is_ascii_digit).count();
        !step.is_empty() && step.len() <= 40 && step.chars().all(known) && digits <= 6
    };
    let mut steps = path.split('/').skip(1);
    let mut shown = String::new();
    for step in steps.by_ref().take(MAX_STEPS) {
        shown.push('/');
        shown.push_str(Some(step).filter(plain).unwrap_or("*"));
    }
    if steps.next().is_some() {
        shown.push_str("/…");
    }
    shown
}

/// The host of an address, without anything else of it.
fn host_of(location: &str) -> Option<String> {
    let url = reqwest::Url::parse(location).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_shows_what_a_spec_could_have_named() {
        let long = format!("/a/{}", "b".repeat(41));
        let deep = "/0".repeat(100);
        for (path, shown) in [
            ("/data/3/call_id", "/data/3/call_id"),
            ("/callSessions/0/x-y.z", "/callSessions/0/x-y.z"),
            ("/call\u{202e}s", "/*"),
            ("/a\u{1b}[2J/b\nc", "/*/*"),
            ("/numbers/+19195550100", "/numbers/*"),
            ("/numbers/9195550100/name", "/numbers/*/name"),
            ("/", "/*"),
            (long.as_str(), "/a/*"),
            (deep.as_str(), "/0/0/0/0/0/0/0/0/0/0/0/0/…"),
        ] {
            assert_eq!(shown_path(path), shown, "{path:?}");
        }
    }

    #[test]
    fn id_shows_nothing_that_a_terminal_acts_upon() {
        assert_eq!(graphic("call-\u{1b}[2J7\u{202e}\n"), "call-[2J7");
        assert_eq!(graphic(&"x".repeat(1_000_000)).len(), 80);
    }
}
