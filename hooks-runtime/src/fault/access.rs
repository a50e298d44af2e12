//! Reading and writing a map, where a fault may be a panic.

use super::{Fault, GuardedMap, PlainData, scope};

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
        raise(self, self.in_handler().read_at(offset, buffer))
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
        raise(self, self.in_handler().write_at(offset, bytes))
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
        raise(self, self.in_handler().get(offset))
    }

    /// Writes a value at `offset`, which need not be aligned. See the example of [`get`](Self::get).
    ///
    /// # Errors
    /// The [`Fault`]. In a fn with `#[panic_on_fault]` for this map it is a panic.
    #[inline]
    #[track_caller]
    pub fn set<T: PlainData>(&self, offset: usize, value: T) -> Result<(), Fault> {
        raise(self, self.in_handler().set(offset, value))
    }
}

/// The fault of an access is a panic where the thread is in a fn that asked for that.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a look at whether there is a fault")]
#[track_caller]
fn raise<T>(map: &GuardedMap, outcome: Result<T, Fault>) -> Result<T, Fault> {
    match outcome {
        Ok(value) => Ok(value),
        Err(fault) => Err(scope::raised(map, fault)),
    }
}
