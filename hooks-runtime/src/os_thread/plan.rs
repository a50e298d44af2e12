//! What one use of the attribute asks for, and why that could not be had.

use super::state::{Piece, Pieces};
use crate::sites::Site;
use std::{fmt, io};

/// Where the body runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Sync: where it is called. Async: on a dedicated thread.
    Own,
    /// On the thread of that name.
    Named(&'static str),
    /// On the main thread.
    Main,
}

/// As the attribute's argument says it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Own => f.write_str("its own"),
            Place::Named(name) => write!(f, "{name:?}"),
            Place::Main => f.write_str("\"main\""),
        }
    }
}

/// Emitted by the attribute: its arguments, one method each.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub(super) site: &'static &'static str,
    pub(super) restore: Pieces,
    pub(super) check: Option<Pieces>,
    pub(super) cpu: Option<usize>,
    pub(super) place: Place,
}

/// Emitted: the thread is locked as `site` says.
#[inline]
pub const fn lock_os_thread(site: &'static &'static str) -> Plan {
    Plan { site, restore: Pieces::NONE, check: None, cpu: None, place: Place::Own }
}

macro_rules! restored {
    ($($method:ident $piece:ident)*) => {$(
        #[doc = concat!("`restore(..)` with [`", stringify!($piece), "`](Piece::", stringify!($piece), ")")]
        #[must_use]
        #[inline]
        pub const fn $method(self) -> Plan {
            Plan { restore: self.restore.with(Piece::$piece), ..self }
        }
    )*};
}

impl Plan {
    restored! {
        restore_signal_mask SignalMask
        restore_affinity Affinity
        restore_nice Nice
        restore_timer_slack TimerSlack
        restore_locale Locale
        restore_fp_env FpEnv
        restore_name Name
    }

    /// `check = "full"`
    #[must_use]
    #[inline]
    pub const fn check_full(self) -> Plan {
        Plan { check: Some(Pieces::FULL), ..self }
    }

    /// `cpu = N`
    #[must_use]
    #[inline]
    pub const fn cpu(self, cpu: usize) -> Plan {
        Plan { cpu: Some(cpu), restore: self.restore.with(Piece::Affinity), ..self }
    }

    /// `thread = "gl"`
    #[must_use]
    #[inline]
    pub const fn named(self, name: &'static str) -> Plan {
        Plan { place: Place::Named(name), ..self }
    }

    /// `thread = "main"`
    #[must_use]
    #[inline]
    pub const fn main(self) -> Plan {
        Plan { place: Place::Main, ..self }
    }
}

// What goes to another thread is checked argument by argument, so that the compiler points at the one that may not.

/// Emitted for each argument of an `async fn`.
#[inline]
pub fn carried<T: Send + 'static>(_argument: &T) {}

/// Emitted for each argument of a sync fn whose caller waits.
#[inline]
pub fn sent<T: Send>(_argument: &T) {}

/// An annotated fn has the return type that its author gave it, so this arrives as a panic with its text.
#[derive(Debug)]
pub(super) enum Error {
    CpuNotAllowed {
        cpu: usize,
        allowed: String,
    },
    NoMainLoop,
    MainLoopEnded,
    ThreadEnded,
    ThreadNotStarted(io::Error),
    Forked,
    /// The threads, from this one back to itself.
    WaitsForItself(Vec<Place>),
}

impl Error {
    #[cold]
    pub(super) fn panic(&self, site: &'static str) -> ! {
        panic!("{}: {self}", Site::of(site))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::CpuNotAllowed { cpu, allowed } => {
                write!(f, "CPU {cpu} is not one that this thread may run on; allowed: {allowed}")
            }
            Error::NoMainLoop => f.write_str(
                "nothing serves the main thread: call `hooks_runtime::os_thread::run_main(..)` in `main`",
            ),
            Error::MainLoopEnded => f.write_str("`os_thread::run_main` has returned before this fn was run"),
            Error::ThreadEnded => f.write_str("its thread ended before this fn was run"),
            Error::ThreadNotStarted(cause) => write!(f, "its thread could not be started: {cause}"),
            Error::WaitsForItself(circle) => {
                f.write_str("these threads would wait for each other for ever: ")?;
                write_circle(f, circle)
            }
            Error::Forked => f.write_str(
                "a child made by `fork` has none of its parent's threads: fork before the first of them, or `exec`",
            ),
        }
    }
}

fn write_circle(f: &mut fmt::Formatter<'_>, circle: &[Place]) -> fmt::Result {
    let mut arrow = "";
    for place in circle {
        write!(f, "{arrow}{place}")?;
        arrow = " -> ";
    }
    Ok(())
}
