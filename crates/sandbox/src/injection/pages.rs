//! Edits the paging of a page: wrong totals, no end.

use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::hash_rng::HashRng;
use crate::reply::HttpResponse;

/// Members that say whether more pages follow.
const MORE: [&str; 3] = ["has_next", "has_more", "has_next_page"];
/// Members that say how many records or pages there are.
const TOTALS: [&str; 4] = ["total", "total_count", "totalCount", "total_pages"];

/// The page of a response as JSON.
pub(super) fn parse(response: &HttpResponse) -> Option<Value> {
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

/// Whether a page has a token for the next one at the pointer.
pub(super) fn has_token(page: &Value, pointer: &str) -> bool {
    let token = page.pointer(pointer).and_then(Value::as_str);
    token.is_some_and(|token| !token.is_empty())
}

/// Gives a page a token for the next one.
pub(super) fn set_token(page: &mut Value, pointer: &str, token: String) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(parent) = page.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.insert(name.to_owned(), token.into());
    }
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
        falsify_total, has_more, has_token, has_total, is_empty, mistype, promise_more, set_token,
    };
    use crate::hash_rng::HashRng;
    use serde_json::json;

    #[test]
    fn token_is_set_where_the_vendor_has_it() {
        let mut page = json!({ "data": { "calls": [], "cursor": null } });
        assert!(!has_token(&page, "/data/cursor") && !has_token(&json!({ "next": "" }), "/next"));
        set_token(&mut page, "/data/cursor", "a".to_owned());
        set_token(&mut page, "/next", "b".to_owned());
        assert!(has_token(&page, "/data/cursor"));
        assert_eq!(page, json!({ "data": { "calls": [], "cursor": "a" }, "next": "b" }));
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
