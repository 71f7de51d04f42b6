//! Edits the paging of a page: an earlier page, wrong totals, no end.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Uri};
use serde_json::Value;

use crate::hash_rng::HashRng;
use crate::reply::{self, Request, Response};
use crate::vendor::PageParam;

/// Members that say whether more pages follow.
const MORE: [&str; 3] = ["has_next", "has_more", "has_next_page"];
/// Members that say how many records or pages there are.
const TOTALS: [&str; 4] = ["total", "total_count", "totalCount", "total_pages"];

/// The request for the page `pages` before; `None` if there is none.
pub(super) fn earlier(param: PageParam, request: &Request, pages: usize) -> Option<Request> {
    let mut query = reply::query(request);
    let mut body: Option<Value> = match *request.method() {
        Method::POST => serde_json::from_slice(request.body()).ok(),
        _ => None,
    };
    let number = |name: &str| -> Option<usize> {
        if let Some(body) = &body {
            return body.get(name)?.as_u64()?.try_into().ok();
        }
        query.iter().find(|(key, _)| key == name)?.1.parse().ok()
    };
    let (name, value) = match param {
        PageParam::Page { name, first } => {
            let value = number(name)?.checked_sub(pages).filter(|value| *value >= first)?;
            (name, value)
        }
        PageParam::Offset { name, size, default } => {
            let step = number(size).unwrap_or(default).max(1).saturating_mul(pages);
            (name, number(name).filter(|offset| *offset > 0)?.saturating_sub(step))
        }
    };
    let mut request = request.clone();
    if let Some(body) = &mut body {
        body[name] = value.into();
        *request.body_mut() = Bytes::from(serde_json::to_vec(body).ok()?);
        return Some(request);
    }
    query.iter_mut().filter(|(key, _)| key == name).for_each(|(_, text)| *text = value.to_string());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
    let target = format!("{}?{query}", request.uri().path());
    *request.uri_mut() = target.parse::<Uri>().ok()?;
    Some(request)
}

/// The page of a response as JSON.
pub(super) fn parse(response: &Response) -> Option<Value> {
    let media_type = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let is_json = response.status().is_success() && media_type == "application/json";
    if is_json { serde_json::from_slice(response.body()).ok() } else { None }
}

/// Whether a page announces a total.
pub(super) fn has_total(page: &mut Value) -> bool {
    count(page, &TOTALS, |value| value.is_number())
}

/// Whether a page says if more follow.
pub(super) fn has_more(page: &mut Value) -> bool {
    count(page, &MORE, |value| value.is_boolean())
}

/// Whether a page holds no records.
pub(super) fn is_empty(page: &Value) -> bool {
    match page {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => {
            fields.values().filter(|value| value.is_array() || value.is_object()).all(is_empty)
        }
        _ => true,
    }
}

/// Makes all totals of a page too small or too large.
pub(super) fn falsify_total(page: &mut Value, rng: HashRng) {
    let fewer = rng.one_in("fewer", 2);
    edit(page, &TOTALS, &mut |value| {
        if let Some(total) = value.as_u64() {
            let third = total / 3 + u64::from(total > 0 || !fewer);
            *value = if fewer { total - third.min(total) } else { total + third }.into();
        }
    });
}

/// Makes a page announce more.
pub(super) fn promise_more(page: &mut Value) {
    edit(page, &MORE, &mut |value| *value = true.into());
}

/// Writes totals as strings, and whether more pages follow as 1 or 0.
pub(super) fn mistype(page: &mut Value) {
    edit(page, &TOTALS, &mut |value| {
        if value.is_number() {
            *value = value.to_string().into();
        }
    });
    edit(page, &MORE, &mut |value| {
        if let Some(more) = value.as_bool() {
            *value = u8::from(more).into();
        }
    });
}

fn count(page: &mut Value, names: &[&str], is: fn(&Value) -> bool) -> bool {
    let mut found = false;
    edit(page, names, &mut |value| found |= is(value));
    found
}

/// Applies `change` to all members of these names outside records.
fn edit(value: &mut Value, names: &[&str], change: &mut dyn FnMut(&mut Value)) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        if names.contains(&name.as_str()) {
            change(value);
        } else {
            edit(value, names, change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        PageParam, earlier, falsify_total, has_more, has_total, is_empty, mistype, promise_more,
    };
    use crate::hash_rng::HashRng;
    use serde_json::json;

    const PAGE: PageParam = PageParam::Page { name: "page", first: 1 };
    const OFFSET: PageParam = PageParam::Offset { name: "offset", size: "limit", default: 50 };

    #[test]
    fn earlier_page_is_requested() {
        let request_before = |param, target: &str, pages| {
            let request = http::Request::get(target).body(bytes::Bytes::new()).unwrap();
            earlier(param, &request, pages).map(|request| request.uri().to_string())
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
        let post = http::Request::post("/a").body(r#"{"page":2,"limit":9}"#.into()).unwrap();
        let zero = PageParam::Page { name: "page", first: 0 };
        let body = earlier(zero, &post, 2).unwrap().into_body();
        assert_eq!(body, r#"{"limit":9,"page":0}"#);
    }

    #[test]
    fn records_are_unchanged() {
        let record = json!({ "total": 5, "has_more": false });
        let page = json!({ "data": [record], "pagination": { "total": 30, "has_more": false } });
        let mut more = page.clone();
        assert!(has_total(&mut more) && has_more(&mut more) && more == page);
        promise_more(&mut more);
        assert_eq!(more["pagination"], json!({ "total": 30, "has_more": true }));
        assert_eq!(more["data"], page["data"]);
        let mut mistyped = page.clone();
        mistype(&mut mistyped);
        assert_eq!(mistyped["pagination"], json!({ "total": "30", "has_more": 0 }));
        assert_eq!(mistyped["data"], page["data"]);
        let totals: Vec<i64> = (0..20)
            .map(|seed| {
                let mut wrong = page.clone();
                falsify_total(&mut wrong, HashRng::new(seed));
                wrong["pagination"]["total"].as_i64().unwrap()
            })
            .collect();
        assert!(totals.contains(&19) && totals.contains(&41), "{totals:?}");
        assert!(!has_total(&mut json!([record])) && !has_more(&mut json!({ "data": [] })));
        assert!(is_empty(&json!({ "data": { "calls": [] } })) && !is_empty(&page));
    }
}
