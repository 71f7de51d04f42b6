//! What the tests of several crates share: a TCP server that misbehaves, the vendors' fixtures, JSON
//! trees that keep what `serde_json::Value` loses, and databases (feature `database`).

#[cfg(feature = "database")]
pub mod database;
pub mod fixtures;
pub mod json_tree;
pub mod raw_server;
