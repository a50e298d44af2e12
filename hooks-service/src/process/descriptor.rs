//! SIGNAL HANDLER. Descriptors that are looked at before they are used. Programs close what they do not know, all at once
//! (`close_range`), and the numbers go to other files: a report is not to be written into those.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// A file for as long as it is open anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenFile {
    device: u64,
    inode: u64,
}

impl OpenFile {
    fn behind(descriptor: RawFd) -> io::Result<Self> {
        // SAFETY: plain data, all zeroes are valid.
        let mut status: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: writes into the local.
        match unsafe { libc::fstat(descriptor, &raw mut status) } {
            0 => Ok(Self { device: status.st_dev, inode: status.st_ino }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn is_behind(self, descriptor: RawFd) -> bool {
        Self::behind(descriptor).is_ok_and(|found| found == self)
    }
}

/// A descriptor that is closed when this is dropped, if it still is ours. It should be of a file that nobody else has open:
/// else another descriptor of it may be taken for ours.
#[derive(Debug)]
pub(crate) struct Guarded {
    number: RawFd,
    file: OpenFile,
}

impl Guarded {
    pub(crate) fn new(descriptor: OwnedFd) -> io::Result<Self> {
        let file = OpenFile::behind(descriptor.as_raw_fd())?;
        Ok(Self { number: descriptor.into_raw_fd(), file })
    }

    /// `None`: somebody has closed it.
    pub(crate) fn number(&self) -> Option<RawFd> {
        self.file.is_behind(self.number).then_some(self.number)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(number) = self.number() {
            // SAFETY: ours: `new` took it over, and nobody has closed it.
            drop(unsafe { OwnedFd::from_raw_fd(number) });
        }
    }
}

/// How many descriptors this process may have.
fn limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: points to a local.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    limit.rlim_cur
}

/// Whether those who take a descriptor for each thread may have one with this number: the lowest that was free, so that as many
/// are in use. The other half is the program's.
pub(crate) fn leaves_room(number: RawFd) -> bool {
    u64::try_from(number).is_ok_and(|number| number < limit() / 2)
}

/// Whether there was no descriptor to be had.
pub(crate) fn are_out(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

/// Whether the program comes close to its limit: `number` was the lowest that was free.
pub(crate) fn is_close_to_limit(number: RawFd) -> bool {
    u64::try_from(number).is_ok_and(|number| number >= limit() / 4 * 3)
}

/// A copy of `descriptor` that children do not inherit, with a number that programs seldom use by hand.
pub(crate) fn duplicate(descriptor: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    [100, 3]
        .into_iter()
        .map(|lowest| {
            // SAFETY: makes a new descriptor, which belongs to the caller.
            unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) }
        })
        .find(|copy| *copy >= 0)
        // SAFETY: nobody else has it.
        .map(|copy| unsafe { OwnedFd::from_raw_fd(copy) })
        .ok_or_else(io::Error::last_os_error)
}

/// A descriptor, if there is one, and what it referred to: kept for the life of the process.
pub(crate) struct Kept {
    /// -1: there is none.
    number: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
}

impl Kept {
    pub(crate) const fn none() -> Self {
        Self { number: AtomicI32::new(-1), device: AtomicU64::new(0), inode: AtomicU64::new(0) }
    }

    /// Takes `descriptor` over, for the life of the process.
    pub(crate) fn keep(&self, descriptor: OwnedFd) {
        self.remember(descriptor.into_raw_fd());
    }

    /// From here on it is what `number` refers to now.
    pub(crate) fn remember(&self, number: RawFd) {
        let Ok(file) = OpenFile::behind(number) else { return };
        self.device.store(file.device, Relaxed);
        self.inode.store(file.inode, Relaxed);
        self.number.store(number, SeqCst);
    }

    /// The descriptor, if it is still the same.
    pub(crate) fn get(&self) -> Option<RawFd> {
        let number = self.number.load(SeqCst);
        let file = OpenFile { device: self.device.load(Relaxed), inode: self.inode.load(Relaxed) };
        (number >= 0 && file.is_behind(number)).then_some(number)
    }

    /// Whether there was one, and somebody has closed it.
    pub(crate) fn is_lost(&self) -> bool {
        self.number.load(SeqCst) >= 0 && self.get().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_was_closed_or_given_to_another_file_is_lost() {
        static KEPT: Kept = Kept::none();
        assert_eq!((KEPT.get(), KEPT.is_lost()), (None, false));
        let (reader, writer) = io::pipe().unwrap();
        let (other, _) = io::pipe().unwrap();
        let number = writer.as_raw_fd();
        KEPT.keep(writer.into());
        assert_eq!((KEPT.get(), KEPT.is_lost()), (Some(number), false));
        // SAFETY: the number is `KEPT`'s, which this test owns.
        unsafe { libc::dup2(other.as_raw_fd(), number) };
        assert_eq!((KEPT.get(), KEPT.is_lost()), (None, true));
        KEPT.remember(number);
        assert_eq!(KEPT.get(), Some(number));
        // SAFETY: as above.
        unsafe { libc::close(number) };
        assert_eq!((KEPT.get(), KEPT.is_lost()), (None, true));
        drop(reader);
    }

    #[test]
    fn a_number_that_went_to_another_file_is_not_closed() {
        let (_reader, writer) = io::pipe().unwrap();
        let (other, _writer) = io::pipe().unwrap();
        let guarded = Guarded::new(writer.into()).unwrap();
        let number = guarded.number().unwrap();
        // SAFETY: the number is `guarded`'s, which knows.
        unsafe { libc::dup2(other.as_raw_fd(), number) };
        assert_eq!(guarded.number(), None);
        drop(guarded);
        // SAFETY: the copy of `other`, which is to be closed once.
        assert_eq!(unsafe { libc::close(number) }, 0, "still open");
        let guarded = Guarded::new(other.into()).unwrap();
        let number = guarded.number().unwrap();
        drop(guarded);
        assert!(OpenFile::behind(number).is_err(), "closed");
    }
}
