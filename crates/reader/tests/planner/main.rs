//! What the planner promises, compared with what is true in the sandbox.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod claims;
mod explain;
mod failures;
mod invalid_checkpoints;
mod moving;
mod random;
mod resume;
mod support;
