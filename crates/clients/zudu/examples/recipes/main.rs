//! The recipes of README.md: `cargo run -p callfold-zudu --example zudu-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
