//! What handlers, hooks and the exit share: set when crash output is installed, read anywhere. Atomics only.

use super::Traceback;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, Ordering::Relaxed};

/// The crash output; -1 until it is installed.
pub(super) static OUTPUT: AtomicI32 = AtomicI32::new(-1);
/// A file in memory that takes the place of stderr while a crash is under way.
pub(super) static CAPTURE: AtomicI32 = AtomicI32::new(-1);
/// A pipe that stacks are read through.
pub(super) static STACK_READ: AtomicI32 = AtomicI32::new(-1);
pub(super) static STACK_WRITE: AtomicI32 = AtomicI32::new(-1);
/// The socket to the monitor; -1: there is none.
pub(super) static MONITOR: AtomicI32 = AtomicI32::new(-1);
/// Where stderr went before the monitor took it over; -1: it did not.
pub(super) static STDERR_BEFORE_TEE: AtomicI32 = AtomicI32::new(-1);
/// How long a dying process waits for its monitor, in milliseconds.
pub(super) static MONITOR_WAIT: AtomicU32 = AtomicU32::new(0);
/// Whether labels are in memory that a handler may touch, see [`super::walk`].
pub(super) static LABELS_READABLE: AtomicBool = AtomicBool::new(false);
/// Whether all panics are written, and not only those that end the process.
pub(super) static ALL_PANICS: AtomicBool = AtomicBool::new(false);
/// Whether panics come with a stack where `RUST_BACKTRACE` does not ask for one.
pub(super) static PANICS_WITH_STACK: AtomicBool = AtomicBool::new(false);
static TRACEBACK: AtomicU8 = AtomicU8::new(Traceback::Single as u8);

pub(super) fn traceback() -> Traceback {
    Traceback::from_number(TRACEBACK.load(Relaxed))
}

pub(super) fn set_traceback(level: Traceback) {
    TRACEBACK.store(level as u8, Relaxed);
}

/// A descriptor that is open, if there is one.
pub(super) fn descriptor(of: &AtomicI32) -> Option<RawFd> {
    let number = of.load(Relaxed);
    (number >= 0).then_some(number)
}
