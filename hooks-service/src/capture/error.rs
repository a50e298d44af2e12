//! Why callers cannot be had.

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
