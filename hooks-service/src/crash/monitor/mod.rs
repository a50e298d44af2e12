//! A second process that watches this one: it is the same program, started again, and ends with it.

mod death;
mod entry;
mod report;
mod start;
mod tee;
mod watch;
pub(super) mod wire;

pub use entry::{monitor_entry, monitor_entry_with};
pub use report::{Cause, CrashReport, StackFrame, ThreadStack};

use super::{sink, state};
use std::os::fd::RawFd;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The variable by which the program knows that it is started as a monitor; its value is the descriptor to copy to
/// stderr, or empty.
const VARIABLE: &str = "HOOKS_CRASH_MONITOR";

/// A process that watches this one, to be started by [`install`](super::install). Go: the monitor of
/// `debug.SetCrashOutput`'s example.
///
/// It waits on a socket, and does nothing until this process ends. After a crash it adds the names of the functions to
/// the report, in the crash output and on stderr; after a death without a report (`SIGKILL`, out of memory, an overflow
/// of a stack without an alternate one) it says so; then it calls the program's function, see
/// [`monitor_entry_with`]. After an exit in order it just ends.
///
/// `main` must begin with [`monitor_entry`], or [`install`](super::install) refuses.
///
/// ```
/// use hooks_service::crash::Monitor;
/// use std::time::Duration;
///
/// let monitor = Monitor::new().tee_stderr().wait_at_most(Duration::from_secs(30));
/// # let _ = monitor;
/// ```
///
/// # Cost
/// A process that sleeps, with 1.2 MB resident, 0.2 of them its own; some two milliseconds at the start.
#[derive(Clone, Debug)]
#[must_use = "a monitor is started by `install`"]
pub struct Monitor {
    tee: bool,
    wait: Duration,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { tee: false, wait: Duration::from_secs(10) }
    }
}

impl Monitor {
    /// A monitor that leaves stderr alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has stderr go through the monitor, `stderr = "tee"`, which copies all of it to where it went and to the crash
    /// output: also what C libraries print before they abort.
    ///
    /// Stderr is a pipe then. Whoever writes faster than the monitor copies waits; whoever holds it after this process
    /// has ended, a child for instance, keeps the monitor alive to copy.
    pub fn tee_stderr(mut self) -> Self {
        self.tee = true;
        self
    }

    /// How long a process that crashes waits for the monitor to be done with its report, before it dies; 10 seconds if
    /// not set. In a container whose first process this is, nothing outlives it.
    pub fn wait_at_most(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// SIGNAL HANDLER. Waits until the monitor is done with a report, but not for longer than was set.
pub(super) fn wait_for_it(monitor: RawFd) {
    let wait = i32::try_from(state::MONITOR_WAIT.load(Relaxed)).unwrap_or(i32::MAX);
    if sink::ready(monitor, libc::POLLIN, wait) {
        let mut message = [0_u8; 16];
        // SAFETY: writes into the local.
        unsafe { libc::recv(monitor, message.as_mut_ptr().cast(), message.len(), libc::MSG_DONTWAIT) };
    }
}
