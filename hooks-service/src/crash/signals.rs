//! The signals that end a process with a report, and who handled them before us.

use super::error::Error;
use crate::process::handler::{Handler, all_but};
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

/// The fatal signals, with their names and what they say.
pub(super) const FATAL: [(c_int, &str, &str); 6] = [
    (libc::SIGSEGV, "SIGSEGV", "invalid memory reference"),
    (libc::SIGBUS, "SIGBUS", "memory that cannot be had"),
    (libc::SIGILL, "SIGILL", "illegal instruction"),
    (libc::SIGFPE, "SIGFPE", "arithmetic that has no result"),
    (libc::SIGABRT, "SIGABRT", "abort"),
    (libc::SIGTRAP, "SIGTRAP", "trap"),
];

/// What was there before us.
struct Previous {
    set: AtomicBool,
    action: UnsafeCell<MaybeUninit<libc::sigaction>>,
}

// SAFETY: the action is written before `set`, once, and only read after.
unsafe impl Sync for Previous {}

static PREVIOUS: [Previous; FATAL.len()] =
    [const { Previous { set: AtomicBool::new(false), action: UnsafeCell::new(MaybeUninit::uninit()) } };
        FATAL.len()];

/// Name and meaning of a signal. Async-signal-safe.
pub(super) fn name(signal: c_int) -> (&'static str, &'static str) {
    FATAL.iter().find(|known| known.0 == signal).map_or(("signal", ""), |known| (known.1, known.2))
}

/// Who handled `signal` before us. Async-signal-safe.
pub(super) fn previous(signal: c_int) -> Option<&'static libc::sigaction> {
    let index = FATAL.iter().position(|known| known.0 == signal)?;
    let previous = PREVIOUS.get(index)?;
    // SAFETY: written before `set` was, and not since.
    previous.set.load(Ordering::Acquire).then(|| unsafe { (*previous.action.get()).assume_init_ref() })
}

/// Makes `handler` the one for all fatal signals. Those for which it is already are left as they are.
pub(super) fn install(handler: Handler) -> Result<(), Error> {
    for (index, (signal, ..)) in FATAL.into_iter().enumerate() {
        let before = current(signal)?;
        if before.sa_sigaction == handler as libc::sighandler_t {
            continue;
        }
        let previous = &PREVIOUS[index];
        // Somebody came after us: then they have us as theirs, and chaining to them would go round in circles.
        if !previous.set.load(Ordering::Acquire) {
            // SAFETY: our handler is not in place, so nobody reads; `install` is called under a lock.
            unsafe { (*previous.action.get()).write(before) };
            previous.set.store(true, Ordering::Release);
            set(signal, handler)?;
        }
    }
    Ok(())
}

fn current(signal: c_int) -> Result<libc::sigaction, Error> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks, and sets nothing.
    if unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(Error::last("sigaction"));
    }
    // SAFETY: filled by the call; all zeroes would be valid too.
    Ok(unsafe { action.assume_init() })
}

/// While the handler runs it is on a stack of its own, which the kernel does not know: another handler would be given
/// the alternate stack as if it were free. So all signals wait, but for the fatal ones: those show a crash in the
/// handler.
fn set(signal: c_int, handler: Handler) -> Result<(), Error> {
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action.sa_mask = all_but_fatal();
    // SAFETY: the handler has the signature that SA_SIGINFO asks for and stays in memory.
    let failed = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("sigaction")) } else { Ok(()) }
}

fn all_but_fatal() -> libc::sigset_t {
    all_but(FATAL.map(|(signal, ..)| signal))
}

/// The mask that the handler is to run under, also where someone else's handler has called it. Async-signal-safe.
pub(super) fn block_all_but_fatal() {
    let mask = all_but_fatal();
    // SAFETY: points to a local. The kernel puts the thread's own mask back when the handler returns.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut()) };
}

/// Gives `signal` back to the kernel, which ends the process by it. Async-signal-safe.
pub(super) fn set_default(signal: c_int) {
    // SAFETY: plain data, all zeroes are valid: the default action with no mask.
    let action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: points to a local.
    unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
}
