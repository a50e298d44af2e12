//! Mappings of the system.

use crate::signals::stack::page_size;
use std::ffi::c_void;
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

/// A range of addresses, and whether it is ours to unmap.
pub(in crate::fault) struct Memory {
    start: NonNull<u8>,
    length: usize,
    owned: bool,
    /// The system promises that the file does not get shorter.
    keeps_its_length: bool,
    /// And that nobody writes to it.
    keeps_its_bytes: bool,
}

impl Memory {
    /// A part of a file, or the whole.
    pub(in crate::fault) fn of_file(
        file: BorrowedFd<'_>,
        range: Option<Range<u64>>,
        writable: bool,
    ) -> io::Result<Self> {
        // The seals first: what is sealed does not get shorter between the two questions.
        let (seals, size) = (seals(file), size(file)?);
        let range = range.unwrap_or(0..size);
        let shrinks = seals & libc::F_SEAL_SHRINK == 0 || range.end > size;
        let offset = i64::try_from(range.start).map_err(|_| io::ErrorKind::InvalidInput)?;
        let length = range.end.checked_sub(range.start).and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        let protection = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        let start = map(length, protection, libc::MAP_SHARED, file.as_raw_fd(), offset)?;
        let keeps_its_bytes = !shrinks && seals & libc::F_SEAL_WRITE != 0;
        Ok(Memory { start, length, owned: true, keeps_its_length: !shrinks, keeps_its_bytes })
    }

    /// Memory of the process alone.
    pub(in crate::fault) fn anonymous(length: usize) -> io::Result<Self> {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let start = map(length, protection, flags, -1, 0)?;
        Ok(Memory { start, length, owned: true, keeps_its_length: false, keeps_its_bytes: false })
    }

    /// What somebody else has mapped.
    pub(in crate::fault) fn of_others(start: *mut u8, length: usize) -> io::Result<Self> {
        let fits = start.addr().checked_add(length).is_some() && isize::try_from(length).is_ok();
        let start = NonNull::new(start).filter(|start| fits && start.addr().get() % page_size() == 0);
        let start = start.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Memory { start, length, owned: false, keeps_its_length: false, keeps_its_bytes: false })
    }

    #[inline]
    pub(in crate::fault) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    #[inline]
    pub(in crate::fault) fn len(&self) -> usize {
        self.length
    }

    pub(in crate::fault) fn keeps_its_length(&self) -> bool {
        self.keeps_its_length
    }

    pub(in crate::fault) fn keeps_its_bytes(&self) -> bool {
        self.keeps_its_bytes
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.owned && self.length > 0 {
            // SAFETY: mapped by us, and whoever had a borrow of it is gone.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.length) };
        }
    }
}

fn map(length: usize, protection: i32, flags: i32, file: i32, offset: i64) -> io::Result<NonNull<u8>> {
    if length == 0 {
        return Ok(NonNull::dangling());
    }
    if isize::try_from(length).is_err() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: new memory, at an address that the system chooses.
    let start = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, file, offset) };
    let start = Some(start).filter(|start| *start != libc::MAP_FAILED).and_then(NonNull::<c_void>::new);
    start.map(NonNull::cast).ok_or_else(io::Error::last_os_error)
}

fn size(file: BorrowedFd<'_>) -> io::Result<u64> {
    // SAFETY: plain data, of which all zeroes are valid.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open while it is borrowed; points to a local.
    if unsafe { libc::fstat(file.as_raw_fd(), &raw mut status) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(status.st_size.unsigned_abs())
}

/// None for a file that has no seals, which is every file on a disk.
fn seals(file: BorrowedFd<'_>) -> i32 {
    // SAFETY: no memory is passed.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) }.max(0)
}
