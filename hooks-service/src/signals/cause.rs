//! Why a shutdown began, and why there could be none.

use std::{fmt, io};

/// What cancelled a [`Shutdown`](super::Shutdown). Go: `context.Cause` of a `NotifyContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The signal with this number.
    Signal(i32),
    /// The program itself, through [`Shutdown::request`](super::Shutdown::request).
    Requested,
    /// The signals were given back by [`Shutdown::stop`](super::Shutdown::stop).
    Stopped,
}

impl Cause {
    /// The exit status by which a shell tells what ended the process: 128 + N for signal N, else 0.
    ///
    /// # Example
    /// ```
    /// use hooks_service::signals::Cause;
    /// assert_eq!(Cause::Signal(15).exit_status(), 143);
    /// assert_eq!(Cause::Requested.exit_status(), 0);
    /// ```
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
            Self::Requested | Self::Stopped => 0,
        }
    }

    /// As one number for an atomic; zero is left for "none".
    pub(super) fn encode(self) -> i32 {
        match self {
            Self::Signal(signal) => signal,
            Self::Requested => -1,
            Self::Stopped => -2,
        }
    }

    pub(super) fn decode(number: i32) -> Option<Self> {
        match number {
            0 => None,
            -1 => Some(Self::Requested),
            -2 => Some(Self::Stopped),
            signal => Some(Self::Signal(signal)),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Signal(libc::SIGINT) => f.write_str("SIGINT"),
            Self::Signal(libc::SIGTERM) => f.write_str("SIGTERM"),
            // By number, which is the same wherever there is one: not every system has a name for it.
            Self::Signal(1) => f.write_str("SIGHUP"),
            Self::Signal(3) => f.write_str("SIGQUIT"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Requested => f.write_str("a request of the program"),
            Self::Stopped => f.write_str("the end of signal handling"),
        }
    }
}

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
    /// This system has no signals that we could watch for.
    #[error("shutdown signals are not watched for on this system")]
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
