//! The recipes of README.md: `cargo run -p callfold-reader --features all-vendors --example reader-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
