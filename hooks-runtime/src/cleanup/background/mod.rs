//! Cleanups on a thread of their own, for those that block or take long.
//!
//! One thread, started by the first cleanup, and a queue with a bound. No cleanup is lost: when the queue is full the
//! caller waits or runs the cleanup itself, and at exit the queue is run empty, for a bounded time.

// In: calls that other cleanups, or the program, hand over (`thread::submit`, `run`); how many may wait, and for how
// long the exit does. They wait in `queue`.
// Out: they are run in their order on one `thread`, or where they come from if that cannot be; faults go to those of
// `cleanup`, among them what was not run when the process ended.

mod queue;
mod thread;

pub use queue::{WhenFull, set_capacity, waiting};
pub(super) use thread::submit;
pub use thread::{NotDrained, drain, run, set_exit_timeout};
pub(crate) use thread::{exit_timeout, hand_over};
