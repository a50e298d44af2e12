//! SIGNAL HANDLER, up to the mark. A handler of ours for a signal that others handle too.
//!
//! Ours calls the one that it was laid over, once for each signal, also where that one calls ours in turn: ours was laid
//! down, another one over it, ours taken away as far as that goes, and laid down again. Then ours, the other one and ours
//! again are called, and the last time only what was there before all of them.
//!
//! Nothing is allocated, locked or waited for; `errno` is saved.

use crate::process::handler::{Errno, FAULTS, Handler, all_but, call};
use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

/// One above the highest signal number of Linux.
const SIGNALS: usize = 65;
/// Most threads that are in handlers under others that call ours at the same time.
const THREADS: usize = 64;

/// Our handler, for any number of signals. A static, since a handler may be under way at any time.
pub(crate) struct Chained {
    handler: Handler,
    places: [Place; SIGNALS],
    /// Threads that are in a handler which was laid over ours: the thread with the signal, 0: free.
    inside: [AtomicU64; THREADS],
}

/// One signal. Actions are never freed: a handler may be about to call one.
struct Place {
    /// What was there before us.
    original: AtomicPtr<libc::sigaction>,
    /// What was laid over us and then had us laid over it.
    between: AtomicPtr<libc::sigaction>,
    /// Ours was given up while another one lay over it, which calls it for ever.
    buried: AtomicBool,
}

impl Place {
    const fn new() -> Self {
        Self {
            original: AtomicPtr::new(ptr::null_mut()),
            between: AtomicPtr::new(ptr::null_mut()),
            buried: AtomicBool::new(false),
        }
    }
}

impl Chained {
    pub(crate) const fn new(handler: Handler) -> Self {
        let places = [const { Place::new() }; SIGNALS];
        Self { handler, places, inside: [const { AtomicU64::new(0) }; THREADS] }
    }

