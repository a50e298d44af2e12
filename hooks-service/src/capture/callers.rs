//! The callers of a place in the program.

use super::caller::Caller;
use super::error::Extent;
use super::frame::Frame;
use super::here::{self, Start, Walk};
use super::names;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Who called: return addresses, innermost first, `N` at most, kept where the value is. No name is looked up before one is
/// asked for.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::capture::Callers;
///
/// #[inline(never)]
/// fn load() -> Callers {
///     Callers::here()
/// }
///
/// let callers = load();
/// let frames = callers.frames();
/// assert!(frames[0].function().ends_with("load"), "{callers}");
/// # }
/// ```
///
/// # Cost
/// 20 callers take some 0.2 µs, no allocation and no lock; a place that is walked for the first time is looked up in the
/// unwind tables, some 1 µs a caller. The first call of a thread asks the C library for the bounds of its stack, the first of
/// the process does what [`prepare`](super::prepare) does. On a coroutine's stack memory is read through the kernel, 1 µs a
/// page. Takes 8 KiB of stack. The value has `8 N + 24` bytes: box it in an error.
///
/// # Not in a signal handler
/// The first calls allocate, and so does one after a library was loaded. Handlers have the
/// [profiler](crate::profile) and [dumps](crate::stacks).
///
/// # Go
/// `runtime.Callers`. Calls that were inlined count as one here, and come back as many with [`Callers::frames`].
#[derive(Clone, Copy)]
pub struct Callers<const N: usize = 32> {
    addresses: [usize; N],
    count: u32,
    extent: Extent,
    edition: u64,
}

impl Callers {
    /// Those that led to this call, the function that calls this first; the innermost 32.
    #[expect(clippy::inline_always, reason = "see `here::stay`")]
    #[inline(always)]
    #[must_use]
    pub fn here() -> Self {
        let callers = Self::walked();
        here::stay();
        callers
    }
}

impl<const N: usize> Callers<N> {
    /// As [`here`](Callers::here), with another number of callers: `Callers::<8>::nearest()` has 88 bytes.
    #[expect(clippy::inline_always, reason = "see `here::stay`")]
    #[inline(always)]
    #[must_use]
    pub fn nearest() -> Self {
        let callers = Self::walked();
        here::stay();
        callers
    }

    /// The walk begins here: the first caller is the one of this.
    #[inline(never)]
    pub(super) fn walked() -> Self {
        let mut addresses = [0; N];
        let Walk { count, extent, edition } = Start::here().walk(0, &mut addresses);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self { addresses, count, extent, edition }
    }

    /// The addresses that are returned to, innermost first.
    #[must_use]
    pub fn addresses(&self) -> &[usize] {
        self.addresses.get(..self.count as usize).unwrap_or_default()
    }

    /// Whether these are all.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// The functions that called, innermost first, with inlined calls, files and lines. Callers in code that was unloaded
    /// meanwhile have the names that they had. Go: `runtime.CallersFrames`.
    ///
    /// # Cost
    /// Opens the files that the callers are in and reads their debug information: some 100 ms for the first of a program of a
    /// few megabytes, 7 µs for 20 callers whose names are known. Files and names are kept for the next, within
    /// the bounds that the [module](mod@crate::capture) tells. Allocates and locks.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame> {
        names::frames(self.addresses(), self.edition)
    }

    /// One of them, 0 the innermost: to name that one alone. `None`: there are not so many.
    ///
    /// ```
    /// # #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))] {
    /// use hooks_service::capture::Callers;
    ///
    /// let innermost = Callers::here().caller(0).unwrap();
    /// assert!(!innermost.frame().function().is_empty());
    /// # }
    /// ```
    ///
    /// # Cost
    /// Two loads.
    #[must_use]
    pub fn caller(&self, index: usize) -> Option<Caller> {
        self.addresses().get(index).map(|address| Caller::new(*address, self.edition))
    }
}

/// A line for each function, as std's backtraces have them.
impl<const N: usize> fmt::Display for Callers<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, frame) in self.frames().iter().enumerate() {
            writeln!(f, "{depth:4}: {frame}")?;
        }
        match self.extent {
            Extent::Cut => f.write_str("      and more\n"),
            Extent::Whole | Extent::Unsupported => Ok(()),
        }
    }
}

/// Addresses: names would make an error's `{:?}` slow.
impl<const N: usize> fmt::Debug for Callers<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Callers({:x?}, {:?})", self.addresses(), self.extent)
    }
}

/// Two are equal if they have the same addresses: what comes from one place counts together.
impl<const N: usize> PartialEq for Callers<N> {
    fn eq(&self, other: &Self) -> bool {
        self.addresses() == other.addresses()
    }
}

impl<const N: usize> Eq for Callers<N> {}

impl<const N: usize> Hash for Callers<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.addresses().hash(state);
    }
}
