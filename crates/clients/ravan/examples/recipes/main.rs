//! The recipes of README.md: `cargo run -p callfold-ravan --example ravan-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
