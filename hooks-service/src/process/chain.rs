//! SIGNAL HANDLER, up to the mark. A handler of ours for signals that others handle too: laid over theirs once, for the life
//! of the process. Who wants no more signals flips a flag of his own, and the handler hands on what comes.
//!
//! Others may lay theirs over ours and call it. Where that was done before ours is asked for again, nobody can know whether
//! they do; so ours is laid over them once more, as a second function that knows whom it covers. Of the two the upper one
//! acts, and both hand on.
//!
//! Nothing is allocated, locked or waited for; `errno` is saved.

use super::action::{current, set};
use super::handler::{Errno, FAULTS, Handler, all_but, by_default, call};
use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One above the highest signal number of Linux.
const SIGNALS: usize = 65;
/// How often ours may be laid over others: whoever comes over the upper one is expected to call it.
pub(crate) const LEVELS: usize = 2;

/// Our handlers, for any number of signals. A static, since a handler may be under way at any time.
pub(crate) struct Chain {
    /// The same one for each level: they differ in the number that they call [`run`](Self::run) with.
    handlers: [Handler; LEVELS],
    /// Whom each covers, null: it is not installed. Actions are never freed: a handler may be about to call one.
    covered: [[AtomicPtr<libc::sigaction>; LEVELS]; SIGNALS],
}

impl Chain {
    pub(crate) const fn new(handlers: [Handler; LEVELS]) -> Self {
        let none = [const { [const { AtomicPtr::new(ptr::null_mut()) }; LEVELS] }; SIGNALS];
        Self { handlers, covered: none }
    }

    /// The body of our handler: `own`, which says whether it took the signal, and then whom this level covers. A signal that
    /// nobody takes does what it does in a program without handlers.
    ///
    /// # Safety
    /// The first three are what the kernel passed to the handler. `own` is async-signal-safe.
    pub(crate) unsafe fn run(
        &self,
        level: usize,
        (signal, info, context): (c_int, *mut libc::siginfo_t, *mut c_void),
        own: impl FnOnce() -> bool,
    ) {
        let _errno = Errno::save();
        let upper = self.place(signal, level + 1);
        let acts = upper.is_none_or(|upper| upper.load(Ordering::Acquire).is_null());
        let taken = acts && own();
        let Some(place) = self.place(signal, level) else { return };
        // SAFETY: as the caller promises.
        let called = unsafe { call_kept(place, signal, info, context) };
        if !taken && !called && self.decides(signal, level) {
            by_default(signal);
        }
    }

