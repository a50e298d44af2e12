//! Signals, for both crates: what a signal does, the handlers that ours stand in front of, masks, alternate stacks, and
//! ending by a signal.
//!
//! Any release may change it.

pub mod action;
pub mod handler;
pub mod stack;
