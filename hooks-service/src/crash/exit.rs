//! The exit of the process: a panic that left `main` is written, and the monitor is told that the end is in order.

use super::monitor::wire::Kind;
use super::{Error, Traceback, panics, sink, state};
use crate::unwind::own_id;
use std::ffi::{c_int, c_void};

/// With what std's runtime exits after a panic has left `main`.
const PANICKED: c_int = 101;

#[cfg(target_env = "gnu")]
pub(super) fn install() -> Result<(), Error> {
    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }
    extern "C" fn run(status: c_int, _: *mut c_void) {
        exiting(status);
    }
    // SAFETY: the function stays in memory.
    let failed = unsafe { on_exit(run, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("on_exit")) } else { Ok(()) }
}

/// Other C libraries do not tell the status: then every exit is in order, and a panic that leaves `main` is on stderr
/// only, unless all panics are asked for.
#[cfg(not(target_env = "gnu"))]
pub(super) fn install() -> Result<(), Error> {
    extern "C" fn run() {
        exiting(0);
    }
    // SAFETY: the function stays in memory.
    let failed = unsafe { libc::atexit(run) } != 0;
    if failed { Err(Error::last("atexit")) } else { Ok(()) }
}

fn exiting(status: c_int) {
    sink::drain();
    // SAFETY: always succeeds.
    let on_main_thread = own_id() == unsafe { libc::getpid() };
    if status != PANICKED || !on_main_thread || !panics::write_last() {
        sink::tell(Kind::Exit, &status.to_le_bytes());
        return;
    }
    if let Some(monitor) = state::descriptor(&state::MONITOR) {
        super::monitor::wait_for_it(monitor);
    }
    if state::traceback() == Traceback::Crash {
        // SAFETY: ends the process, with a core file if that is allowed.
        unsafe { libc::abort() };
    }
}
