//! Maps without guards. In Miri, which knows no signals: memory of the allocator, whose bytes cannot go away, so that annotated
//! code runs. On other systems and machines there is no map, and so nothing else of this is ever called.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::io;
use std::ptr::NonNull;

pub mod interface {
    //! No signals are taken here.

    /// Nothing: no signals are taken here.
    pub fn step_in_front() {}
}

const PAGE: usize = 4096;

/// Nothing faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(dead_code)]
pub(super) enum Kind {
    Lost = 1,
    NotMapped = 2,
    NotPermitted = 3,
    MemoryFailure = 4,
}

#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) left: usize,
    pub(super) kind: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Loaded {
    pub(super) value: u64,
    pub(super) kind: usize,
}

pub(super) struct Routines {
    pub(super) load_4: unsafe fn(*const u8) -> Loaded,
    pub(super) load_8: unsafe fn(*const u8) -> Loaded,
}

pub(super) static ROUTINES: Routines = Routines { load_4, load_8 };

impl Routines {
    #[allow(clippy::unused_self)]
    pub(super) fn short_read(&self) -> unsafe fn(*mut u8, *const u8, usize) -> Outcome {
        read
    }
}

pub(super) const SHORT: usize = 128;

unsafe fn load_4(from: *const u8) -> Loaded {
    // SAFETY: the caller's; of memory that is there.
    Loaded { value: unsafe { from.cast::<u32>().read_volatile() }.into(), kind: 0 }
}

unsafe fn load_8(from: *const u8) -> Loaded {
    // SAFETY: as above.
    Loaded { value: unsafe { from.cast::<u64>().read_volatile() }, kind: 0 }
}

pub(super) unsafe fn read(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's; of memory that is there.
    unsafe { from.copy_to(to, length) };
    Outcome { left: 0, kind: 0 }
}

pub(super) unsafe fn write(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: as for `read`.
    unsafe { read(to, from, length) }
}

pub(super) fn prepare() -> io::Result<()> {
    if cfg!(miri) { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
}

pub(super) fn prepare_thread() {}

pub(super) fn prepare_thread_now_and_then() {}

/// Somebody who had put a handler in front of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Displaced {
    /// The signal.
    pub signal: i32,
    /// The program or library that the handler is in.
    pub library: Option<String>,
}

pub(super) fn check_owner() -> Vec<Displaced> {
    Vec::new()
}

pub(super) fn counts() -> [u64; 4] {
    [0; 4]
}

/// A range of addresses, and what is ours of it.
pub(super) struct Memory {
    start: NonNull<u8>,
    length: usize,
    owned: Option<Layout>,
}

impl Memory {
    /// Not even in Miri: it maps no files.
    #[cfg(unix)]
    pub(super) fn of_file(
        _: std::os::fd::BorrowedFd<'_>,
        _: Option<std::ops::Range<u64>>,
        _: bool,
    ) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn anonymous(length: usize) -> io::Result<Self> {
        let size = length.checked_next_multiple_of(PAGE).unwrap_or(0).max(PAGE);
        let layout = Layout::from_size_align(size, PAGE).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Memory { start, length, owned: Some(layout) })
    }

    pub(super) fn of_others(start: *mut u8, length: usize) -> io::Result<Self> {
        let start = NonNull::new(start).filter(|start| start.addr().get() % PAGE == 0);
        Ok(Memory { start: start.ok_or(io::ErrorKind::InvalidInput)?, length, owned: None })
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    #[allow(clippy::unused_self)]
    pub(super) fn keeps_its_length(&self) -> bool {
        false
    }

    #[allow(clippy::unused_self)]
    pub(super) fn keeps_its_bytes(&self) -> bool {
        false
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(layout) = self.owned {
            // SAFETY: of the allocator, with this layout.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}

pub(super) fn lost_any() -> bool {
    false
}

/// What the handler would find a map by.
pub(super) struct Slot;

#[allow(clippy::unused_self)]
impl Slot {
    pub(super) fn claim(_: usize, _: usize) -> &'static Slot {
        &Slot
    }

    pub(super) fn learn_of_others(&self) {}

    pub(super) fn allow_slices(&self) {}

    pub(super) fn release(&'static self) -> bool {
        true
    }

    pub(super) fn lost_from(&self) -> Option<usize> {
        None
    }
}
