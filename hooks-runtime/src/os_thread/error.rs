//! Why a fn could not be run on the thread that it asked for.

use super::plan::Place;
use std::{fmt, io};

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
        panic!("{}: {self}", crate::sites::Site::of(site))
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
