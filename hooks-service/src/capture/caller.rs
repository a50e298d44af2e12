//! One caller.

use super::frame::Frame;
use super::here::{self, Start};
use super::names;

/// One caller of a place: an address, which has a name once it is asked for.
///
/// A macro that logs knows where it stands by `file!()`, and `#[track_caller]` tells a function the place of its call, both for
/// nothing; this tells a function who called it without having been asked to, and from further away.
///
/// ```
/// # #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))] {
/// use hooks_service::capture::Caller;
///
/// #[inline(never)]
/// fn deprecated() -> Caller {
///     Caller::above(1).unwrap() // 0: this function, 1: who called it
/// }
///
/// #[inline(never)]
/// fn service() -> Caller {
///     deprecated()
/// }
///
/// let frame = service().frame();
/// assert!(frame.function().ends_with("service"), "{frame}");
/// # }
/// ```
///
/// # Cost
/// That of [`Callers`](super::Callers) for as many as are skipped, and one more; 16 bytes.
///
/// # Go
/// `runtime.Caller(skip)`, which counts calls that were inlined: here they are one with the function that they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    address: usize,
    /// Of the map of loaded code.
    edition: u64,
}

impl Caller {
    /// The place of this call: the function that calls this.
    #[expect(clippy::inline_always, reason = "see `here::stay`")]
    #[inline(always)]
    #[must_use]
    pub fn here() -> Option<Self> {
        let caller = Self::walked(0);
        here::stay();
        caller
    }

    /// The function `levels` above the one that calls this, at the place where it called: 1 is the caller of the function
    /// that calls this. `None`: there are not so many, or they cannot be had.
    #[expect(clippy::inline_always, reason = "see `here::stay`")]
    #[inline(always)]
    #[must_use]
    pub fn above(levels: usize) -> Option<Self> {
        let caller = Self::walked(levels);
        here::stay();
        caller
    }

    /// The walk begins here: the first caller is the one of this.
    #[inline(never)]
    fn walked(skip: usize) -> Option<Self> {
        let mut address = [0];
        let walked = Start::here().walk(skip, &mut address);
        (walked.count == 1).then(|| Self::new(address[0], walked.edition))
    }

    pub(super) fn new(address: usize, edition: u64) -> Self {
        Self { address, edition }
    }

    /// The address that is returned to.
    #[must_use]
    pub fn address(&self) -> usize {
        self.address
    }

    /// The function, with file and line; of calls that were inlined there the innermost.
    ///
    /// # Cost
    /// That of [`Callers::frames`](super::Callers::frames) for one.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let frames = names::frames(&[self.address], self.edition);
        frames.into_iter().next().unwrap_or_else(|| Frame::nowhere(self.address))
    }
}
