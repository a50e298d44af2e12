//! What handlers, hooks and the exit share: set when crash output is installed, read anywhere. Atomics only.

use super::Traceback;
use crate::process::descriptor::Kept;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

/// The crash output, once it is installed.
pub(super) static OUTPUT: Kept = Kept::none();
/// A file in memory that takes the place of stderr while a crash is under way.
pub(super) static CAPTURE: Kept = Kept::none();
/// A number for stderr meanwhile, so that none has to be free then.
pub(super) static SPARE: Kept = Kept::none();
/// A pipe that stacks are read through.
pub(super) static STACK_READ: Kept = Kept::none();
pub(super) static STACK_WRITE: Kept = Kept::none();
/// The socket to the monitor, if there is one.
pub(super) static MONITOR: Kept = Kept::none();
/// Stderr, for as long as it is a pipe to the monitor.
pub(super) static TEE: Kept = Kept::none();
/// Where stderr went before.
pub(super) static STDERR_BEFORE_TEE: Kept = Kept::none();
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
