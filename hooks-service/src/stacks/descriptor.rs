//! Descriptors that are kept open for the moment at which a process has none left.
//!
//! Programs close descriptors that are not theirs, such as all from 3 on, and get the numbers anew. So what has the number of a
//! descriptor of ours is looked at before it is used.

use crate::symbols::with_descriptor;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::Mutex;

/// What is open, whatever its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(libc::dev_t, libc::ino_t);

impl Identity {
    pub(super) fn of(descriptor: RawFd) -> io::Result<Self> {
        let mut stat = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: fills a local, or fails.
        if unsafe { libc::fstat(descriptor, stat.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: filled by the call.
        let stat = unsafe { stat.assume_init() };
        Ok(Self(stat.st_dev, stat.st_ino))
    }

    pub(super) fn is_of(self, descriptor: RawFd) -> bool {
        Self::of(descriptor).is_ok_and(|found| found == self)
    }
}

/// A descriptor that can be given up.
struct Spare {
    number: RawFd,
    identity: Identity,
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
        let identity = Identity::of(descriptor.as_raw_fd())?;
        Ok(Self { number: descriptor.into_raw_fd(), identity })
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if self.identity.is_of(self.number) {
            // SAFETY: ours: `open` gave it up to this, and nobody has closed it.
            drop(unsafe { OwnedFd::from_raw_fd(self.number) });
        }
    }
}
