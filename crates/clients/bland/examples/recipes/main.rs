//! The recipes of README.md: `cargo run -p callfold-bland --example bland-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
