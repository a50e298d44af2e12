//! A map as a slice: a page that is lost becomes zeros, and the scope tells so at its end.

use super::{Fault, FaultKind, GuardedMap, scope, sys};
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// A byte that others may change: another process that has the file, or zeros in its place once it is lost.
#[repr(transparent)]
pub struct Byte(AtomicU8);

impl Byte {
    /// What it is now.
    #[inline]
    pub fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Byte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl GuardedMap {
    /// Calls `work` with the map as a slice. A page that is lost meanwhile reads as zeros, it and all behind it, and `work`
    /// goes on; its result is then not returned. The map stays poisoned: every later access to what was lost is a
    /// [`Fault`] at once, and so is the next slice.
    ///
    /// Of a [sealed](Self::is_sealed) file no page can be lost, and nothing is guarded.
    ///
    /// # Errors
    /// The [`Fault`], always a [`FaultKind::MappingLost`], when `work` has ended. In a fn with `#[panic_on_fault]` for this
    /// map it is a panic.
    ///
    /// Cost: nothing while the pages are there; one signal and one `mmap` when the first of them is lost.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// map.write_at(10, &[1, 2, 3])?;
    /// let sum = map.with_slice(|bytes| bytes.iter().map(|byte| u32::from(byte.get())).sum::<u32>())?;
    /// assert_eq!(sum, 6);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn with_slice<R>(&self, work: impl FnOnce(&[Byte]) -> R) -> Result<R, Fault> {
        self.sliced(|| {
            // SAFETY: mapped while the map lives, initialised, and atomics may be changed by others.
            work(unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), self.len()) })
        })
    }

    /// The same for code that takes `&[u8]`.
    ///
    /// # Errors
    /// As [`with_slice`](Self::with_slice). A system call that is given these bytes and finds a page lost returns `EFAULT`, or
    /// has done less than was asked for: that is its result, and no [`Fault`].
    ///
    /// # Safety
    /// Nobody writes to the map or its file meanwhile, and `work` is sound with bytes that become zero between two looks
    /// at them: it indexes by no byte that it has looked at twice without a check.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// // SAFETY: nobody else has this memory, and each byte is looked at once.
    /// let length = unsafe { map.with_bytes(|bytes| bytes.iter().take_while(|byte| **byte != 0).count()) }?;
    /// assert_eq!(length, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub unsafe fn with_bytes<R>(&self, work: impl FnOnce(&[u8]) -> R) -> Result<R, Fault> {
        self.sliced(|| {
            // SAFETY: mapped while the map lives, and initialised; the rest is the caller's.
            work(unsafe { std::slice::from_raw_parts(self.as_ptr(), self.len()) })
        })
    }

    #[track_caller]
    fn sliced<R>(&self, work: impl FnOnce() -> R) -> Result<R, Fault> {
        if self.is_sealed() || self.is_empty() {
            return Ok(work());
        }
        sys::prepare_thread_now_and_then();
        self.allow_slices();
        self.check_slice()?;
        let result = work();
        self.check_slice()?;
        Ok(result)
    }

    /// Whether all is there that a slice has looked at.
    ///
    /// # Errors
    /// The [`Fault`] of the first page that was lost. In a fn with `#[panic_on_fault]` for this map it is a panic.
    #[track_caller]
    pub fn check_slice(&self) -> Result<(), Fault> {
        match self.lost_from() {
            None => Ok(()),
            Some(lost) => Err(scope::raised(self, self.fault_at(lost, FaultKind::MappingLost))),
        }
    }
}
