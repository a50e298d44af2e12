//! In place of the handler where no signals are caught.

use super::super::error::Error;

pub(super) fn install(_: i32) -> Result<(), Error> {
    Err(Error::Unsupported)
}

pub(super) fn forget() {}
