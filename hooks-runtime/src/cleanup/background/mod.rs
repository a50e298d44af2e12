//! Cleanups on a thread of their own, for those that block or take long.
//!
//! One thread, started by the first cleanup, and a queue with a bound. No cleanup is lost: when the queue is full the
//! caller waits or runs the cleanup itself, and at exit the queue is run empty, for a bounded time.

mod exit;
mod queue;
mod thread;

pub(crate) use exit::{at_exit, exit_timeout};
pub use exit::{drain, set_exit_timeout};
pub use queue::{set_capacity, waiting};
pub(crate) use thread::hand_over;
pub(super) use thread::submit;

use super::origin::Origin;
use super::returned::Returned;
use std::panic::Location;

/// What happens to a cleanup for which the queue has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// The caller waits until there is room.
    Wait,
    /// The caller runs the cleanup itself.
    Inline,
}

/// Cleanups still in the queue when time was up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NotDrained {
    /// How many wait, or run.
    pub left: usize,
}

impl std::fmt::Display for NotDrained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} background cleanups were left when time was up", self.left)
    }
}

impl std::error::Error for NotDrained {}

/// Runs `cleanup(argument)` on the cleanup thread, after those that were handed over before. Its panic or error is a
/// [`Fault`](super::Fault).
///
/// It runs here and now instead where the thread cannot be started, on the cleanup thread itself, once the program's exit
/// has begun, and in a child made by `fork`, which has no such thread; what waited then is the parent's to run.
///
/// ```
/// use hooks_runtime::cleanup::background::{self, WhenFull};
/// use std::time::Duration;
///
/// background::run(std::fs::remove_dir_all, "/no/such/folder", WhenFull::Wait);
/// background::drain(Duration::from_secs(10))?;
/// # Ok::<(), background::NotDrained>(())
/// ```
///
/// Cost: one allocation and a lock.
#[track_caller]
pub fn run<A, R>(cleanup: fn(A) -> R, argument: A, when_full: WhenFull)
where
    A: Send + 'static,
    R: Returned + 'static,
{
    submit(Origin::Call(Location::caller()), when_full, move || cleanup(argument));
}
