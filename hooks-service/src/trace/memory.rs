//! Memory for an area: shared, so that it outlives the process, in a file without a name or in one that the program names.
//!
//! It is never unmapped, as a thread may be about to record at any time; what it had is given back to the kernel.

use super::error::Error;
use std::fs::File;
use std::sync::atomic::AtomicU64;

/// See the module.
#[derive(Debug)]
pub(crate) struct Memory {
    words: &'static [AtomicU64],
    file: File,
}

impl Memory {
    /// Zeroes, in a file that has no name and is gone with the last who has it open or mapped.
    pub(crate) fn unnamed(words: usize) -> Result<Self, Error> {
        Self::of_file(system::unnamed()?, words)
    }

    /// The start of this file, which becomes as long as is needed; what it had is still there. Nobody may cut it: that ends
    /// the process by `SIGBUS`.
    pub(crate) fn of_file(file: File, words: usize) -> Result<Self, Error> {
        let length = words.checked_mul(8).ok_or(Error::Unsupported)?;
        if file.metadata().map_err(Error::kernel("fstat"))?.len() < length as u64 {
            file.set_len(length as u64).map_err(Error::kernel("ftruncate"))?;
        }
        Ok(Self { words: system::map(&file, words)?, file })
    }

    /// The memory.
    pub(crate) fn words(&self) -> &'static [AtomicU64] {
        self.words
    }

    /// What it is of, for another process to map.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// It is zeroes again, and takes no memory until it is written to. Nobody writes it.
    pub(crate) fn give_back(&self) {
        system::give_back(self.words);
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::Error;
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::sync::atomic::AtomicU64;

    pub(super) fn unnamed() -> Result<File, Error> {
        // SAFETY: a name that ends.
        let made = unsafe { libc::memfd_create(c"hooks-trace".as_ptr(), libc::MFD_CLOEXEC) };
        if made < 0 {
            return Err(Error::kernel("memfd_create")(io::Error::last_os_error()));
        }
        // SAFETY: just made, and nobody else's.
        Ok(File::from(unsafe { OwnedFd::from_raw_fd(made) }))
    }

    pub(super) fn map(file: &File, words: usize) -> Result<&'static [AtomicU64], Error> {
        let (access, shared) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), words * 8, access, shared, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(Error::kernel("mmap")(io::Error::last_os_error()));
        }
        // SAFETY: mapped just now, aligned to a page, for the life of the process; any bits are a number, and whoever else maps
        // the file changes whole words at most.
        Ok(unsafe { std::slice::from_raw_parts(start.cast(), words) })
    }

    pub(super) fn give_back(words: &'static [AtomicU64]) {
        let start = words.as_ptr().cast_mut().cast();
        // SAFETY: the whole of a mapping of ours, which stays; that its words become zero is what the caller asks for. What is
        // refused stays as it is, and is written over when it is used again.
        unsafe { libc::madvise(start, size_of_val(words), libc::MADV_REMOVE) };
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Error;
    use std::fs::File;
    use std::sync::atomic::AtomicU64;

    pub(super) fn unnamed() -> Result<File, Error> {
        Err(Error::Unsupported)
    }

    pub(super) fn map(_: &File, _: usize) -> Result<&'static [AtomicU64], Error> {
        Err(Error::Unsupported)
    }

    pub(super) fn give_back(_: &'static [AtomicU64]) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn it_is_shared_with_whoever_maps_the_file_and_given_back() {
        let memory = Memory::unnamed(1 << 16).unwrap();
        assert!(memory.words().iter().all(|word| word.load(Relaxed) == 0));
        memory.words()[70].store(7, Relaxed);
        memory.words()[60_000].store(9, Relaxed);
        let other = Memory::of_file(memory.file().try_clone().unwrap(), 1 << 16).unwrap();
        assert_eq!((other.words()[70].load(Relaxed), other.words()[60_000].load(Relaxed)), (7, 9));
        assert!(memory.file().metadata().unwrap().blocks() > 0);
        memory.give_back();
        assert_eq!(memory.file().metadata().unwrap().blocks(), 0, "the kernel has it");
        assert_eq!(other.words()[70].load(Relaxed), 0);
    }

    #[test]
    fn a_named_file_keeps_what_it_had() {
        let file = tempfile::tempfile().unwrap();
        Memory::of_file(file.try_clone().unwrap(), 512).unwrap().words()[511].store(3, Relaxed);
        let again = Memory::of_file(file, 1024).unwrap();
        assert_eq!((again.words()[511].load(Relaxed), again.words()[1023].load(Relaxed)), (3, 0));
    }
}
