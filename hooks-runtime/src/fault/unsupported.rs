//! Other systems and machines: there is no map, so nothing that would need one is ever called.

use std::io;

pub mod interface {
    //! No signals are taken here.

    /// Nothing: no signals are taken here.
    pub fn step_in_front() {}
}

const UNREACHABLE: &str = "without a system to map memory there is no map";

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

pub(super) static ROUTINES: Routines = Routines { load_4: load, load_8: load };
impl Routines {
    #[allow(clippy::unused_self)]
    pub(super) fn short_read(&self) -> unsafe fn(*mut u8, *const u8, usize) -> Outcome {
        read
    }
}

pub(super) const SHORT: usize = 128;

unsafe fn load(_from: *const u8) -> Loaded {
    unreachable!("{UNREACHABLE}")
}

pub(super) unsafe fn read(_to: *mut u8, _from: *const u8, _length: usize) -> Outcome {
    unreachable!("{UNREACHABLE}")
}

pub(super) unsafe fn write(_to: *mut u8, _from: *const u8, _length: usize) -> Outcome {
    unreachable!("{UNREACHABLE}")
}

pub(super) fn prepare() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
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

pub(super) enum Memory {}

impl Memory {
    #[cfg(unix)]
    pub(super) fn of_file(
        _file: std::os::fd::BorrowedFd<'_>,
        _range: Option<std::ops::Range<u64>>,
        _writable: bool,
    ) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn anonymous(_length: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn of_others(_start: *mut u8, _length: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn start(&self) -> *mut u8 {
        match *self {}
    }

    pub(super) fn len(&self) -> usize {
        match *self {}
    }

    pub(super) fn keeps_its_length(&self) -> bool {
        match *self {}
    }

    pub(super) fn keeps_its_bytes(&self) -> bool {
        match *self {}
    }
}

pub(super) fn lost_any() -> bool {
    unreachable!("{UNREACHABLE}")
}

pub(super) enum Slot {}

impl Slot {
    pub(super) fn claim(_start: usize, _length: usize) -> &'static Slot {
        unreachable!("{UNREACHABLE}")
    }

    pub(super) fn learn_of_others(&self) {
        match *self {}
    }

    pub(super) fn allow_slices(&self) {
        match *self {}
    }

    pub(super) fn release(&'static self) -> bool {
        match *self {}
    }

    pub(super) fn lost_from(&self) -> Option<usize> {
        match *self {}
    }
}
