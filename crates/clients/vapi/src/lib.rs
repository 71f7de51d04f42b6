// Its recipes are tested in `examples/recipes`.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

callfold_record::vendor_crate!("vapi");
