//! SIGNAL HANDLER, as far as [`name`], [`previous`] and [`block_all_but_fatal`].
//!
//! The signals that end a process with a report, and who handled them before us.

use super::error::Error;
use crate::process::action::{current, set};
use crate::process::handler::{Handler, all_but};
use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The fatal signals, with their names and what they say.
pub(super) const FATAL: [(c_int, &str, &str); 6] = [
    (libc::SIGSEGV, "SIGSEGV", "invalid memory reference"),
    (libc::SIGBUS, "SIGBUS", "memory that cannot be had"),
    (libc::SIGILL, "SIGILL", "illegal instruction"),
    (libc::SIGFPE, "SIGFPE", "arithmetic that has no result"),
    (libc::SIGABRT, "SIGABRT", "abort"),
    (libc::SIGTRAP, "SIGTRAP", "trap"),
];

/// Who handled each of them before us, null: we do not. Never freed: a handler may be about to call one.
static PREVIOUS: [AtomicPtr<libc::sigaction>; FATAL.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; FATAL.len()];

/// Name and meaning of a signal. Async-signal-safe.
pub(super) fn name(signal: c_int) -> (&'static str, &'static str) {
    FATAL.iter().find(|known| known.0 == signal).map_or(("signal", ""), |known| (known.1, known.2))
}

/// Who handled `signal` before us. Async-signal-safe.
pub(super) fn previous(signal: c_int) -> Option<&'static libc::sigaction> {
    let index = FATAL.iter().position(|known| known.0 == signal)?;
    // SAFETY: null, or made by `install` and never freed.
    unsafe { PREVIOUS.get(index)?.load(Ordering::Acquire).as_ref() }
}

/// Makes `handler` the one for all fatal signals. Where somebody came after us it is left as it is: they have us as theirs,
/// and chaining to them would go round in circles.
pub(super) fn install(handler: Handler) -> Result<(), Error> {
    for ((signal, ..), previous) in FATAL.into_iter().zip(&PREVIOUS) {
        if previous.load(Ordering::Acquire).is_null() {
            let before = current(signal).map_err(Error::kernel("sigaction"))?;
            previous.store(Box::into_raw(Box::new(before)), Ordering::Release);
            // SAFETY: the handler has the signature that SA_SIGINFO asks for and stays in memory.
            let set = unsafe { set(signal, &ours(handler)) };
            let set = set.inspect_err(|_| previous.store(ptr::null_mut(), Ordering::Release));
            set.map_err(Error::kernel("sigaction"))?;
        }
    }
    Ok(())
}

/// While the handler runs it is on a stack of its own, which the kernel does not know: another handler would be given
/// the alternate stack as if it were free. So all signals wait, but for the fatal ones: those show a crash in the
/// handler.
fn ours(handler: Handler) -> libc::sigaction {
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action.sa_mask = all_but_fatal();
    action
}

fn all_but_fatal() -> libc::sigset_t {
    all_but(FATAL.map(|(signal, ..)| signal))
}

/// The mask that the handler is to run under, also where someone else's handler has called it. Async-signal-safe.
pub(super) fn block_all_but_fatal() {
    let mask = all_but_fatal();
    // SAFETY: points to a local. The kernel puts the thread's own mask back when the handler returns.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, ptr::null_mut()) };
}
