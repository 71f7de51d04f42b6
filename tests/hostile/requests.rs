//! Whatever a text is, it is asked for as that text: one segment of the path or
//! one parameter of the query, at the host that was configured.

use super::TEXTS;
use callfold_reader::{Detail, Query, SettingValue, Source, SourceConfig, VendorEntry, vendors};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok};
use callfold_unify::model::PhoneNumber;

/// A source whose server has nothing.
async fn open(vendor: &VendorEntry) -> (RawServer, Box<dyn Source>) {
    let server = RawServer::start(vec![ServerAction::Send(ok("[]"))]).await;
    let mut config = SourceConfig::new("clinic")
        .with("base_url", format!("{}/base", server.url).as_str())
        .with("retries", SettingValue::Number(0.0));
    for setting in vendor.settings {
        let is_one = !matches!(setting.key, "token" | "assume_offset" | "phones");
        if is_one && setting.need != callfold_reader::Need::Optional {
            config = config.with(setting.key, "key-of-5-parts");
        }
    }
    let source = (vendor.open)(&config).expect("a source");
    (server, source)
}

/// What was asked for: the path and the query's values, decoded.
fn requested(head: &str) -> (Vec<String>, Vec<String>) {
    let target = head.split(' ').nth(1).expect("a request line");
    assert!(head.lines().next().expect("a line").ends_with(" http/1.1"), "{head}");
    assert!(!head.contains("\r\nx-evil"), "a header was smuggled in: {head}");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let segments = path.split('/').skip(1).map(decoded).collect();
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    (segments, values.map(|(_, value)| decoded(&value.replace('+', " "))).collect())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok()).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &after[2..]),
            None => (bytes.push(*first), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn id_stays_one_segment_of_the_path() {
    for vendor in vendors() {
        let (server, source) = open(vendor).await;
        for id in TEXTS {
            let before = server.requests().len();
            drop(source.get(id).await);
            for head in &server.requests()[before..] {
                let (segments, _) = requested(head);
                assert_eq!(segments[0], "base", "{}: {head}", vendor.name);
                let is_list = !head.contains('%') && segments.len() < 5;
                let last = segments.iter().any(|segment| *segment == id.to_lowercase());
                assert!(last || is_list, "{} {id:?}: {head}", vendor.name);
            }
        }
    }
}

#[tokio::test]
async fn id_that_is_no_segment_is_refused_before_it_is_sent() {
    for vendor in vendors() {
        let (server, source) = open(vendor).await;
        let long = "9".repeat(1_000_000);
        for (id, problem) in [
            ("", "an id is empty, consists of dots, or holds a NUL character"),
            (".", "an id is empty, consists of dots, or holds a NUL character"),
            ("..", "an id is empty, consists of dots, or holds a NUL character"),
            ("a\0b", "an id is empty, consists of dots, or holds a NUL character"),
            (long.as_str(), "the request could not be built: is an id or a filter too long?"),
        ] {
            // A source without a lookup reads its list, which is empty.
            let Err(error) = source.get(id).await else { continue };
            if server.requests().is_empty() {
                let told = error.to_string();
                assert!(
                    told.ends_with(problem),
                    "{}: {}",
                    vendor.name,
                    &told[..200.min(told.len())]
                );
                assert!(told.len() < 200);
            }
        }
    }
}

#[tokio::test]
async fn filter_stays_one_parameter_or_is_not_sent() {
    for vendor in vendors() {
        let (server, source) = open(vendor).await;
        for text in TEXTS {
            let queries = [
                Query { agent: vec![text.to_owned()], ..Query::default() },
                Query { contact: vec![text.to_owned()], ..Query::default() },
                Query { campaign: vec![text.to_owned()], ..Query::default() },
                Query { phone: vec![PhoneNumber::new(text)], ..Query::default() },
            ];
            for query in queries {
                let before = server.requests().len();
                let query = Query { detail: Detail::LIST_ONLY, ..query };
                let sources = std::slice::from_ref(&source);
                drop(callfold_reader::read_calls(sources, &query).await);
                for head in &server.requests()[before..] {
                    let (segments, values) = requested(head);
                    assert_eq!(segments[0], "base", "{}: {head}", vendor.name);
                    let complete = text.to_lowercase();
                    let is_plain = |value: &String| {
                        value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_,:.".contains(&b))
                    };
                    let odd = values.iter().find(|value| **value != complete && !is_plain(value));
                    assert_eq!(odd, None, "{} {text:?}: {head}", vendor.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn key_of_any_printable_text_is_sent_as_it_is() {
    for key in ["../../x", "%2e%2e%00", "\"quoted\" 'key'", "a,b;c=d", "'; DROP TABLE keys; --"] {
        let vendor = vendors().iter().find(|vendor| vendor.name == "vaani").expect("a vendor");
        let server = RawServer::start(vec![ServerAction::Send(ok("{}"))]).await;
        let config = SourceConfig::new("clinic")
            .with("base_url", server.url.as_str())
            .with("retries", SettingValue::Number(0.0))
            .with("api_key", key);
        let source = (vendor.open)(&config).expect("a source");
        drop(source.check().await);
        let head = &server.requests()[0];
        let line = format!("x-api-key: {}", key.to_lowercase());
        assert!(head.lines().any(|found| found == line), "{head}");
    }
}
