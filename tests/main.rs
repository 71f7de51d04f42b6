//! Conformance tests of the workspace.

mod architecture;
mod exchange;
mod fixtures;
mod readme;
mod specs;
mod wire;
