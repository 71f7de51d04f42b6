//! The recipes of README.md: `cargo run -p callfold-unify --features vaani --example unify-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
