//! SIGNAL HANDLER. What is open behind a descriptor, whatever its number: programs close what they do not know, all at once
//! (`close_range`), and the numbers go to other files.

use std::io;
use std::os::fd::RawFd;

/// A file for as long as it is open anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenFile {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl OpenFile {
    pub(crate) fn behind(descriptor: RawFd) -> io::Result<Self> {
        // SAFETY: plain data, all zeroes are valid.
        let mut status: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: writes into the local.
        match unsafe { libc::fstat(descriptor, &raw mut status) } {
            0 => Ok(Self { device: status.st_dev, inode: status.st_ino }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(crate) fn is_behind(self, descriptor: RawFd) -> bool {
        Self::behind(descriptor).is_ok_and(|found| found == self)
    }
}