    /// The body of our handler: `own`, and then whatever was there before; false if that was the default action.
    ///
    /// # Safety
    /// The first three are what the kernel passed to the handler. `own` is async-signal-safe.
    pub(crate) unsafe fn run(
        &self,
        signal: c_int,
        info: *mut libc::siginfo_t,
        context: *mut c_void,
        own: impl FnOnce(),
    ) -> bool {
        let _errno = Errno::save();
        let Some(place) = self.place(signal) else { return true };
        let me = key(signal);
        let alone = place.between.load(Ordering::Acquire).is_null();
        let again = !alone && self.inside.iter().any(|thread| thread.load(Ordering::Relaxed) == me);
        if !again {
            own();
        }
        if alone || again {
            // SAFETY: as the caller promises.
            return unsafe { call_kept(&place.original, signal, info, context) };
        }
        let claim = |thread: &&AtomicU64| {
            thread.compare_exchange(0, me, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        // Without a place nobody is called: that is better than for ever.
        let Some(thread) = self.inside.iter().find(claim) else { return true };
        // SAFETY: as the caller promises.
        let called = unsafe { call_kept(&place.between, signal, info, context) };
        thread.store(0, Ordering::Relaxed);
        called
    }

    /// Whether a signal comes to us first.
    pub(crate) fn is_on_top(&self, signal: c_int) -> bool {
        current(signal).is_ok_and(|now| self.is_ours(&now))
    }

    fn is_ours(&self, action: &libc::sigaction) -> bool {
        action.sa_sigaction == self.handler as usize
    }

    fn place(&self, signal: c_int) -> Option<&Place> {
        self.places.get(usize::try_from(signal).ok()?)
    }
}

/// What is left of an action with `SA_RESETHAND` once it has been called. Never written to.
// SAFETY: plain data, all zeroes are valid: the default action with no mask.
static DEFAULT: libc::sigaction = unsafe { std::mem::zeroed() };

/// Calls the action that is kept, as the kernel would: one with `SA_RESETHAND` once. False if it is the default action.
///
/// # Safety
/// As for [`call`].
unsafe fn call_kept(
    kept: &AtomicPtr<libc::sigaction>,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) -> bool {
    let found = kept.load(Ordering::Acquire);
    // SAFETY: null, or an action that is never freed.
    let Some(action) = (unsafe { found.as_ref() }) else { return false };
    let default = (&raw const DEFAULT).cast_mut();
    let reset = || kept.compare_exchange(found, default, Ordering::AcqRel, Ordering::Relaxed).is_ok();
    // Of two threads with the signal one calls the handler, for the other it is gone.
    if action.sa_flags & libc::SA_RESETHAND != 0 && !reset() {
        return false;
    }
    // SAFETY: as the caller promises.
    unsafe { call(action, signal, info, context) }
}

/// This thread and the signal in one number, which is not zero.
fn key(signal: c_int) -> u64 {
    // SAFETY: no memory is passed; async-signal-safe.
    let thread = unsafe { libc::pthread_self() } as u64;
    // An address of this process has room above it.
    (thread << 8) | u64::from(signal.unsigned_abs())
}

/// Whether nobody handles the signal.
#[cfg(feature = "signals")]
pub(crate) fn is_default(signal: c_int) -> bool {
    current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_DFL)
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

// The mark: what follows does not run in a handler.

impl Chained {
    /// Lays our handler over whatever has the signal.
    pub(crate) fn install(&self, signal: c_int) -> io::Result<()> {
        let Some(place) = self.place(signal) else { return Err(io::ErrorKind::InvalidInput.into()) };
        let now = current(signal)?;
        if self.is_ours(&now) {
            return Ok(());
        }
        let buried = place.buried.load(Ordering::Acquire);
        if buried && !place.between.load(Ordering::Acquire).is_null() {
            // Two others lie over ours by turns: the upper one calls it.
            return Ok(());
        }
        // First the entry, then the handler that reads it.
        keep(if buried { &place.between } else { &place.original }, now);
        set(signal, &self.ours())
    }

    /// Gives the signal back to whoever had it. If another handler was laid over ours meanwhile, ours stays below it and
    /// hands on what it is given.
    pub(crate) fn restore(&self, signal: c_int) {
        let Some(place) = self.place(signal) else { return };
        if !self.is_on_top(signal) {
            place.buried.store(true, Ordering::Release);
            return;
        }
        let between = place.between.swap(ptr::null_mut(), Ordering::AcqRel);
        place.buried.store(!between.is_null(), Ordering::Release);
        let below = if between.is_null() { place.original.load(Ordering::Acquire) } else { between };
        // SAFETY: actions are made by `keep` and never freed.
        if let Some(action) = unsafe { below.as_ref() } {
            // Cannot fail: the kernel took a handler for the same signal before.
            let _ = set(signal, action);
        }
    }

    /// System calls under way go on. All other signals wait: an alternate stack of 8 KiB has no room for two handlers.
    fn ours(&self) -> libc::sigaction {
        // SAFETY: a struct of zeros is valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = self.handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
        action.sa_mask = all_but(FAULTS);
        action
    }
}

/// Puts the action in, unless its like is there: who starts and stops by turns takes no more memory each time.
fn keep(place: &AtomicPtr<libc::sigaction>, action: libc::sigaction) {
    let alike =
        |kept: &libc::sigaction| (kept.sa_sigaction, kept.sa_flags) == (action.sa_sigaction, action.sa_flags);
    // SAFETY: null, or made here and never freed.
    if !unsafe { place.load(Ordering::Acquire).as_ref() }.is_some_and(alike) {
        place.store(Box::into_raw(Box::new(action)), Ordering::Release);
    }
}

fn set(signal: c_int, action: &libc::sigaction) -> io::Result<()> {
    // SAFETY: the action is ours or one that the kernel gave out; its handler is a function of the right kind.
    match unsafe { libc::sigaction(signal, action, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI32, AtomicUsize};

    static CHAIN: Chained = Chained::new(handle);
    static OWN: AtomicUsize = AtomicUsize::new(0);
    /// What [`CHAIN`] said last.
    static CALLED: AtomicBool = AtomicBool::new(false);
    static BEFORE: AtomicUsize = AtomicUsize::new(0);
    /// How deep the handler that was there before is in itself, and the deepest it was.
    static DEPTH: AtomicI32 = AtomicI32::new(0);
    static DEEPEST: AtomicI32 = AtomicI32::new(0);

    extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        let own = || _ = OWN.fetch_add(1, Ordering::Relaxed);
        // SAFETY: what the kernel passed.
        let called = unsafe { CHAIN.run(signal, info, context, own) };
        CALLED.store(called, Ordering::Relaxed);
    }

    /// Sends itself the signal, the first two times.
    extern "C" fn before(signal: c_int) {
        let depth = DEPTH.fetch_add(1, Ordering::Relaxed) + 1;
        DEEPEST.fetch_max(depth, Ordering::Relaxed);
        if BEFORE.fetch_add(1, Ordering::Relaxed) < 2 {
            raise(signal);
        }
        DEPTH.fetch_sub(1, Ordering::Relaxed);
    }

    fn raise(signal: c_int) {
        // SAFETY: passes no memory.
        assert_eq!(unsafe { libc::raise(signal) }, 0);
    }

    /// Takes that of std from this thread.
    fn without_alternate_stack() {
        let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: points to a local.
        assert_eq!(unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) }, 0);
    }

    /// Lays ours over [`before`] with those flags, and has the signal sent.
    fn deepest_with(flags: c_int) -> i32 {
        let signal = libc::SIGUSR2;
        // SAFETY: a struct of zeros is valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = before as extern "C" fn(c_int) as usize;
        action.sa_flags = flags;
        set(signal, &action).unwrap();
        CHAIN.install(signal).unwrap();
        for count in [&OWN, &BEFORE] {
            count.store(0, Ordering::Relaxed);
        }
        DEEPEST.store(0, Ordering::Relaxed);
        raise(signal);
        CHAIN.restore(signal);
        DEEPEST.load(Ordering::Relaxed)
    }

    /// One test: a process has one set of handlers.
    #[test]
    fn handlers_before_ours_are_called_as_the_kernel_would_call_them() {
        assert_eq!(deepest_with(0), 1, "the signal waits");
        assert_eq!((OWN.load(Ordering::Relaxed), BEFORE.load(Ordering::Relaxed)), (3, 3));
        assert_eq!(deepest_with(libc::SA_NODEFER), 1, "on the 8 KiB of std's alternate stack too");
        without_alternate_stack();
        assert_eq!(deepest_with(libc::SA_NODEFER), 3, "it does not");

        assert_eq!(deepest_with(libc::SA_RESETHAND), 1);
        assert_eq!((OWN.load(Ordering::Relaxed), BEFORE.load(Ordering::Relaxed)), (2, 1), "once");
        assert!(!CALLED.load(Ordering::Relaxed), "the second time there was nobody");
        assert_eq!(current(libc::SIGUSR2).unwrap().sa_sigaction, libc::SIG_DFL, "and that is given back");
    }
}
