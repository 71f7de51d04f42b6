//! How a list is asked for page by page.

use bytes::Bytes;
use http::{Method, Uri};
use serde_json::Value;

use crate::hash_rng::{HashRng, tag};
use crate::reply::{self, Request};

/// How the pages of a vendor's lists are selected: by a parameter of the query, or of a JSON body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingParams {
    /// By the number of the page.
    Page {
        /// The parameter.
        parameter: &'static str,
        /// The number of the first page.
        first: usize,
    },
    /// By the number of records before it.
    Offset {
        /// The parameter.
        parameter: &'static str,
        /// The parameter for the number of records on the page.
        size: &'static str,
        /// The number of records where none is asked for.
        default_size: usize,
    },
    /// By a token from the page before.
    Token {
        /// The parameter.
        parameter: &'static str,
        /// The JSON pointer to the token in the page before.
        next: &'static str,
    },
    /// By the start of the last call of the page before, in RFC 3339.
    Key {
        /// The parameter.
        parameter: &'static str,
        /// Whether calls with that very start are on the page.
        is_inclusive: bool,
    },
}

impl PagingParams {
    /// The parameter that selects a page.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Page { parameter, .. }
            | Self::Offset { parameter, .. }
            | Self::Token { parameter, .. }
            | Self::Key { parameter, .. } => parameter,
        }
    }

    /// Whether a page is selected by what the page before ends with, so that one page follows the
    /// other.
    pub(crate) fn is_chained(self) -> bool {
        matches!(self, Self::Token { .. } | Self::Key { .. })
    }

    /// The page that a request selects; `None` for the first.
    pub(crate) fn position(self, request: &Request) -> Option<String> {
        value(request, self.parameter()).filter(|text| !text.is_empty())
    }

    /// The request for the page `pages` before; `None` if there is none. In a list by token or key
    /// it is the first page, because a request does not tell which page comes before.
    pub(crate) fn earlier(self, request: &Request, pages: usize) -> Option<Request> {
        let position = self.position(request)?;
        let number = || position.parse::<usize>().ok();
        let earlier = match self {
            Self::Page { first, .. } => {
                Some(number()?.checked_sub(pages).filter(|number| *number >= first)?)
            }
            Self::Offset { size, default_size, .. } => {
                let size = value(request, size).and_then(|size| size.parse().ok());
                let step = size.unwrap_or(default_size).max(1).saturating_mul(pages);
                Some(number().filter(|offset| *offset > 0)?.saturating_sub(step))
            }
            Self::Token { .. } | Self::Key { .. } => None,
        };
        with_value(request, self.parameter(), earlier)
    }
}

fn body(request: &Request) -> Option<Value> {
    match *request.method() {
        Method::POST => serde_json::from_slice(request.body()).ok(),
        _ => None,
    }
}

/// A parameter of the query, or of the body of a POST.
fn value(request: &Request, name: &str) -> Option<String> {
    match body(request) {
        Some(body) => match body.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        },
        None => {
            let query = reply::query(request);
            query.into_iter().find(|(key, _)| key == name).map(|(_, text)| text)
        }
    }
}

/// The request with another number as a parameter, or without the parameter.
fn with_value(request: &Request, name: &str, number: Option<usize>) -> Option<Request> {
    let mut changed = request.clone();
    if let Some(mut body) = body(request) {
        match number {
            Some(number) => body[name] = number.into(),
            None => drop(body.as_object_mut()?.remove(name)),
        }
        *changed.body_mut() = Bytes::from(serde_json::to_vec(&body).ok()?);
        return Some(changed);
    }
    let query = reply::query(request).into_iter().filter_map(|(key, text)| match number {
        Some(number) if key == name => Some((key, number.to_string())),
        None if key == name => None,
        _ => Some((key, text)),
    });
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    *changed.uri_mut() = format!("{}{mark}{query}", request.uri().path()).parse::<Uri>().ok()?;
    Some(changed)
}

