//! Descriptors that are kept open for the moment at which a process has none left.
//!
//! Programs close descriptors that are not theirs, such as all from 3 on, and get the numbers anew. So what has the number of a
//! descriptor of ours is looked at before it is used.

use crate::code::symbols::with_descriptor;
use crate::open_file::OpenFile;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::Mutex;

/// A descriptor that can be given up.
struct Spare {
    number: RawFd,
    file: OpenFile,
}

/// Never waited for: a child that was forked while it was locked has none.
static SPARE: Mutex<Option<Spare>> = Mutex::new(None);

/// Has a spare descriptor from now on, if there is one to be had.
pub(super) fn keep_spare() {
    let Ok(mut spare) = SPARE.try_lock() else { return };
    if spare.is_none() {
        *spare = with_descriptor(Spare::open).ok();
    }
}

/// Gives the spare descriptor up for as long as `work` takes: that can have one open at a time, unless another thread is
/// quicker to take it.
pub(super) fn with_spare<T>(work: impl FnOnce() -> T) -> T {
    drop(SPARE.try_lock().ok().and_then(|mut spare| spare.take()));
    let result = work();
    keep_spare();
    result
}

impl Spare {
    fn open() -> io::Result<Self> {
        // Something that nobody else has open.
        let descriptor = OwnedFd::from(File::open("/proc/self/task")?);
        let file = OpenFile::behind(descriptor.as_raw_fd())?;
        Ok(Self { number: descriptor.into_raw_fd(), file })
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if self.file.is_behind(self.number) {
            // SAFETY: ours: `open` gave it up to this, and nobody has closed it.
            drop(unsafe { OwnedFd::from_raw_fd(self.number) });
        }
    }
}
