//! Installing our handler, what it stands before, and giving the signal back.

use super::handler::on_signal;
use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One above the highest signal number of Linux.
const SIGNALS: usize = 65;

/// What handled each signal before us. Entries are never freed: a handler may be about to call one.
static PREVIOUS: [AtomicPtr<libc::sigaction>; SIGNALS] = [const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS];

/// Our handler before whatever handles `signal` now.
pub(super) fn install(signal: c_int) -> io::Result<()> {
    let now = current(signal)?;
    if is_ours(&now) {
        // Left from an earlier run under a handler that has gone meanwhile.
        return Ok(());
    }
    let before: *mut libc::sigaction = Box::into_raw(Box::new(now));
    let Some(place) = place(signal) else { return Err(io::Error::from(io::ErrorKind::InvalidInput)) };
    // First the entry, then the handler that reads it.
    place.store(before, Ordering::Release);
    set(signal, &ours())
}

/// Gives the signal back to whoever had it. If another handler was laid over ours meanwhile, ours stays below it and
/// hands on what it is given.
pub(super) fn restore(signal: c_int) {
    let previous = place(signal).map_or(ptr::null_mut(), |place| place.load(Ordering::Acquire));
    // SAFETY: entries are made by `install` and never freed.
    if let (true, Some(previous)) = (is_on_top(signal), unsafe { previous.as_ref() }) {
        // Cannot fail: the kernel took a handler for the same signal before.
        let _ = set(signal, previous);
    }
}

/// Whether a signal comes to us first. Async-signal-safe.
pub(super) fn is_on_top(signal: c_int) -> bool {
    current(signal).is_ok_and(|now| is_ours(&now))
}

/// Calls the handler that was there before; false if there was none, but a default. Async-signal-safe.
///
/// # Safety
/// The arguments are those of a signal handler.
pub(super) unsafe fn call_previous(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) -> bool {
    let previous = place(signal).map_or(ptr::null_mut(), |place| place.load(Ordering::Acquire));
    // SAFETY: entries are made by `install` and never freed.
    let Some(previous) = (unsafe { previous.as_ref() }) else { return false };
    match previous.sa_sigaction {
        libc::SIG_DFL => return false,
        libc::SIG_IGN => {}
        function if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            type WithInfo = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
            // SAFETY: the kernel would have called this address with these arguments, as its flag says.
            unsafe { std::mem::transmute::<usize, WithInfo>(function)(signal, info, context) };
        }
        function => {
            type Plain = unsafe extern "C" fn(c_int);
            // SAFETY: as above, without the flag.
            unsafe { std::mem::transmute::<usize, Plain>(function)(signal) };
        }
    }
    true
}

fn place(signal: c_int) -> Option<&'static AtomicPtr<libc::sigaction>> {
    PREVIOUS.get(usize::try_from(signal).ok()?)
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == on_signal as *const () as usize
}

/// System calls under way go on, and the handler runs on an alternate stack where there is one: Go code and other small
/// stacks live with it.
fn ours() -> libc::sigaction {
    // SAFETY: a struct of zeros is valid: an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    action
}

fn current(signal: c_int) -> io::Result<libc::sigaction> {
    // SAFETY: a struct of zeros is valid, and the call fills it.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(signal, ptr::null(), &raw mut now) {
            0 => Ok(now),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn set(signal: c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: the action is ours or one that the kernel gave out; its handler is a function of the right kind.
    match unsafe { libc::sigaction(signal, action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
