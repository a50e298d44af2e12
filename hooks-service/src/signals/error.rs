//! Why shutdown signals could not be taken.

use std::io;

/// Why [`ShutdownBuilder::start`](super::ShutdownBuilder::start) failed. Nothing is caught then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A process has one shutdown, and another part of the program has it: [`shutdown`](super::shutdown()) gives a token of it.
    #[error(
        "shutdown signals are already taken in this process; `signals::shutdown()` gives a token of what runs"
    )]
    AlreadyRunning,
    /// The kernel lets nobody catch this signal, or it is not one, or it tells of a fault (`SIGSEGV`, `SIGABRT`).
    #[error("signal {signal} cannot ask for the end: {source}")]
    Signal {
        /// Its number.
        signal: i32,
        /// What the kernel said, or of what the signal tells.
        source: io::Error,
    },
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}
