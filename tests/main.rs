//! Conformance tests of the workspace.

mod architecture;
mod exchange;
mod hostile;
mod import_circles;
mod mutations;
mod readme;
mod specs;
mod verdicts;
mod wire;
