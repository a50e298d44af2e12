//! Anonymous memory straight from the kernel: zeroed, untouched pages cost nothing.

use std::io;

/// A private mapping that is unmapped on drop.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: *mut u8,
    length: usize,
}

// SAFETY: a mapping is memory, bound to no thread; who accesses what is the users' matter.
unsafe impl Send for Mapping {}
// SAFETY: as above; `Mapping` itself never reads or writes the memory.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `length` bytes of zeroes, readable and writable.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { start: start.cast(), length })
    }

    /// Makes `length` bytes from `offset` on inaccessible. Both are multiples of the page size.
    pub(crate) fn guard(&self, offset: usize, length: usize) -> io::Result<()> {
        assert!(offset + length <= self.length);
        // SAFETY: the range is inside of this mapping, which nobody uses yet.
        let failed = unsafe { libc::mprotect(self.start.add(offset).cast(), length, libc::PROT_NONE) } != 0;
        if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// The first byte.
    pub(crate) fn start(&self) -> *mut u8 {
        self.start
    }

    /// Size in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: we mapped it, and whoever owns the `Mapping` is done with the memory.
        unsafe { libc::munmap(self.start.cast(), self.length) };
    }
}

/// An address or size as the machine's own number: what unwinds is for 64-bit processors only.
#[allow(clippy::cast_possible_truncation, reason = "nothing is cut where both have 64 bits")]
pub(crate) const fn to_usize(number: u64) -> usize {
    number as usize
}
