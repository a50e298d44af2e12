//! What happened where memory should have been.

use std::{fmt, io};

/// An access to a [`GuardedMap`](super::GuardedMap) that could not be done.
///
/// It is the `Err` of the map's methods, and in a fn with `#[panic_on_fault]` the payload of the panic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The first address that could not be accessed.
    pub address: usize,
    /// The same, in bytes from the start of the map.
    pub offset: usize,
    /// Why not.
    pub kind: FaultKind,
}

/// Why memory could not be accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// The mapping has no page there any more (`SIGBUS`): the file was truncated, its disk or tmpfs is full, or could not
    /// be read.
    MappingLost,
    /// Nothing is mapped there (`SEGV_MAPERR`).
    NotMapped,
    /// The mapping does not permit the access (`SEGV_ACCERR`): a write to [`Access::Read`](super::Access::Read).
    NotPermitted,
    /// The memory itself is broken (`BUS_MCEERR_AR`).
    MemoryFailure,
    /// It is outside of the map; nothing was accessed.
    OutOfBounds,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::MappingLost => "the mapping is lost (file truncated, disk full or unreadable)",
            FaultKind::NotMapped => "nothing is mapped there",
            FaultKind::NotPermitted => "the mapping does not permit it",
            FaultKind::MemoryFailure => "the memory is broken",
            FaultKind::OutOfBounds => "it is outside of the map",
        })
    }
}

/// `fault at offset 8192 of the map (0x7f1c00002000): the mapping is lost (..)`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault at offset {} of the map ({:#x}): {}", self.offset, self.address, self.kind)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        io::Error::other(fault)
    }
}
