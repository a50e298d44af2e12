//! SIGNAL HANDLER too. What a signal does: asked, and set.

use std::ffi::c_int;
use std::io;
use std::ptr;

/// The action of the signal now.
///
/// # Errors
/// There is no such signal.
pub fn current(signal: c_int) -> io::Result<libc::sigaction> {
    // SAFETY: a struct of zeros is valid, and the call fills it.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(signal, ptr::null(), &raw mut now) {
            0 => Ok(now),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Sets the action, and returns the one that was there.
///
/// # Safety
/// The action's handler is a function of the kind that its flags say, and may run at any time from now on, on any thread.
///
/// # Errors
/// There is no such signal, or it cannot be handled.
pub unsafe fn set(signal: c_int, action: &libc::sigaction) -> io::Result<libc::sigaction> {
    // SAFETY: a struct of zeros is valid, and the call fills it; the handler is the caller's.
    unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        match libc::sigaction(signal, ptr::from_ref(action), &raw mut before) {
            0 => Ok(before),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// Nobody handles the signal from now on.
pub fn set_default(signal: c_int) {
    // SAFETY: a struct of zeros is valid, and means the default action with no mask.
    let default: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: there is no handler. Where there is no such signal, nothing is set.
    let _ = unsafe { set(signal, &default) };
}
