//! Why a shutdown began.

use std::fmt;

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
            Self::Signal(libc::SIGHUP) => f.write_str("SIGHUP"),
            Self::Signal(libc::SIGQUIT) => f.write_str("SIGQUIT"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Requested => f.write_str("a request of the program"),
            Self::Stopped => f.write_str("the end of signal handling"),
        }
    }
}
