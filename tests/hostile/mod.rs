//! Input that tries to be more than it is: ids and filters on their way into a
//! request, and what a hostile server says on its way into a message.
//!
//! Does not belong here: records of other shapes, which are the business of
//! `mutations`, and what the command line makes of a text.

mod messages;
mod requests;

/// Texts that mean something to a header, an address, a shell or a database.
pub(crate) const TEXTS: [&str; 16] = [
    "../../admin",
    "..%2f..%2fadmin",
    "%2e%2e/%00",
    "a/b?limit=1&page=9#top",
    "a&api_key=other",
    "x\r\nx-evil: 1\r\n\r\nGET / HTTP/1.1",
    "\u{1b}[2J\u{202e}",
    "'; DROP TABLE calls; --",
    "\" OR \"\"=\"",
    "%s%n%x",
    "$(id) `id` ${HOME} | id",
    "=cmd|' /C calc'!A0",
    "{\"$gt\":\"\"}",
    "https://elsewhere.example.com/x",
    "📞 é \u{200d}",
    "\\..\\..\\x;a=b,c:d@e!f*g(h)+i",
];
