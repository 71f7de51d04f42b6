//! The recipes of README.md: `cargo run -p callfold-elevenlabs --example elevenlabs-recipes`.
//! The tests of the workspace run each of them.

include!("readme.rs");
