//! The recipes of README.md: `cargo run -p callfold-vapi --example vapi-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
