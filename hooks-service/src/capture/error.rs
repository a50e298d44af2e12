//! How much of a stack could be had, and why not all of it.

use std::io;

/// Why [`prepare`](super::prepare) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Stacks are walked on Linux on x86-64 and aarch64.
    #[error("callers can be had on Linux on x86-64 and aarch64 only")]
    Unsupported,
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// How much of a stack there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extent {
    /// All of it, to the first function of the thread.
    Whole,
    /// The inner part: it is deeper than there is room for, or a caller could not be found.
    Cut,
    /// Nothing: callers can be had on Linux on x86-64 and aarch64.
    Unsupported,
}
