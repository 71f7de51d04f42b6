//! One safe line.

use super::{Error, ErrorKind};
use crate::record::words::Mismatch;
use std::fmt;

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        let kind = self.kind();
        match (inner.context.vendor, inner.context.operation) {
            (Some(vendor), Some(operation)) => write!(f, "{vendor} {operation}: ")?,
            (Some(vendor), None) => write!(f, "{vendor}: ")?,
            _ => {}
        }
        match kind {
            // Here our own words say all there is to say.
            ErrorKind::Configuration | ErrorKind::InvalidRequest if !inner.what.is_empty() => {
                f.write_str(&inner.what)?;
            }
            _ => {
                f.write_str(kind.phrase())?;
                if !inner.what.is_empty() {
                    write!(f, ": {}", inner.what)?;
                }
            }
        }
        if let Some(status) = inner.status {
            write!(f, " (status {})", status.as_u16())?;
        }
        if let Some(place) = &inner.place {
            match place.path.as_str() {
                "" => write!(f, ": {}", place.mismatch)?,
                path => write!(f, ": at {path} {}", place.mismatch)?,
            }
            if let Some(id) = &place.record_id {
                write!(f, ", record {id}")?;
            }
            if matches!(place.mismatch, Mismatch::EndsEarly) {
                f.write_str(", the answer was cut")?;
            }
        }
        if let Some(message) = &inner.shown_message {
            write!(f, ": \"{message}\"")?;
        }
        for (at, field) in inner.shown_fields.iter().enumerate() {
            write!(f, "{}{field}", if at == 0 { ": " } else { ", " })?;
        }
        if inner.fields.len() > inner.shown_fields.len() {
            write!(f, " and {} more", inner.fields.len() - inner.shown_fields.len())?;
        }
        if let Some(host) = inner.location.as_deref().and_then(host_of) {
            write!(f, ", to {host}")?;
        }
        if let Some(wait) = inner.retry_after {
            write!(f, "; try again in {} s", wait.as_secs_f64().ceil())?;
        } else if let Some(advice) = kind.advice() {
            write!(f, "; {advice}")?;
        }
        if inner.context.attempts > 1 {
            write!(f, " (after {} attempts)", inner.context.attempts)?;
        }
        if let Some(id) = &inner.request_id {
            let id: String = id.chars().filter(|c| c.is_ascii_graphic()).take(80).collect();
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl<E> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("line", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
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
