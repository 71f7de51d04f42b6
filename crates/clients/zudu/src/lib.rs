// Its recipes are tested in `examples/recipes.rs`.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

callfold_record::vendor_crate!("zudu");
