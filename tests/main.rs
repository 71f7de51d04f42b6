//! Conformance tests of the workspace.

mod architecture;
mod exchange;
mod fixtures;
mod hostile;
mod mutations;
mod readme;
mod specs;
mod verdicts;
mod wire;
