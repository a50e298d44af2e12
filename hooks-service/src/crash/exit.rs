//! The exit of the process: a panic that is its reason is written, and the monitor told of it, or that the end is in order.

use super::error::Error;
use super::identity::{self, Ending};
use super::sink::MonitorWait;
use super::traceback::{self, Traceback};
use super::wire::{Kind, UNKNOWN_STATUS};
use super::{latest, panic_stack, sink};
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// With what std's runtime exits after a panic has left `main`.
const PANICKED: c_int = 101;

/// Crash output is installed.
static IN_USE: AtomicBool = AtomicBool::new(false);

/// From here on the exit is told of.
pub(super) fn take_into_use() {
    IN_USE.store(true, Relaxed);
}

/// Once, also where what comes after it fails and is tried again.
pub(super) fn install() -> Result<(), Error> {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if !REGISTERED.load(Relaxed) {
        register()?;
        REGISTERED.store(true, Relaxed);
    }
    Ok(())
}

#[cfg(target_env = "gnu")]
fn register() -> Result<(), Error> {
    use std::ffi::c_void;
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

/// Other C libraries do not tell the status: then a panic that leaves `main` is on stderr only, unless all panics are asked
/// for. One in the middle of which the process exits is known all the same.
#[cfg(not(target_env = "gnu"))]
fn register() -> Result<(), Error> {
    extern "C" fn run() {
        exiting(UNKNOWN_STATUS);
    }
    // SAFETY: the function stays in memory.
    let failed = unsafe { libc::atexit(run) } != 0;
    if failed { Err(Error::last("atexit")) } else { Ok(()) }
}

fn exiting(status: c_int) {
    if !IN_USE.load(Relaxed) {
        return;
    }
    // Whoever calls `exit` has the panic's thread: its hook does, or a destructor that it runs.
    let amid_a_panic = latest::is_panicking();
    if !amid_a_panic && status != PANICKED {
        sink::tell(Kind::Exit, &[]);
        return;
    }
    // The panic that left `main` is the latest of its thread, however many others panic because it did.
    let panic = latest::write(if amid_a_panic { latest::MOST } else { 1 });
    match panic {
        Some(panic) => {
            panic_stack::write(panic);
            panic.add(ending().as_bytes());
        }
        None => say_that_no_panic_was_seen(status, amid_a_panic),
    }
    latest::write_earlier(&panic_stack::write);
    let kind = match (amid_a_panic, panic) {
        (true, _) => Kind::ExitAmidPanic,
        (false, Some(_)) => Kind::Panic,
        (false, None) => Kind::PanicUnseen,
    };
    sink::tell(kind, &status.to_le_bytes());
    MonitorWait::default().until_it_says(Kind::Done);
    if status == PANICKED && panic.is_some() && traceback::level() == Traceback::Crash {
        // SAFETY: ends the process, with a core file if that is allowed.
        unsafe { libc::abort() };
    }
}

/// There may have been one: a hook that was set after ours, and does not call it, keeps panics from us.
fn say_that_no_panic_was_seen(status: c_int, amid_a_panic: bool) {
    let process = std::process::id();
    let with = if status == UNKNOWN_STATUS { String::new() } else { format!(" with status {status}") };
    let reason = if amid_a_panic { "amid a panic" } else { "as after a panic that leaves main" };
    let line = format!("process {process} exits{with}, {reason}; none was seen\n{}", ending());
    sink::both(line.as_bytes());
}

fn ending() -> String {
    let identity = identity::of_this_process();
    identity
        .map(|identity| format!("process {} ends {}\n", std::process::id(), Ending(identity)))
        .unwrap_or_default()
}
