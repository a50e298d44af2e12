//! Asking all threads for their stacks, on Linux on x86-64 and aarch64.
//!
//! In: a signal that nobody uses, `/proc`, the walk of [`capture`](crate::capture). Each thread's `handler` copies registers, labels
//! and the top of the stack to a `slot`, in rounds; a `walker` follows the copies. Out: a [`Dump`], or what `one` thread answers.
//! The `machinery` is made at the first dump and kept.

mod handler;
mod machinery;
mod one;
mod round;
mod slot;
mod walker;

use super::dump::Dump;
use super::error::Error;
use std::time::Duration;

pub(super) use handler::signal;
#[cfg(feature = "crash")]
pub(crate) use one::ask;
#[cfg(feature = "crash")]
pub(crate) use slot::ThreadAnswer;

/// Takes a dump.
pub(super) fn take(interval: Duration, patience: Duration) -> Result<Dump, Error> {
    machinery::with(|machinery| machinery.dump(interval, patience))
}

/// Makes all ready for a dump.
pub(super) fn prepare() -> Result<(), Error> {
    machinery::with(|machinery| {
        machinery.prepare_tasks();
        Ok(())
    })
}
