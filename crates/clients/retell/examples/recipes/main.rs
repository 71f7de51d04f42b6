//! The recipes of README.md: `cargo run -p callfold-retell --example retell-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
