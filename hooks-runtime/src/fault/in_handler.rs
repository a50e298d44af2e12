//! Accesses to a map as they are done: what a fault becomes, an `Err` or a panic, is their caller's matter.
//!
//! For signal handlers of users': nothing in this file panics, allocates, locks, or asks for anything of the thread.

use super::sys::{self, Outcome};
use super::{Fault, FaultKind, GuardedMap, PlainData};
use std::mem::MaybeUninit;

/// A map as a signal handler may use it; see [`GuardedMap::in_handler`].
#[derive(Clone, Copy, Debug)]
pub struct InHandler<'a>(&'a GuardedMap);

impl GuardedMap {
    /// The map for a handler of another signal: a fault is always the `Err`, also where the handler has interrupted a fn with
    /// `#[panic_on_fault]` for this map. The methods of the map itself would panic there, and a panic is no thing for a
    /// handler.
    ///
    /// Async-signal-safe: no allocation, no lock, no panic, no thread-local, `errno` untouched.
    ///
    /// ```
    /// use hooks_runtime::fault::GuardedMap;
    /// use std::sync::OnceLock;
    ///
    /// static COUNTERS: OnceLock<GuardedMap> = OnceLock::new();
    ///
    /// extern "C" fn handle(_: i32) {
    ///     if let Some(map) = COUNTERS.get() {
    ///         let count = map.in_handler().get::<u64>(0).unwrap_or(0);
    ///         let _ = map.in_handler().set(0, count + 1);
    ///     }
    /// }
    ///
    /// # let map = COUNTERS.get_or_init(|| GuardedMap::map_anon(4096).unwrap());
    /// # handle(0);
    /// # assert_eq!(map.get::<u64>(0), Ok(1));
    /// ```
    #[inline]
    pub fn in_handler(&self) -> InHandler<'_> {
        InHandler(self)
    }

    #[inline]
    fn contains(&self, offset: usize, length: usize) -> bool {
        offset <= self.len() && length <= self.len() - offset
    }

    pub(super) fn fault_at(&self, offset: usize, kind: FaultKind) -> Fault {
        Fault { address: self.as_ptr().addr().wrapping_add(offset), offset, kind }
    }
}

