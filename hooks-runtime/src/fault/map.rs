//! A range of memory whose faults are recovered.

use super::sys::{self, Memory, Slot};
use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::ops::Range;
#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a mapping of a file is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Reading. A write is [`FaultKind::NotPermitted`](super::FaultKind::NotPermitted).
    Read,
    /// Reading, and writing through to the file.
    ReadWrite,
}

/// A range of memory whose faults are recovered.
///
/// It does not deref to `[u8]`: a slice promises the compiler bytes that stay, and loads that end. Copies and loads go
/// through methods of this type; where code wants a slice there is [`with_slice`](Self::with_slice).
///
/// Threads may share it. What one writes while another reads is bytes of either, as for any file.
///
/// Cost: making one is the system calls for the mapping, two to see whether the signals are still ours, and those of
/// [`prepare_thread`](super::prepare_thread).
///
/// ```
/// use hooks_runtime::fault::GuardedMap;
///
/// let map = GuardedMap::map_anon(4096)?;
/// map.set(8, 7_u64)?;
/// assert_eq!(map.get::<u64>(8)?, 7);
/// assert!(map.get::<u64>(4096).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct GuardedMap {
    memory: ManuallyDrop<Memory>,
    slot: &'static Slot,
    id: u64,
}

// SAFETY: all access is by routines of assembly, by atomics, or argued for by an unsafe fn's caller; the memory belongs to
// no thread.
unsafe impl Send for GuardedMap {}
// SAFETY: as above.
unsafe impl Sync for GuardedMap {}

