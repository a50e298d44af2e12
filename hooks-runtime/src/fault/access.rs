//! Reading and writing a map.

use super::sys::{self, Outcome};
use super::{Fault, FaultKind, GuardedMap, PlainData, scope};
use std::mem::MaybeUninit;

impl GuardedMap {
    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// The [`Fault`]; what comes before it is in the buffer. In a fn with `#[panic_on_fault]` for this map it is a panic.
    ///
    /// Cost: that of `memcpy`, and of two signals where there is a fault.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// map.write_at(4090, b"end")?;
    /// let mut read = [0; 3];
    /// map.read_at(4090, &mut read)?;
    /// assert_eq!(read, *b"end");
    /// assert_eq!(map.read_at(4094, &mut read).unwrap_err().offset, 4094); // out of bounds
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn read_at(&self, offset: usize, buffer: &mut [u8]) -> Result<(), Fault> {
        // SAFETY: a buffer of this length.
        unsafe { self.read_to(offset, buffer.as_mut_ptr(), buffer.len()) }
    }

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// The [`Fault`]; what comes before it is written. In a fn with `#[panic_on_fault]` for this map it is a panic.
    ///
    /// Cost: as that of `memcpy`, and a call.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// map.write_at(4092, b"tail")?;
    /// assert!(map.write_at(4093, b"tail").is_err(), "its end is outside");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn write_at(&self, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
        // SAFETY: bytes of this length.
        unsafe { self.write_from(offset, bytes.as_ptr(), bytes.len()) }
    }

    /// The value at `offset`, which need not be aligned.
    ///
    /// # Errors
    /// The [`Fault`]. In a fn with `#[panic_on_fault]` for this map it is a panic.
    ///
    /// Cost: for 4 and 8 bytes a call and a load.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// map.set(3, 7_u32)?;
    /// assert_eq!(map.get::<u32>(3)?, 7);
    /// assert!(map.get::<u32>(4093).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn get<T: PlainData>(&self, offset: usize) -> Result<T, Fault> {
        let mut value = MaybeUninit::<T>::uninit();
        let size = size_of::<T>();
        if size == 4 || size == 8 {
            if !self.contains(offset, size) {
                return Err(self.refused(offset, size));
            }
            let from = self.as_ptr().wrapping_add(offset);
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

    /// Writes a value at `offset`, which need not be aligned. See the example of [`get`](Self::get).
    ///
    /// # Errors
    /// The [`Fault`]. In a fn with `#[panic_on_fault]` for this map it is a panic.
    #[inline]
    #[track_caller]
    pub fn set<T: PlainData>(&self, offset: usize, value: T) -> Result<(), Fault> {
        // SAFETY: a value of this size, without padding.
        unsafe { self.write_from(offset, (&raw const value).cast(), size_of::<T>()) }
    }

    /// Reads what can be read: the number of bytes, and the fault that ended it.
    pub(super) fn read_some(&self, offset: usize, buffer: &mut [u8]) -> (usize, Option<Fault>) {
        let length = buffer.len().min(self.len().saturating_sub(offset));
        let whole = self.lost_from().map_or(length, |lost| lost.saturating_sub(offset).min(length));
        // SAFETY: `whole` bytes of a buffer, and of the map.
        let outcome = unsafe { sys::read(buffer.as_mut_ptr(), self.as_ptr().wrapping_add(offset), whole) };
        let read = whole - outcome.left;
        if sys::lost_any() {
            let still = self.lost_from().map_or(read, |lost| lost.saturating_sub(offset));
            if still < read {
                return (still, Some(self.fault_at(offset + still, FaultKind::MappingLost)));
            }
        }
        let fault = match outcome {
            Outcome { left: 0, .. } if whole == length => None,
            Outcome { left: 0, .. } => Some(self.fault_at(offset + whole, FaultKind::MappingLost)),
            Outcome { kind, .. } => Some(self.fault_at(offset + read, FaultKind::of_number(kind))),
        };
        (read, fault)
    }

    /// # Safety
    /// `to` is valid for writes of `length` bytes.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a few instructions round the copy")]
    #[track_caller]
    unsafe fn read_to(&self, offset: usize, to: *mut u8, length: usize) -> Result<(), Fault> {
        if !self.contains(offset, length) {
            return Err(self.refused(offset, length));
        }
        let from = self.as_ptr().wrapping_add(offset);
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
    #[track_caller]
    unsafe fn write_from(&self, offset: usize, from: *const u8, length: usize) -> Result<(), Fault> {
        if !self.contains(offset, length) {
            return Err(self.refused(offset, length));
        }
        // SAFETY: the caller's; the addresses are of this map, to which nobody has a reference.
        let outcome = unsafe { sys::write(self.as_ptr().wrapping_add(offset), from, length) };
        self.settle(offset, length, outcome)
    }

    #[inline]
    fn contains(&self, offset: usize, length: usize) -> bool {
        offset <= self.len() && length <= self.len() - offset
    }

    /// Inlined where all went well and no slice of the process has put zeros anywhere.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a few instructions that decide what a short copy takes")]
    #[track_caller]
    fn settle(&self, offset: usize, length: usize, outcome: Outcome) -> Result<(), Fault> {
        if outcome.left == 0 && !sys::lost_any() {
            Ok(())
        } else {
            self.settle_apart(offset, length, outcome)
        }
    }

    #[inline(never)]
    #[track_caller]
    fn settle_apart(&self, offset: usize, length: usize, outcome: Outcome) -> Result<(), Fault> {
        // What was copied may be zeros, where a slice was poisoned before or meanwhile.
        let end = offset + length - outcome.left;
        if self.lost_from().is_some_and(|lost| lost < end) {
            return Err(self.refused(offset, length));
        }
        if outcome.left == 0 { Ok(()) } else { Err(self.fault(end, outcome.kind)) }
    }

    #[cold]
    #[track_caller]
    fn refused(&self, offset: usize, length: usize) -> Fault {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.len());
        match self.lost_from() {
            Some(lost) if inside => {
                scope::raised(self, self.fault_at(lost.max(offset), FaultKind::MappingLost))
            }
            _ => scope::raised(self, self.fault_at(offset, FaultKind::OutOfBounds)),
        }
    }

    #[cold]
    #[track_caller]
    fn fault(&self, offset: usize, kind: usize) -> Fault {
        scope::raised(self, self.fault_at(offset, FaultKind::of_number(kind)))
    }

    pub(super) fn fault_at(&self, offset: usize, kind: FaultKind) -> Fault {
        Fault { address: self.as_ptr().addr().wrapping_add(offset), offset, kind }
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
