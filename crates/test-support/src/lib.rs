//! What the tests of several crates share: a TCP server that misbehaves, the vendors' fixtures, and
//! JSON trees that keep what `serde_json::Value` loses.

pub mod fixtures;
pub mod json_tree;
pub mod raw_server;
