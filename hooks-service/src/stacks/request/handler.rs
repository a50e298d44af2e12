//! SIGNAL HANDLER. `handle` runs in one, on whatever thread: it counts, wakes the writing thread, and calls the handler that
//! was there before. Nothing is allocated, locked or waited for; `errno` is saved.

use crate::stacks::Error;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

/// How often the handler ran.
static RECEIVED: AtomicU64 = AtomicU64::new(0);
/// What wakes the thread, -1: nothing. Never closed: a handler may be about to write to it.
static EVENT: AtomicI32 = AtomicI32::new(-1);
/// The process that [`EVENT`] is of: a forked child shares the descriptor and must not write to it.
static PROCESS: AtomicI32 = AtomicI32::new(0);
/// What the signal did before. Never freed.
static PREVIOUS: AtomicPtr<libc::sigaction> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the address of this thread's errno, which the thread had before the signal.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let saved = unsafe { *errno };
    RECEIVED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: always succeeds.
    if unsafe { libc::getpid() } == PROCESS.load(Ordering::Relaxed) {
        wake();
    }
    // SAFETY: null, or an action that is never freed.
    if let Some(previous) = unsafe { PREVIOUS.load(Ordering::Acquire).as_ref() } {
        // SAFETY: what the kernel gave us, and the action that was installed for this signal.
        unsafe { chain(previous, signal, info, context) };
    }
    // SAFETY: as above.
    unsafe { *errno = saved };
}

/// Wakes the thread. Async-signal-safe.
pub(super) fn wake() {
    let one = 1_u64;
    // SAFETY: reads eight bytes; an event that does not block, or -1, which is an error and no more.
    unsafe { libc::write(EVENT.load(Ordering::Relaxed), (&raw const one).cast(), size_of::<u64>()) };
}

/// # Safety
/// `previous` was installed for this signal, and the rest is what the kernel passed to our handler.
unsafe fn chain(previous: &libc::sigaction, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let handler = previous.sa_sigaction;
    if matches!(handler, libc::SIG_DFL | libc::SIG_IGN) {
        return;
    }
    // SAFETY: the flag says which kind of function was installed.
    unsafe {
        if previous.sa_flags & libc::SA_SIGINFO != 0 {
            type Full = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
            std::mem::transmute::<libc::sighandler_t, Full>(handler)(signal, info, context);
        } else {
            std::mem::transmute::<libc::sighandler_t, extern "C" fn(c_int)>(handler)(signal);
        }
    }
}

// What follows does not run in the handler.

/// Signals of the processor.
const FAULTS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// Whether the signal can be a request: faults are not sent, and two signals cannot be handled.
pub(super) fn may_ask(signal: c_int) -> bool {
    let never = [libc::SIGKILL, libc::SIGSTOP, libc::SIGABRT];
    (1..=libc::SIGRTMAX()).contains(&signal) && !never.contains(&signal) && !FAULTS.contains(&signal)
}

pub(super) fn received() -> u64 {
    RECEIVED.load(Ordering::Relaxed)
}

/// The event that wakes the thread, of this process; waiting for it never blocks the handler.
pub(super) fn event() -> Result<c_int, Error> {
    let process = std::process::id().cast_signed();
    if PROCESS.load(Ordering::Relaxed) != process {
        // SAFETY: makes a new descriptor.
        let event = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if event < 0 {
            return Err(Error::last("eventfd"));
        }
        EVENT.store(event, Ordering::Relaxed);
        PROCESS.store(process, Ordering::Relaxed);
    }
    Ok(EVENT.load(Ordering::Relaxed))
}

pub(super) fn install(signal: c_int) -> Result<(), Error> {
    let previous = installed(signal)?;
    // Our own: this is a forked child, and what was there before us is known.
    if previous.sa_sigaction != ours() {
        PREVIOUS.store(Box::into_raw(Box::new(previous)), Ordering::Release);
    }
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = ours();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: points to a local. Other signals wait: the dump that this asks for interrupts this very thread, and an alternate
    // stack of 8 KiB has no room for two handlers. A fault must find its handler: blocked, it would end the process.
    unsafe {
        libc::sigfillset(&raw mut action.sa_mask);
        for fault in FAULTS {
            libc::sigdelset(&raw mut action.sa_mask, fault);
        }
    }
    set(signal, &action)
}

/// Puts back what was there before us, unless someone else came after us, who then calls us for ever.
pub(super) fn uninstall(signal: c_int) {
    let is_ours = installed(signal).is_ok_and(|current| current.sa_sigaction == ours());
    // SAFETY: null, or an action that is never freed.
    let previous = unsafe { PREVIOUS.load(Ordering::Acquire).as_ref() };
    if let (true, Some(previous)) = (is_ours, previous) {
        let _ = set(signal, previous);
    }
}

fn ours() -> libc::sighandler_t {
    handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as libc::sighandler_t
}

fn installed(signal: c_int) -> Result<libc::sigaction, Error> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks, and sets nothing.
    if unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(Error::last("sigaction"));
    }
    // SAFETY: filled by the call; all zeroes would be valid too.
    Ok(unsafe { action.assume_init() })
}

fn set(signal: c_int, action: &libc::sigaction) -> Result<(), Error> {
    // SAFETY: a handler of ours with the signature that its flags ask for, or what was installed before.
    let failed = unsafe { libc::sigaction(signal, action, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("sigaction")) } else { Ok(()) }
}