impl GuardedMap {
    /// Maps a whole file, as long as it is now, shared with whoever else has it mapped.
    ///
    /// # Errors
    /// What `mmap` returns; [`io::ErrorKind::Unsupported`] on other systems (see [the module](super)).
    ///
    /// ```
    /// use hooks_runtime::fault::{Access, GuardedMap};
    ///
    /// let map = GuardedMap::map_file(std::fs::File::open("/proc/self/exe")?, Access::Read)?;
    /// assert_eq!(map.get::<[u8; 4]>(0)?, *b"\x7fELF");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn map_file(file: impl AsFd, access: Access) -> io::Result<Self> {
        Self::of_file(&file, access, None)
    }

    /// Maps a part of a file. It starts at a multiple of the page's size, and may go on behind the file's end: there it
    /// faults until the file has grown.
    ///
    /// # Errors
    /// As [`map_file`](Self::map_file).
    ///
    /// ```
    /// use hooks_runtime::fault::{Access, FaultKind, GuardedMap};
    ///
    /// let program = std::fs::File::open("/proc/self/exe")?;
    /// let end = program.metadata()?.len().next_multiple_of(65536);
    /// let map = GuardedMap::map_file_range(&program, Access::Read, 0..end + 65536)?;
    /// let behind = map.get::<u8>(end as usize).unwrap_err();
    /// assert_eq!(behind.kind, FaultKind::MappingLost);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn map_file_range(file: impl AsFd, access: Access, range: Range<u64>) -> io::Result<Self> {
        Self::of_file(&file, access, Some(range))
    }

    #[cfg(unix)]
    fn of_file(file: &impl AsFd, access: Access, range: Option<Range<u64>>) -> io::Result<Self> {
        sys::prepare()?;
        Ok(Self::new(Memory::of_file(file.as_fd(), range, access == Access::ReadWrite)?))
    }

    #[cfg(not(unix))]
    fn of_file(_: &impl AsFd, _: Access, _: Option<Range<u64>>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Maps `length` bytes of zeros that are the process's own.
    ///
    /// # Errors
    /// As [`map_file`](Self::map_file).
    pub fn map_anon(length: usize) -> io::Result<Self> {
        sys::prepare()?;
        Ok(Self::new(Memory::anonymous(length)?))
    }

    /// Guards what somebody else has mapped: a device, shared memory of a C library. It is not unmapped.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] where `start` is not the start of a page; else as [`map_file`](Self::map_file).
    ///
    /// # Safety
    /// The pages of the range, the last one whole, belong to the caller until the map is dropped: nobody has a Rust
    /// reference to them, nothing else is mapped in their place, and [`with_slice`](Self::with_slice) may put zeros there.
    /// Another map may have pages of it; what the slice of one has lost is lost for both.
    ///
    /// ```
    /// use hooks_runtime::fault::GuardedMap;
    ///
    /// let other = GuardedMap::map_anon(4096)?; // in the place of a library's mapping
    /// // SAFETY: the page is there until the end of this example, and nobody has a reference to it.
    /// let map = unsafe { GuardedMap::register(other.as_ptr(), other.len()) }?;
    /// assert_eq!(map.get::<u64>(0)?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub unsafe fn register(start: *mut u8, length: usize) -> io::Result<Self> {
        sys::prepare()?;
        let map = Self::new(Memory::of_others(start, length)?);
        map.slot.learn_of_others();
        Ok(map)
    }

    fn new(memory: Memory) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let slot = Slot::claim(memory.start().addr(), memory.len());
        GuardedMap { memory: ManuallyDrop::new(memory), slot, id }
    }

    /// Bytes of the map, whether they are there or not.
    #[inline]
    pub fn len(&self) -> usize {
        self.memory.len()
    }

    /// Whether it has no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address of the first byte, for system calls, which return `EFAULT` where a page is lost. To read from it is
    /// not guarded.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use hooks_runtime::fault::GuardedMap;
    ///
    /// let map = GuardedMap::map_anon(4096)?;
    /// // SAFETY: the kernel reads what is there, and says what is not.
    /// let written = unsafe { libc::write(1, map.as_ptr().cast(), 0) };
    /// assert_eq!(written, 0);
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn as_ptr(&self) -> *mut u8 {
        self.memory.start()
    }

    /// Whether the system promises that no page is lost: the file is sealed against shrinking (`F_SEAL_SHRINK`), and so
    /// needs no guard.
    ///
    /// ```
    /// use hooks_runtime::fault::GuardedMap;
    ///
    /// let map = GuardedMap::map_anon(4096)?;
    /// assert!(!map.is_sealed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_sealed(&self) -> bool {
        self.memory.keeps_its_length()
    }

    /// The bytes themselves, of a file that is sealed against shrinking and against writing (`F_SEAL_SHRINK` and
    /// `F_SEAL_WRITE`): they can neither go away nor change.
    ///
    /// ```
    /// # use hooks_runtime::fault::{Access, GuardedMap};
    /// let map = GuardedMap::map_file(std::fs::File::open("/proc/self/exe")?, Access::Read)?;
    /// assert!(map.sealed_bytes().is_none()); // a file on a disk has no seals
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sealed_bytes(&self) -> Option<&[u8]> {
        // SAFETY: mapped, initialised, and the seals, which nobody can break, keep them so while the map lives.
        self.memory
            .keeps_its_bytes()
            .then(|| unsafe { std::slice::from_raw_parts(self.as_ptr(), self.len()) })
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn allow_slices(&self) {
        self.slot.allow_slices();
    }

    /// The first offset that a slice has lost, of this map or of another with the same pages.
    #[inline]
    pub(super) fn lost_from(&self) -> Option<usize> {
        self.slot.lost_from().map(|address| address - self.as_ptr().addr())
    }
}

impl Drop for GuardedMap {
    fn drop(&mut self) {
        // A handler that is still at work on it would map zeros where something else may be by then.
        if self.slot.release() {
            // SAFETY: here and nowhere else.
            unsafe { ManuallyDrop::drop(&mut self.memory) };
        }
    }
}

impl fmt::Debug for GuardedMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GuardedMap");
        shown.field("start", &self.as_ptr()).field("len", &self.len()).field("sealed", &self.is_sealed());
        shown.field("lost_from", &self.lost_from()).finish()
    }
}