/// What a token stands for: a place in the order of the list. Calls that arrive or vanish do not
/// move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageToken {
    /// The serial number of the last call before the page.
    pub(crate) after: u32,
    /// Whether the page before was an empty one, at the same place.
    pub(crate) follows_empty: bool,
}

impl PageToken {
    /// The token as a client sees it; `rng` belongs to the vendor.
    pub(crate) fn to_text(self, rng: HashRng) -> String {
        let tag = u64::from(tag::encode(rng.derive("token"), self.after));
        format!("{:09x}", tag << 1 | u64::from(self.follows_empty))
    }

    pub(crate) fn parse(text: &str, rng: HashRng) -> Option<Self> {
        let bits = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 9)?;
        let tag = u32::try_from(bits >> 1).ok()?;
        let after = tag::decode(rng.derive("token"), tag);
        Some(Self { after, follows_empty: bits & 1 == 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::{PageToken, PagingParams};
    use crate::hash_rng::HashRng;

    const PAGE: PagingParams = PagingParams::Page { parameter: "page", first: 1 };
    const OFFSET: PagingParams =
        PagingParams::Offset { parameter: "offset", size: "limit", default_size: 50 };
    const TOKEN: PagingParams = PagingParams::Token { parameter: "cursor", next: "/next" };

    #[test]
    fn earlier_page_is_requested() {
        let request_before = |paging: PagingParams, target: &str, pages| {
            let request = http::Request::get(target).body(bytes::Bytes::new()).unwrap();
            paging.earlier(&request, pages).map(|request| request.uri().to_string())
        };
        assert_eq!(request_before(PAGE, "/a?page=3&x=%2B1", 1).unwrap(), "/a?page=2&x=%2B1");
        assert_eq!(request_before(PAGE, "/a?page=1", 1), None);
        assert_eq!(request_before(PAGE, "/a", 1), None);
        assert_eq!(
            request_before(OFFSET, "/a?limit=20&offset=60", 2).unwrap(),
            "/a?limit=20&offset=20"
        );
        assert_eq!(request_before(OFFSET, "/a?offset=60", 1).unwrap(), "/a?offset=10");
        assert_eq!(request_before(OFFSET, "/a?offset=0", 1), None);
        assert_eq!(request_before(TOKEN, "/a?cursor=b&x=%2B1", 1).unwrap(), "/a?x=%2B1");
        assert_eq!(request_before(TOKEN, "/a?cursor=b", 9).unwrap(), "/a");
        assert_eq!(request_before(TOKEN, "/a?cursor=&x=1", 1), None);
        let post = |paging: PagingParams, body: &'static str, pages| {
            let post = http::Request::post("/a").body(body.into()).unwrap();
            paging.earlier(&post, pages).map(http::Request::into_body)
        };
        let zero = PagingParams::Page { parameter: "page", first: 0 };
        assert_eq!(post(zero, r#"{"page":2,"limit":9}"#, 2).unwrap(), r#"{"limit":9,"page":0}"#);
        assert_eq!(post(TOKEN, r#"{"cursor":"b","limit":9}"#, 1).unwrap(), r#"{"limit":9}"#);
        assert_eq!(post(TOKEN, r#"{"cursor":null,"limit":9}"#, 1), None);
    }

    #[test]
    fn tokens_are_read_as_they_are_written() {
        let (rng, other) = (HashRng::new(1).derive("a"), HashRng::new(1).derive("b"));
        for after in [0, 1, 77, u32::MAX] {
            for follows_empty in [false, true] {
                let token = PageToken { after, follows_empty };
                let text = token.to_text(rng);
                assert_eq!(PageToken::parse(&text, rng), Some(token));
                assert_ne!(PageToken::parse(&text, other), Some(token));
            }
        }
        for text in ["", "1", "77", "fffffffff", "0123456789", "12345678x"] {
            assert_eq!(PageToken::parse(text, rng), None, "{text}");
        }
    }
}
