#![doc = include_str!("../README.md")]

callfold_record::vendor_crate!("bland");
