//! The recipes of README.md: `cargo run -p callfold-vaani --example vaani-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
