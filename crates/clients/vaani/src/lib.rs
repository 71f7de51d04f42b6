#![doc = include_str!("../README.md")]

callfold_record::vendor_crate!("vaani");

#[cfg(feature = "client")]
mod list;
