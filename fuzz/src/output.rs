//! Where the command line's own modules look for what makes a text harmless.

#[path = "../../crates/cli/src/output/text.rs"]
#[allow(dead_code, reason = "there is no terminal here")]
pub(crate) mod text;
