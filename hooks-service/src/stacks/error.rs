//! Why there is no dump.

use std::io;
use std::time::Duration;

/// Why a dump could not be taken or asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One dump is taken at a time, and one is being taken.
    #[error("a stack dump is already being taken in this process")]
    Busy,
    /// The last dump is not old enough: each interrupts every thread.
    #[error("the last stack dump is too recent, the next is allowed in {wait:?}")]
    TooSoon {
        /// How long to wait.
        wait: Duration,
    },
    /// A dump is written on one signal, and that is set up already: stop it first.
    #[error("stack dumps on a signal are already set up in this process")]
    AlreadySetUp,
    /// Faults, and signals that cannot be handled, are no requests.
    #[error("signal {signal} cannot ask for a stack dump")]
    Signal {
        /// The signal.
        signal: i32,
    },
    /// All real-time signals have handlers.
    #[error("all real-time signals of this process are in use, a stack dump needs one")]
    NoSignal,
    /// Someone else handles the signal that was ours.
    #[error(
        "signal {signal} has a handler (at {handler:#x}) that is not ours, although it had none when we took it"
    )]
    ForeignHandler {
        /// The signal.
        signal: i32,
        /// Address of that handler.
        handler: usize,
    },
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// Stacks are captured on Linux on x86-64 and aarch64.
    #[error("stacks are captured on Linux on x86-64 and aarch64 only")]
    Unsupported,
}

impl Error {
    /// The failure of `call`, of which the kernel's reason is to come.
    pub(super) fn kernel(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Kernel { call, source }
    }

    /// The last error of the C library, as the failure of `call`.
    pub(super) fn last(call: &'static str) -> Self {
        Self::Kernel { call, source: io::Error::last_os_error() }
    }
}
