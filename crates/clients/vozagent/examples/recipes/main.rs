//! The recipes of README.md: `cargo run -p callfold-vozagent --example vozagent-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
