//! Rules about lists: `x-pagination` is there, and each parameter and pointer in it exists.

use serde_json::Value;

use super::Spec;
use crate::error::Diagnostic;
use crate::pagination::{Pagination, PagingStyle, lists_records, paginations};
use crate::refs;

/// A list of records says how it is paged, and nothing else does.
pub(super) fn present(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let document = spec.document.value();
    for operation in refs::operations(document) {
        let is_list = lists_records(document, &operation);
        let has = operation.map.contains_key("x-pagination");
        let pointer = operation.pointer();
        if is_list && !has {
            found.push(spec.diagnostic(
                &pointer,
                "a list of records without `x-pagination`",
                "write `x-pagination` with `style`, its parameter, `size`, `default_size`, `items` and `order`",
            ));
        } else if has && !is_list {
            found.push(spec.diagnostic(
                &format!("{pointer}/x-pagination"),
                "`x-pagination` on an operation that does not list records",
                "remove it, or write `x-record-id` on the schema of the records",
            ));
        }
    }
}

/// A list has the keys of its style, and of no other.
pub(super) fn style(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for list in paginations(spec.document.value()) {
        let Some(style) = list.style() else {
            if let Some(word) = list.text("style") {
                found.push(spec.diagnostic(
                    &list.at("style"),
                    format!("`{word}` is not a style of paging"),
                    "write `page`, `offset`, `token` or `key`",
                ));
            }
            continue;
        };
        for key in style.own_keys().iter().filter(|key| !list.has(key)) {
            found.push(spec.diagnostic(
                &list.pointer(),
                format!("a list of the style `{}` without `{key}`", style.word()),
                format!("write `{key}: {}`", sample(key)),
            ));
        }
        let others = PagingStyle::ALL.into_iter().filter(|other| *other != style);
        for key in others.flat_map(PagingStyle::own_keys).filter(|key| list.has(key)) {
            found.push(spec.diagnostic(
                &list.at(key),
                format!("`{key}` in a list of the style `{}`", style.word()),
                "remove it, or correct the style",
            ));
        }
    }
}

fn sample(key: &str) -> &'static str {
    match key {
        "first" => "0` or `first: 1",
        "next_token" | "key_of" => "POINTER",
        "inclusive" => "true` or `inclusive: false",
        _ => "PARAMETER",
    }
}

/// The sizes of a page are whole numbers that fit each other and the parameter.
pub(super) fn sizes(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for list in paginations(spec.document.value()) {
        for (key, least) in [("first", 0), ("default_size", 1), ("max_size", 1), ("ask_size", 1)] {
            if list.has(key) && list.number(key).is_none_or(|number| number < least) {
                found.push(spec.diagnostic(
                    &list.at(key),
                    format!("`{key}` is not a whole number from {least}"),
                    format!("write a whole number, {least} or more"),
                ));
            }
        }
        if !list.has("max_size") && !list.has("ask_size") {
            found.push(spec.diagnostic(
                &list.pointer(),
                "a list without `max_size` and `ask_size`",
                "write `max_size: NUMBER` where the vendor documents it, else `ask_size: NUMBER`",
            ));
        }
        let Some(max) = list.number("max_size") else { continue };
        for key in ["default_size", "ask_size"] {
            if let Some(size) = list.number(key).filter(|size| *size > max) {
                found.push(spec.diagnostic(
                    &list.at(key),
                    format!("`{key}` {size} is more than `max_size` {max}"),
                    "correct one of the two",
                ));
            }
        }
        let parameter = list.text("size").and_then(|name| list.parameter(name));
        let maximum = parameter.and_then(|(_, schema)| schema.get("maximum"));
        if let Some(maximum) = maximum.filter(|maximum| maximum.as_u64() != Some(max.into())) {
            found.push(spec.diagnostic(
                &list.at("max_size"),
                format!("`max_size` {max} is not the parameter's `maximum` {maximum}"),
                "correct one of the two",
            ));
        }
    }
}

