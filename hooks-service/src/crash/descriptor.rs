//! SIGNAL HANDLER. Descriptors that are kept for the life of the process. Each is looked at before it is used, so that a report
//! is never written into a file of somebody who closed it and got its number.

use crate::open_file::OpenFile;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// A descriptor, if there is one, and what it referred to.
pub(super) struct Kept {
    /// -1: there is none.
    number: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
}

impl Kept {
    pub(super) const fn none() -> Self {
        Self { number: AtomicI32::new(-1), device: AtomicU64::new(0), inode: AtomicU64::new(0) }
    }

    /// Takes `descriptor` over, for the life of the process.
    pub(super) fn keep(&self, descriptor: OwnedFd) {
        self.remember(descriptor.into_raw_fd());
    }

    /// From here on it is what `number` refers to now.
    pub(super) fn remember(&self, number: RawFd) {
        let Ok(file) = OpenFile::behind(number) else { return };
        self.device.store(file.device, Relaxed);
        self.inode.store(file.inode, Relaxed);
        self.number.store(number, SeqCst);
    }

    /// The descriptor, if it is still the same.
    pub(super) fn get(&self) -> Option<RawFd> {
        let number = self.number.load(SeqCst);
        let file = OpenFile { device: self.device.load(Relaxed), inode: self.inode.load(Relaxed) };
        (number >= 0 && file.is_behind(number)).then_some(number)
    }

    /// Whether there was one, and somebody has closed it.
    pub(super) fn is_lost(&self) -> bool {
        self.number.load(SeqCst) >= 0 && self.get().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_number_that_was_closed_or_given_to_another_file_is_lost() {
        static KEPT: Kept = Kept::none();
        assert_eq!((KEPT.get(), KEPT.is_lost()), (None, false));
        let (reader, writer) = std::io::pipe().unwrap();
        let (other, _) = std::io::pipe().unwrap();
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
}
