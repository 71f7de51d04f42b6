//! A call as one line of JSON.
//!
//! Belongs here: writing the serialised form of the model quickly. The form
//! itself is that of the types' own `Serialize`, which a test compares: this
//! is another way to write the same, for whoever writes many.

mod text;

use crate::{
    Call, CallId, Cost, CostPart, EndReason, Entity, Latency, Outcome, Party, PhoneNumber,
    Recording, Timestamp, Transcript, Turn, Warning,
};
use callfold_record::RawJson;
use chrono::{Datelike, Timelike};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, io::Write as _, time::Duration};
pub use text::is_unsafe;

impl Call {
    /// Appends the call as JSON on one line, without a line break.
    ///
    /// Characters that [`is_unsafe`] names are written as `\u` escapes: the
    /// value is the same, and showing it is harmless. The vendor's own JSON
    /// keeps its values as they came; only the blanks between them go.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        self.write(out);
    }
}

/// What has a JSON form.
trait Value {
    fn write(&self, out: &mut Vec<u8>);
}

/// Writes an object whose members have these names, in this order.
macro_rules! object {
    ($out:ident, $first:ident $(, $name:ident)* $(,)?) => {
        $out.extend_from_slice(concat!("{\"", stringify!($first), "\":").as_bytes());
        $first.write($out);
        $(
            $out.extend_from_slice(concat!(",\"", stringify!($name), "\":").as_bytes());
            $name.write($out);
        )*
        $out.push(b'}');
    };
}

/// Objects whose members are their fields. All fields have to be named.
macro_rules! objects {
    ($($type:ident { $($name:ident),+ $(,)? })+) => {
        $(impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let Self { $($name),+ } = self;
                object!(out, $($name),+);
            }
        })+
    };
}

objects! {
    Cost { total, unit, parts }
    CostPart { name, amount, unit }
    EndReason { kind, by, raw }
    Entity { id, name }
    Latency { stage, count, min, mean, p50, p90, p95, p99, max, value }
    Outcome { success, label, intent, appointment_booked }
    Party { number, name, email, role }
    PhoneNumber { raw, e164 }
    Recording { url, media_type, needs_auth }
    Transcript { state, turns, text, url }
    Turn { role, text, at, offset_ms }
    Warning { code, pointer, message }
}

impl Value for Call {
    fn write(&self, out: &mut Vec<u8>) {
        let Self {
            id,
            alternate_ids,
            organization,
            agent,
            campaign,
            contact_id,
            direction,
            channel,
            from,
            to,
            status,
            disposition,
            answered_by,
            end,
            error_message,
            created_at,
            dialing_at,
            ringing_at,
            answered_at,
            started_at,
            ended_at,
            duration: duration_ms,
            talk_time: talk_time_ms,
            ring_time: ring_time_ms,
            reported_duration: reported_duration_ms,
            cost,
            latency,
            transcript,
            recordings,
            summary,
            sentiment,
            outcome,
            analysis,
            metadata,
            analysis_state,
            warnings,
            raw,
        } = self;
        let CallId { vendor, account, call_id } = id;
        let id = Key(id);
        object!(
            out,
            id,
            vendor,
            account,
            call_id,
            alternate_ids,
            organization,
            agent,
            campaign,
            contact_id,
            direction,
            channel,
            from,
            to,
            status,
            disposition,
            answered_by,
            end,
            error_message,
            created_at,
            dialing_at,
            ringing_at,
            answered_at,
            started_at,
            ended_at,
            duration_ms,
            talk_time_ms,
            ring_time_ms,
            reported_duration_ms,
            cost,
            latency,
            transcript,
            recordings,
            summary,
            sentiment,
            outcome,
            analysis,
            metadata,
            analysis_state,
            warnings,
            raw,
        );
    }
}

/// The three parts of a call's id as one text.
struct Key<'a>(&'a CallId);

impl Value for Key<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        text::escape(&self.0.vendor, out);
        out.push(b':');
        text::escape(&self.0.account, out);
        out.push(b':');
        text::escape(&self.0.call_id, out);
        out.push(b'"');
    }
}

impl Value for str {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        text::escape(self, out);
        out.push(b'"');
    }
}

impl Value for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

impl Value for Cow<'_, str> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_ref().write(out);
    }
}

impl<T: Value> Value for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            item.write(out);
        }
        out.push(b']');
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, (name, value)) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            name.write(out);
            out.push(b':');
            value.write(out);
        }
        out.push(b'}');
    }
}

impl Value for RawJson {
    fn write(&self, out: &mut Vec<u8>) {
        text::compact(self.get(), out);
    }
}

impl Value for Box<RawValue> {
    fn write(&self, out: &mut Vec<u8>) {
        text::compact(self.get(), out);
    }
}

impl Value for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

/// Numbers in the form that serde_json gives them. Writing to memory does not
/// fail.
macro_rules! numbers {
    ($($type:ty),+) => {
        $(impl Value for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let written = serde_json::to_writer(out, self);
                debug_assert!(written.is_ok());
            }
        })+
    };
}

numbers!(u64, i64, f64);

impl Value for Decimal {
    fn write(&self, out: &mut Vec<u8>) {
        let written = write!(out, "\"{self}\"");
        debug_assert!(written.is_ok());
    }
}

/// Whole milliseconds.
impl Value for Duration {
    fn write(&self, out: &mut Vec<u8>) {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX).write(out);
    }
}

/// `2026-04-21T12:27:23.335803Z`, with three, six or nine digits where there
/// are fractions of a second.
impl Value for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        let at = self.naive_utc();
        let (Ok(year @ 0..=9999), nanos @ 0..1_000_000_000) =
            (u32::try_from(at.year()), at.nanosecond())
        else {
            let written = serde_json::to_writer(out, self);
            debug_assert!(written.is_ok());
            return;
        };
        let mut text = *b"\"0000-00-00T00:00:00.000000000Z\"";
        let parts = [
            (1, year / 100),
            (3, year % 100),
            (6, at.month()),
            (9, at.day()),
            (12, at.hour()),
            (15, at.minute()),
            (18, at.second()),
        ];
        for (place, number) in parts {
            two_digits(&mut text, place, number);
        }
        let (digits, mut fraction) = match nanos {
            0 => (0, 0),
            _ if nanos % 1_000_000 == 0 => (3, nanos / 1_000_000),
            _ if nanos % 1_000 == 0 => (6, nanos / 1_000),
            _ => (9, nanos),
        };
        for place in (21..21 + digits).rev() {
            text[place] = digit(fraction % 10);
            fraction /= 10;
        }
        out.extend_from_slice(&text[..if digits == 0 { 20 } else { 21 + digits }]);
        out.extend_from_slice(b"Z\"");
    }
}

fn two_digits(text: &mut [u8], place: usize, number: u32) {
    text[place] = digit(number / 10);
    text[place + 1] = digit(number % 10);
}

fn digit(number: u32) -> u8 {
    b'0' + number as u8
}

/// Words, each as its own text.
macro_rules! words {
    ($($type:ident),+ $(,)?) => {
        $(impl Value for crate::$type {
            fn write(&self, out: &mut Vec<u8>) {
                self.as_str().write(out);
            }
        })+
    };
}

words! {
    AnalysisState, AnsweredBy, Channel, CostUnit, Direction, Disposition, EndKind, EndedBy,
    PartyRole, Sentiment, Speaker, Status, TranscriptState, WarningCode,
}

#[cfg(test)]
#[path = "tests/json.rs"]
mod tests;
