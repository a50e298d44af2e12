//! In place of the capture where there is none.

use super::{Dump, Error};
use std::time::Duration;

pub(super) fn take(_interval: Duration, _patience: Duration) -> Result<Dump, Error> {
    Err(Error::Unsupported)
}

pub(super) fn prepare() -> Result<(), Error> {
    Err(Error::Unsupported)
}

pub(super) fn signal() -> i32 {
    0
}