    /// Nobody else has come over us since, who would have taken the signal.
    fn decides(&self, signal: c_int, level: usize) -> bool {
        let ours = self.handlers.get(level).map(|handler| *handler as usize);
        current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_DFL || Some(now.sa_sigaction) == ours)
    }

    fn place(&self, signal: c_int, level: usize) -> Option<&AtomicPtr<libc::sigaction>> {
        self.covered.get(usize::try_from(signal).ok()?)?.get(level)
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

// The mark: what follows does not run in a handler.

impl Chain {
    /// Has the signal come to us first, unless it does already, or goes to one who lies over both of ours.
    pub(crate) fn install(&self, signal: c_int) -> io::Result<()> {
        let now = current(signal)?;
        let (Some(lower), Some(upper)) = (self.place(signal, 0), self.place(signal, 1)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        if self.handlers.iter().any(|handler| now.sa_sigaction == *handler as usize) {
            return Ok(());
        }
        // What is no function calls nobody: whatever lay below it is out of reach.
        let calls_nobody = matches!(now.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN);
        if calls_nobody || lower.load(Ordering::Acquire).is_null() {
            upper.store(ptr::null_mut(), Ordering::Release);
            return lay_over(lower, self.handlers[0], signal, now);
        }
        if upper.load(Ordering::Acquire).is_null() {
            return lay_over(upper, self.handlers[1], signal, now);
        }
        Ok(())
    }

    /// Whether a signal that we do not take does what it does in a program without handlers: nobody else has it.
    #[cfg(any(feature = "signals", test))]
    pub(crate) fn covers_nobody(&self, signal: c_int) -> bool {
        (0..LEVELS).any(|level| {
            // SAFETY: null, or an action that is never freed.
            let below =
                self.place(signal, level).and_then(|place| unsafe { place.load(Ordering::Acquire).as_ref() });
            below.is_some_and(|below| below.sa_sigaction == libc::SIG_DFL) && self.decides(signal, level)
        })
    }
}

/// First the entry, then the handler that reads it.
fn lay_over(
    place: &AtomicPtr<libc::sigaction>,
    handler: Handler,
    signal: c_int,
    now: libc::sigaction,
) -> io::Result<()> {
    let before = place.swap(Box::into_raw(Box::new(now)), Ordering::AcqRel);
    // SAFETY: ours has the signature of `SA_SIGINFO`, and is there for the life of the process.
    let set = unsafe { set(signal, &ours(handler)) };
    set.map(drop).inspect_err(|_| place.store(before, Ordering::Release))
}

/// System calls under way go on. All other signals wait: an alternate stack of 8 KiB has no room for two handlers.
fn ours(handler: Handler) -> libc::sigaction {
    // SAFETY: a struct of zeros is valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    action.sa_mask = all_but(FAULTS);
    action
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize};

    static CHAIN: Chain = Chain::new([handle::<0>, handle::<1>]);
    /// Whether ours wants the signal.
    static WANTS: AtomicBool = AtomicBool::new(true);
    static OWN: AtomicUsize = AtomicUsize::new(0);
    static BEFORE: AtomicUsize = AtomicUsize::new(0);
    /// How deep the handler that was there before is in itself, and the deepest it was.
    static DEPTH: AtomicI32 = AtomicI32::new(0);
    static DEEPEST: AtomicI32 = AtomicI32::new(0);
    const SIGNAL: c_int = libc::SIGUSR2;

    extern "C" fn handle<const LEVEL: usize>(
        signal: c_int,
        info: *mut libc::siginfo_t,
        context: *mut c_void,
    ) {
        let own = || {
            let wants = WANTS.load(Ordering::Relaxed);
            OWN.fetch_add(usize::from(wants), Ordering::Relaxed);
            wants
        };
        // SAFETY: what the kernel passed.
        unsafe { CHAIN.run(LEVEL, (signal, info, context), own) };
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

    fn set_handler(handler: usize, flags: c_int) {
        // SAFETY: a struct of zeros is valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        // SAFETY: a function of this module with the signature that the flags say, or none.
        unsafe { set(SIGNAL, &action) }.unwrap();
    }

    /// How often ours and [`before`] ran since this was asked last.
    fn counts() -> (usize, usize) {
        (OWN.swap(0, Ordering::Relaxed), BEFORE.swap(0, Ordering::Relaxed))
    }

    /// Takes that of std from this thread.
    fn without_alternate_stack() {
        let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: points to a local.
        assert_eq!(unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) }, 0);
    }

    /// As if ours had never been there.
    fn forget() {
        set_handler(libc::SIG_DFL, 0);
        for level in 0..LEVELS {
            CHAIN.place(SIGNAL, level).unwrap().store(ptr::null_mut(), Ordering::Relaxed);
        }
        counts();
    }

    /// Lays ours over [`before`] with those flags, and has the signal sent.
    fn deepest_with(flags: c_int) -> i32 {
        forget();
        set_handler(before as extern "C" fn(c_int) as usize, flags);
        CHAIN.install(SIGNAL).unwrap();
        DEEPEST.store(0, Ordering::Relaxed);
        raise(SIGNAL);
        DEEPEST.load(Ordering::Relaxed)
    }

    fn covered_before_ours() {
        assert_eq!(deepest_with(0), 1, "the signal waits");
        assert_eq!(counts(), (3, 3));
        assert_eq!(deepest_with(libc::SA_NODEFER), 1, "on the 8 KiB of std's alternate stack too");
        without_alternate_stack();
        assert_eq!(deepest_with(libc::SA_NODEFER), 3, "it does not");
        assert_eq!(deepest_with(libc::SA_RESETHAND), 1);
        assert_eq!(counts(), (2, 1), "once");
        assert!(CHAIN.covers_nobody(SIGNAL), "as if it had been reset");
    }

    fn installed_once() {
        forget();
        // Not to raise again.
        BEFORE.store(2, Ordering::Relaxed);
        set_handler(before as extern "C" fn(c_int) as usize, 0);
        (0..3).for_each(|_| CHAIN.install(SIGNAL).unwrap());
        assert!(CHAIN.place(SIGNAL, 1).unwrap().load(Ordering::Relaxed).is_null(), "not over itself");
        raise(SIGNAL);
        assert_eq!(counts(), (1, 3));
        for (wants, own) in [(false, 0), (true, 1)] {
            WANTS.store(wants, Ordering::Relaxed);
            BEFORE.store(2, Ordering::Relaxed);
            CHAIN.install(SIGNAL).unwrap();
            raise(SIGNAL);
            assert_eq!(counts(), (own, 3), "stopped and begun again");
        }
    }

    /// What another library does that comes after us.
    static COVERED: AtomicUsize = AtomicUsize::new(0);
    static ABOVE: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn above(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        ABOVE.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the address of the handler with that signature that was there.
        unsafe {
            let covered: Handler = std::mem::transmute(COVERED.load(Ordering::Relaxed));
            covered(signal, info, context);
        }
    }

    fn covered_by_another() {
        forget();
        BEFORE.store(2, Ordering::Relaxed);
        set_handler(before as extern "C" fn(c_int) as usize, 0);
        CHAIN.install(SIGNAL).unwrap();
        COVERED.store(current(SIGNAL).unwrap().sa_sigaction, Ordering::Relaxed);
        set_handler(above as Handler as usize, libc::SA_SIGINFO);
        raise(SIGNAL);
        assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 3), 1), "below it");
        // Does it call ours? Nobody knows: ours comes over it, and acts once all the same.
        for _ in 0..3 {
            BEFORE.store(2, Ordering::Relaxed);
            CHAIN.install(SIGNAL).unwrap();
            raise(SIGNAL);
            assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 3), 1));
        }
        // One that calls nobody.
        set_handler(before as extern "C" fn(c_int) as usize, 0);
        set_handler(libc::SIG_IGN, 0);
        CHAIN.install(SIGNAL).unwrap();
        raise(SIGNAL);
        assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 0), 0));
    }

    /// One test: a process has one set of handlers.
    #[test]
    fn handlers_below_and_above_ours_are_called_as_the_kernel_would_call_them() {
        covered_before_ours();
        installed_once();
        covered_by_another();
    }
}
