//! Asking all threads for their stacks, on Linux on x86-64 and aarch64.
mod claim;
mod handler;
mod machinery;
#[cfg(feature = "crash")]
mod one;
mod pause;
mod round;
mod send;
mod slot;
mod walker;

use super::{Dump, Error};
use claim::Claim;
use std::time::Duration;

pub(super) use handler::signal;
#[cfg(feature = "crash")]
pub(crate) use one::ask;
#[cfg(feature = "crash")]
pub(crate) use slot::Answered;

/// Takes a dump.
pub(super) fn take(interval: Duration, patience: Duration) -> Result<Dump, Error> {
    let mut claim = Claim::new()?;
    claim.machinery()?.dump(interval, patience)
}

/// Makes all ready for a dump.
pub(super) fn prepare() -> Result<(), Error> {
    let mut claim = Claim::new()?;
    claim.machinery()?.prepare_tasks();
    Ok(())
}