impl InHandler<'_> {
    /// As [`GuardedMap::read_at`].
    ///
    /// # Errors
    /// The [`Fault`]; what comes before it is in the buffer.
    #[inline]
    pub fn read_at(self, offset: usize, buffer: &mut [u8]) -> Result<(), Fault> {
        // SAFETY: a buffer of this length.
        unsafe { self.read_to(offset, buffer.as_mut_ptr(), buffer.len()) }
    }

    /// As [`GuardedMap::write_at`].
    ///
    /// # Errors
    /// The [`Fault`]; what comes before it is written.
    #[inline]
    pub fn write_at(self, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
        // SAFETY: bytes of this length.
        unsafe { self.write_from(offset, bytes.as_ptr(), bytes.len()) }
    }

    /// As [`GuardedMap::get`].
    ///
    /// # Errors
    /// The [`Fault`].
    #[inline]
    pub fn get<T: PlainData>(self, offset: usize) -> Result<T, Fault> {
        let mut value = MaybeUninit::<T>::uninit();
        let size = size_of::<T>();
        if size == 4 || size == 8 {
            if !self.0.contains(offset, size) {
                return Err(self.refused(offset, size));
            }
            let from = self.0.as_ptr().wrapping_add(offset);
            let load = if size == 8 { sys::ROUTINES.load_8 } else { sys::ROUTINES.load_4 };
            // SAFETY: the address is of this map.
            let loaded = unsafe { load(from) };
            let left = if loaded.kind == 0 { 0 } else { size };
            self.settle(offset, size, Outcome { left, kind: loaded.kind })?;
            #[cfg(target_endian = "little")]
            let bytes = (&raw const loaded.value).cast::<u8>();
            #[cfg(target_endian = "big")]
            let bytes = (&raw const loaded.value).cast::<u8>().wrapping_add(8 - size);
            // SAFETY: as many bytes of a `u64` as it was loaded with.
            unsafe { value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes, size) };
        } else {
            // SAFETY: room for a value of this size.
            unsafe { self.read_to(offset, value.as_mut_ptr().cast(), size) }?;
        }
        // SAFETY: every byte of it was read, and any bytes are a value.
        Ok(unsafe { value.assume_init() })
    }

    /// As [`GuardedMap::set`].
    ///
    /// # Errors
    /// The [`Fault`].
    #[inline]
    pub fn set<T: PlainData>(self, offset: usize, value: T) -> Result<(), Fault> {
        // SAFETY: a value of this size, without padding.
        unsafe { self.write_from(offset, (&raw const value).cast(), size_of::<T>()) }
    }

    /// Reads what can be read: the number of bytes, and the fault that ended it.
    pub(super) fn read_some(self, offset: usize, buffer: &mut [u8]) -> (usize, Option<Fault>) {
        let map = self.0;
        let length = buffer.len().min(map.len().saturating_sub(offset));
        let whole = map.lost_from().map_or(length, |lost| lost.saturating_sub(offset).min(length));
        // SAFETY: `whole` bytes of a buffer, and of the map.
        let outcome = unsafe { sys::read(buffer.as_mut_ptr(), map.as_ptr().wrapping_add(offset), whole) };
        let read = whole - outcome.left;
        if sys::lost_any() {
            let still = map.lost_from().map_or(read, |lost| lost.saturating_sub(offset));
            if still < read {
                return (still, Some(map.fault_at(offset + still, FaultKind::MappingLost)));
            }
        }
        let fault = match outcome {
            Outcome { left: 0, .. } if whole == length => None,
            Outcome { left: 0, .. } => Some(map.fault_at(offset + whole, FaultKind::MappingLost)),
            Outcome { kind, .. } => Some(map.fault_at(offset + read, FaultKind::of_number(kind))),
        };
        (read, fault)
    }

    /// # Safety
    /// `to` is valid for writes of `length` bytes.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a few instructions round the copy")]
    unsafe fn read_to(self, offset: usize, to: *mut u8, length: usize) -> Result<(), Fault> {
        if !self.0.contains(offset, length) {
            return Err(self.refused(offset, length));
        }
        let from = self.0.as_ptr().wrapping_add(offset);
        let outcome = if length <= sys::SHORT {
            // SAFETY: the caller's, and the addresses are of this map.
            unsafe { sys::ROUTINES.short_read()(to, from, length) }
        } else {
            // SAFETY: as above.
            unsafe { sys::read(to, from, length) }
        };
        self.settle(offset, length, outcome)
    }

    /// # Safety
    /// `from` is valid for reads of `length` bytes.
    unsafe fn write_from(self, offset: usize, from: *const u8, length: usize) -> Result<(), Fault> {
        if !self.0.contains(offset, length) {
            return Err(self.refused(offset, length));
        }
        // SAFETY: the caller's; the addresses are of this map, to which nobody has a reference.
        let outcome = unsafe { sys::write(self.0.as_ptr().wrapping_add(offset), from, length) };
        self.settle(offset, length, outcome)
    }

    /// Inlined where all went well and no slice of the process has put zeros anywhere.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a few instructions that decide what a short copy takes")]
    fn settle(self, offset: usize, length: usize, outcome: Outcome) -> Result<(), Fault> {
        if outcome.left == 0 && !sys::lost_any() {
            Ok(())
        } else {
            self.settle_apart(offset, length, outcome)
        }
    }

    #[inline(never)]
    fn settle_apart(self, offset: usize, length: usize, outcome: Outcome) -> Result<(), Fault> {
        // What was copied may be zeros, where a slice was poisoned before or meanwhile.
        let end = offset + length - outcome.left;
        if self.0.lost_from().is_some_and(|lost| lost < end) {
            return Err(self.refused(offset, length));
        }
        if outcome.left == 0 { Ok(()) } else { Err(self.0.fault_at(end, FaultKind::of_number(outcome.kind))) }
    }

    #[cold]
    fn refused(self, offset: usize, length: usize) -> Fault {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.0.len());
        match self.0.lost_from() {
            Some(lost) if inside => self.0.fault_at(lost.max(offset), FaultKind::MappingLost),
            _ => self.0.fault_at(offset, FaultKind::OutOfBounds),
        }
    }
}

impl FaultKind {
    /// What the handler passed on as a number.
    pub(super) fn of_number(kind: usize) -> FaultKind {
        use sys::Kind::{Lost, MemoryFailure, NotMapped, NotPermitted};
        let kinds = [
            (Lost, FaultKind::MappingLost),
            (NotMapped, FaultKind::NotMapped),
            (NotPermitted, FaultKind::NotPermitted),
            (MemoryFailure, FaultKind::MemoryFailure),
        ];
        kinds
            .iter()
            .find(|(number, _)| *number as usize == kind)
            .map_or(FaultKind::NotMapped, |(_, kind)| *kind)
    }
}
