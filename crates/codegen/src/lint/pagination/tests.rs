//! One case a rule: an edit of a spec with a list of each style, and all that is found then.

use std::path::Path;

use insta::assert_snapshot;

use crate::load::SpecDocument;

const LISTS: &str = include_str!("../../../tests/lists.yaml");

/// Diagnostics after replacing each first text, which occurs once, by the second.
fn found(edits: &[(&str, &str)]) -> String {
    let text = edits.iter().fold(LISTS.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text.replace(from, to)
    });
    let document = SpecDocument::parse(Path::new("specs/x.yaml"), &text).unwrap();
    let lines = crate::lint::lint(&document)
        .into_iter()
        .map(|diagnostic| diagnostic.to_string().replacen("specs/x.yaml:", "", 1));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn lists_in_each_style_are_in_the_dialect() {
    assert_eq!(found(&[]), "");
}

#[test]
fn list_of_records_says_how_it_is_paged() {
    let block = LISTS.split("      x-pagination:\n").nth(4).unwrap();
    let block = block.split("      parameters:\n").next().unwrap();
    let block = format!("      x-pagination:\n{block}");
    assert_snapshot!(found(&[(&block, "")]), @"82: /paths/~1v1~1sessions/get: a list of records without `x-pagination`; write `x-pagination` with `style`, its parameter, `size`, `default_size`, `items` and `order`");
}

