//! The recipes of README.md: `cargo run -p callfold-agentvoice --example agentvoice-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