/// A parameter of the request that chooses a page exists and has a fitting type.
pub(super) fn parameters(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    const NUMBER: &str = "type: integer, format: uint32";
    const TEXT: &str = "type: string";
    for list in paginations(spec.document.value()) {
        let own = list.style().map(|style| match style {
            PagingStyle::Page | PagingStyle::Offset => (style.word(), NUMBER),
            PagingStyle::Token | PagingStyle::Key => (style.word(), TEXT),
        });
        for (key, wanted) in own.into_iter().chain([("size", NUMBER)]) {
            let Some(name) = list.text(key) else { continue };
            let Some((_, schema)) = list.parameter(name) else {
                found.push(spec.diagnostic(
                    &list.at(key),
                    format!("the request has no parameter `{name}`"),
                    "write it under `parameters`, or as a property of the request's body",
                ));
                continue;
            };
            let of = |key: &str| schema.get(key).and_then(Value::as_str);
            let fits = match wanted {
                NUMBER => of("type") == Some("integer") && of("format") == Some("uint32"),
                _ => of("type") == Some("string") && of("format").is_none(),
            };
            if !fits || schema.get("enum").is_some() {
                found.push(spec.diagnostic(
                    &list.at(key),
                    format!("the parameter `{name}` has another type than `{key}` needs"),
                    format!("write `{wanted}` at the parameter, and nothing more"),
                ));
            }
        }
    }
}

/// Each pointer leads to a value of the right type.
pub(super) fn pointers(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for list in paginations(spec.document.value()) {
        let schemas = |pointer: &str| list.in_page(pointer);
        for (key, wanted) in [
            ("items", "an array of records"),
            ("total", "`type: integer, format: int64`"),
            ("has_more", "`type: boolean`"),
            ("next_token", "`type: string`"),
        ] {
            for pointer in list.texts(key) {
                found.extend(problem(spec, &list, key, pointer, wanted, &schemas(pointer)));
            }
        }
        if let Some(pointer) = list.text("key_of") {
            let schemas = list.in_record(pointer);
            let wanted = "`type: string` or `type: integer`";
            found.extend(problem(spec, &list, "key_of", pointer, wanted, &schemas));
        }
        for (pointer, _) in list.order_when() {
            let wanted = "`type: string`";
            found.extend(problem(spec, &list, "order_when", pointer, wanted, &schemas(pointer)));
        }
    }
}

fn problem(
    spec: &Spec<'_>,
    list: &Pagination<'_>,
    key: &str,
    pointer: &str,
    wanted: &str,
    schemas: &[&Value],
) -> Option<Diagnostic> {
    let (place, thing) = match key {
        "order_when" => (crate::load::child(&list.at(key), pointer), "a page"),
        "key_of" => (list.at(key), "a record"),
        _ => (list.at(key), "a page"),
    };
    if schemas.is_empty() || !(pointer.is_empty() || pointer.starts_with('/')) {
        let problem = format!("`{pointer}` leads to nothing in {thing}");
        let help = format!("write a JSON pointer along the properties of {thing}'s schema");
        return Some(spec.diagnostic(&place, problem, help));
    }
    // Where a list is in one shape, the other may have an object that holds it.
    let mut each = schemas.iter().map(|schema| fits(key, schema, list));
    let is_in_one_of_two = key == "items" && !list.has_one_shape();
    let fits = if is_in_one_of_two { each.any(|fits| fits) } else { each.all(|fits| fits) };
    if !fits {
        let problem = format!("`{pointer}` leads to something else than {wanted}");
        return Some(spec.diagnostic(&place, problem, "correct the pointer, or the schema there"));
    }
    if key != "key_of" && list.has_one_shape() && list.in_every_page(pointer).is_empty() {
        let problem = format!("`{pointer}` is in one of two shapes only");
        let help = "write `items` as a list of two pointers, one for each shape";
        return Some(spec.diagnostic(&place, problem, help));
    }
    None
}

fn fits(key: &str, schema: &Value, list: &Pagination<'_>) -> bool {
    let of = |key: &str| schema.get(key).and_then(Value::as_str);
    match key {
        "items" => list.is_list_of_records(schema),
        "total" => of("type") == Some("integer") && of("format") == Some("int64"),
        "has_more" => of("type") == Some("boolean"),
        "key_of" => matches!(of("type"), Some("string" | "integer")),
        _ => of("type") == Some("string") && of("format").is_none() && schema.get("enum").is_none(),
    }
}

/// The order is one of three words, and a page can say only that it is newest first.
pub(super) fn order(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for list in paginations(spec.document.value()) {
        let order = list.text("order");
        if let Some(word) = order
            && !["newest_first", "oldest_first", "unknown"].contains(&word)
        {
            found.push(spec.diagnostic(
                &list.at("order"),
                format!("`{word}` is not an order"),
                "write `newest_first`, `oldest_first`, or `unknown` where the vendor does not say",
            ));
        }
        if list.has("order_when") && order != Some("newest_first") {
            found.push(spec.diagnostic(
                &list.at("order_when"),
                "`order_when` without `order: newest_first`",
                "write `order: newest_first`, or remove it",
            ));
        }
    }
}

#[cfg(test)]
mod tests;
