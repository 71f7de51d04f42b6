//! Conformance tests of the workspace.

mod architecture;
mod exchange;
mod hostile;
mod import_circles;
mod mutations;
mod packages;
mod readme;
mod specs;
mod type_names;
mod verdicts;
mod wire;