#[test]
fn pagination_is_for_lists_of_records() {
    assert_snapshot!(found(&[("schema: { type: array, items: { $ref: \"#/components/schemas/Call\" } }", "schema: { $ref: \"#/components/schemas/Call\" }")]), @"
    63: /paths/~1v1~1call/get/x-pagination: `x-pagination` on an operation that does not list records; remove it, or write `x-record-id` on the schema of the records
    66: /paths/~1v1~1call/get/x-pagination/key_of: `/times/created` leads to nothing in a record; write a JSON pointer along the properties of a record's schema
    71: /paths/~1v1~1call/get/x-pagination/items: `` leads to nothing in a page; write a JSON pointer along the properties of a page's schema
    ");
}

#[test]
fn keys() {
    assert_snapshot!(found(&[("        order: unknown\n", "        order: unknown\n        last: page\n")]), @"26: /paths/~1v1~1calls/get/x-pagination/last: `x-pagination` has no key `last` in the dialect; remove it; `x-pagination` may have: style, first, page, offset, token, key, size, default_size, max_size, ask_size, items, total, has_more, next_token, key_of, inclusive, order, order_when");
    assert_snapshot!(found(&[("        order: unknown\n", "")]), @"16: /paths/~1v1~1calls/get/x-pagination: `x-pagination` has no `order`; write `order: TEXT`");
    assert_snapshot!(found(&[("style: key", "style: keyset")]), @"64: /paths/~1v1~1call/get/x-pagination/style: `keyset` is not a style of paging; write `page`, `offset`, `token` or `key`");
    assert_snapshot!(found(&[("inclusive: true", "inclusive: 1")]), @"67: /paths/~1v1~1call/get/x-pagination/inclusive: a number where the dialect has `true` or `false`; write `true` or `false` instead");
    assert_snapshot!(found(&[("{ /sort: started_at, /page/direction: down }", "[/sort]")]), @"48: /paths/~1v1~1calls/post/x-pagination/order_when: a list where the dialect has a mapping from names to texts; write a mapping from names to texts instead");
    assert_snapshot!(found(&[("      x-pagination:\n        style: key\n        key: createdAtLe\n        key_of: /times/created\n        inclusive: true\n        size: limit\n        default_size: 100\n        max_size: 1000\n        items: \"\"\n        order: newest_first\n", "      x-pagination: key\n")]), @"63: /paths/~1v1~1call/get/x-pagination: a text where the dialect has `x-pagination` (a mapping); write `x-pagination` (a mapping) instead");
}

#[test]
fn keys_of_each_style() {
    assert_snapshot!(found(&[("        first: 1\n        page: page\n", "")]), @"
    86: /paths/~1v1~1sessions/get/x-pagination: a list of the style `page` without `first`; write `first: 0` or `first: 1`
    86: /paths/~1v1~1sessions/get/x-pagination: a list of the style `page` without `page`; write `page: PARAMETER`
    ");
    assert_snapshot!(found(&[("style: page\n        first: 1\n        page: page\n", "style: offset\n")]), @"86: /paths/~1v1~1sessions/get/x-pagination: a list of the style `offset` without `offset`; write `offset: PARAMETER`");
    assert_snapshot!(found(&[("        token: cursor\n", ""), ("        next_token: /page/next\n", "")]), @"
    16: /paths/~1v1~1calls/get/x-pagination: a list of the style `token` without `next_token`; write `next_token: POINTER`
    16: /paths/~1v1~1calls/get/x-pagination: a list of the style `token` without `token`; write `token: PARAMETER`
    ");
    assert_snapshot!(found(&[("        key: createdAtLe\n        key_of: /times/created\n        inclusive: true\n", "")]), @"
    63: /paths/~1v1~1call/get/x-pagination: a list of the style `key` without `inclusive`; write `inclusive: true` or `inclusive: false`
    63: /paths/~1v1~1call/get/x-pagination: a list of the style `key` without `key_of`; write `key_of: POINTER`
    63: /paths/~1v1~1call/get/x-pagination: a list of the style `key` without `key`; write `key: PARAMETER`
    ");
    assert_snapshot!(found(&[("style: key", "style: offset\n        offset: limit")]), @"
    66: /paths/~1v1~1call/get/x-pagination/key: `key` in a list of the style `offset`; remove it, or correct the style
    67: /paths/~1v1~1call/get/x-pagination/key_of: `key_of` in a list of the style `offset`; remove it, or correct the style
    68: /paths/~1v1~1call/get/x-pagination/inclusive: `inclusive` in a list of the style `offset`; remove it, or correct the style
    ");
}

#[test]
fn sizes() {
    assert_snapshot!(found(&[("default_size: 30", "default_size: 130")]), @"20: /paths/~1v1~1calls/get/x-pagination/default_size: `default_size` 130 is more than `max_size` 100; correct one of the two");
    assert_snapshot!(found(&[("default_size: 30", "default_size: 0")]), @"20: /paths/~1v1~1calls/get/x-pagination/default_size: `default_size` is not a whole number from 1; write a whole number, 1 or more");
    assert_snapshot!(found(&[("default_size: 30", "default_size: 1.5\n        ask_size: 101")]), @"
    20: /paths/~1v1~1calls/get/x-pagination/default_size: `default_size` is not a whole number from 1; write a whole number, 1 or more
    21: /paths/~1v1~1calls/get/x-pagination/ask_size: `ask_size` 101 is more than `max_size` 100; correct one of the two
    ");
    assert_snapshot!(found(&[("first: 1", "first: -1")]), @"88: /paths/~1v1~1sessions/get/x-pagination/first: `first` is not a whole number from 0; write a whole number, 0 or more");
    assert_snapshot!(found(&[("        ask_size: 50\n", "")]), @"86: /paths/~1v1~1sessions/get/x-pagination: a list without `max_size` and `ask_size`; write `max_size: NUMBER` where the vendor documents it, else `ask_size: NUMBER`");
    assert_snapshot!(found(&[("max_size: 100\n", "max_size: 90\n")]), @"21: /paths/~1v1~1calls/get/x-pagination/max_size: `max_size` 90 is not the parameter's `maximum` 100; correct one of the two");
}

#[test]
fn parameters_exist_and_fit() {
    assert_snapshot!(found(&[("size: pageSize", "size: page_size")]), @"19: /paths/~1v1~1calls/get/x-pagination/size: the request has no parameter `page_size`; write it under `parameters`, or as a property of the request's body");
    assert_snapshot!(found(&[("token: pagination_key", "token: cursor")]), @"41: /paths/~1v1~1calls/post/x-pagination/token: the request has no parameter `cursor`; write it under `parameters`, or as a property of the request's body");
    assert_snapshot!(found(&[("key: createdAtLe", "key: limit")]), @"65: /paths/~1v1~1call/get/x-pagination/key: the parameter `limit` has another type than `key` needs; write `type: string` at the parameter, and nothing more");
    assert_snapshot!(found(&[("made at this time or before.\", x-source: P1, schema: { type: string }", "made at this time or before.\", x-source: P1, schema: { type: string, format: date-time }")]), @"65: /paths/~1v1~1call/get/x-pagination/key: the parameter `createdAtLe` has another type than `key` needs; write `type: string` at the parameter, and nothing more");
    assert_snapshot!(found(&[("Page, from 1.\", x-source: P1, schema: { type: integer, format: uint32 }", "Page, from 1.\", x-source: P1, schema: { type: integer, format: int64 }")]), @"89: /paths/~1v1~1sessions/get/x-pagination/page: the parameter `page` has another type than `page` needs; write `type: integer, format: uint32` at the parameter, and nothing more");
}

#[test]
fn pointers_lead_somewhere() {
    assert_snapshot!(found(&[("next_token: /page/next", "next_token: /page/before")]), @"24: /paths/~1v1~1calls/get/x-pagination/next_token: `/page/before` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
    assert_snapshot!(found(&[("[/page/next, /page/after]", "[/page/next, /after]")]), @"46: /paths/~1v1~1calls/post/x-pagination/next_token: `/after` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
    assert_snapshot!(found(&[("next_token: /page/next", "next_token: page/next")]), @"24: /paths/~1v1~1calls/get/x-pagination/next_token: `page/next` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
    assert_snapshot!(found(&[("key_of: /times/created", "key_of: /created")]), @"66: /paths/~1v1~1call/get/x-pagination/key_of: `/created` leads to nothing in a record; write a JSON pointer along the properties of a record's schema");
    assert_snapshot!(found(&[("/page/direction: down", "/direction: down")]), @"48: /paths/~1v1~1calls/post/x-pagination/order_when/~1direction: `/direction` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
    assert_snapshot!(found(&[("[/data/total, /count]", "[/data/count, /count]")]), @"94: /paths/~1v1~1sessions/get/x-pagination/total: `/data/count` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
    assert_snapshot!(found(&[("items: [/data, /data/sessions]", "items: [/data, /data/calls]")]), @"93: /paths/~1v1~1sessions/get/x-pagination/items: `/data/calls` leads to nothing in a page; write a JSON pointer along the properties of a page's schema");
}

#[test]
fn pointers_lead_to_the_right_type() {
    assert_snapshot!(found(&[("items: \"\"", "items: /id")]), @"
    66: /paths/~1v1~1call/get/x-pagination/key_of: `/times/created` leads to nothing in a record; write a JSON pointer along the properties of a record's schema
    71: /paths/~1v1~1call/get/x-pagination/items: `/id` leads to nothing in a page; write a JSON pointer along the properties of a page's schema
    ");
    assert_snapshot!(found(&[("items: /results\n        has_more", "items: /page\n        has_more")]), @"22: /paths/~1v1~1calls/get/x-pagination/items: `/page` leads to something else than an array of records; correct the pointer, or the schema there");
    assert_snapshot!(found(&[("has_more: /has_more", "has_more: /sort")]), @"23: /paths/~1v1~1calls/get/x-pagination/has_more: `/sort` leads to something else than `type: boolean`; correct the pointer, or the schema there");
    assert_snapshot!(found(&[("next_token: /page/next\n", "next_token: /has_more\n")]), @"24: /paths/~1v1~1calls/get/x-pagination/next_token: `/has_more` leads to something else than `type: string`; correct the pointer, or the schema there");
    assert_snapshot!(found(&[("has_more: /has_more", "total: /has_more")]), @"23: /paths/~1v1~1calls/get/x-pagination/total: `/has_more` leads to something else than `type: integer, format: int64`; correct the pointer, or the schema there");
    assert_snapshot!(found(&[("key_of: /times/created", "key_of: /times")]), @"66: /paths/~1v1~1call/get/x-pagination/key_of: `/times` leads to something else than `type: string` or `type: integer`; correct the pointer, or the schema there");
    assert_snapshot!(found(&[("/sort: started_at", "/has_more: \"yes\"")]), @"48: /paths/~1v1~1calls/post/x-pagination/order_when/~1has_more: `/has_more` leads to something else than `type: string`; correct the pointer, or the schema there");
}

#[test]
fn one_of_two_shapes_is_not_every_page() {
    assert_snapshot!(found(&[("items: [/data, /data/sessions]", "items: /data/sessions")]), @"
    93: /paths/~1v1~1sessions/get/x-pagination/items: `/data/sessions` is in one of two shapes only; write `items` as a list of two pointers, one for each shape
    94: /paths/~1v1~1sessions/get/x-pagination/total: `/data/total` is in one of two shapes only; write `items` as a list of two pointers, one for each shape
    ");
}

#[test]
fn order() {
    assert_snapshot!(found(&[("order: unknown", "order: newest")]), @"25: /paths/~1v1~1calls/get/x-pagination/order: `newest` is not an order; write `newest_first`, `oldest_first`, or `unknown` where the vendor does not say");
    assert_snapshot!(found(&[("order: newest_first\n        order_when", "order: oldest_first\n        order_when")]), @"48: /paths/~1v1~1calls/post/x-pagination/order_when: `order_when` without `order: newest_first`; write `order: newest_first`, or remove it");
}
