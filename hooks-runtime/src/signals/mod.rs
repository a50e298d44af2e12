//! Signals, for both crates: what a signal does, the handlers that ours stand in front of, masks, alternate stacks, and
//! ending by a signal.
//!
//! Any release may change it.

pub mod action;
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub mod delivery;
pub mod handler;
pub mod stack;
