//! What every mapping needs: one place per kind of value.
//!
//! Belongs here: reading a time, a length, an amount, a number or a text with
//! the warnings that go with it. Does not belong here: any vendor's word, unit
//! or field.

pub(crate) mod connection;
pub(crate) mod cost;
pub(crate) mod end_reason;
mod finish;
pub(crate) mod json_object;
pub(crate) mod media;
pub(crate) mod party;
pub(crate) mod time;
pub(crate) mod transcript;
mod warnings;
pub(crate) mod words;

pub(crate) use connection::ConnectionEvidence;
pub(crate) use finish::finish;
pub(crate) use warnings::{Warnings, escape};

/// The text, unless it is empty or only space.
pub(crate) fn text(value: Option<String>) -> Option<String> {
    value.filter(|text| text.contains(|c: char| !c.is_whitespace()))
}

/// Declares `FIELDS`, a mapping's table, and writes the same table into its
/// documentation, so that the two cannot differ.
macro_rules! fields {
    ($($pointer:literal => $target:literal,)+) => {
        /// Where each field of a record goes.
        ///
        /// The pointer is into the record, and covers everything below it; `*`
        /// stands for every member or item. A target that begins with `raw:` says why the value stays in
        /// [`Call::raw`](crate::model::Call::raw) only.
        ///
        /// | Record | Call |
        /// |---|---|
        $(#[doc = concat!("| `", $pointer, "` | ", $target, " |")])+
        pub const FIELDS: &[(&str, &str)] = &[$(($pointer, $target)),+];
    };
}
pub(crate) use fields;
