//! Signals, for both crates: what a signal does, the handlers that ours stand in front of, masks, alternate stacks, and
//! ending by a signal.
//!
//! Any release may change it.
//!
//! In: a signal, and who is to have it from now on (`action`); one that has come (`delivery`), and the handler that
//! was there before (`handler`).
//! Out: the action that stood before; the predecessor called as the kernel would, or the process ended by the signal;
//! for threads a `stack` that is large enough for both.

pub mod action;
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub mod delivery;
pub mod handler;
pub mod stack;
