//! Faults of responses: which response meets which fault, and what reaches the client.

mod apply;
mod body;
mod injector;
mod pages;

pub(crate) use apply::{Delivery, apply_fault};
pub(crate) use body::{ConnectionClosed, OutgoingBody, ResettableStream};
pub(crate) use injector::{FaultInjector, InjectedFault, RECORDINGS};
