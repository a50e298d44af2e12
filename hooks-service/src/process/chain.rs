//! SIGNAL HANDLER, up to the mark. A handler of ours for signals that others handle too: laid over theirs once, for the life
//! of the process. Who wants no more signals flips a flag of his own, and the handler hands on what comes.
//!
//! Others may lay theirs over ours and call it. Where that was done before ours is asked for again, nobody can know whether
//! they do; so ours is laid over them again, as a second function, which tells what it covers from what the first one covers.
//! They may give the signal back to the first one later, and may take ours for what was there before them, so that the signal
//! comes round. Each delivery is known by a mark: the first of ours that it comes to acts, and the next ones only hand on.
//!
//! Nothing is allocated, locked or waited for; `errno` is saved.

use super::action::{current, set};
use super::delivery::Deliveries;
use super::handler::{Errno, FAULTS, Handler, all_but, by_default, call, tells_of_a_fault};
use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One above the highest signal number of Linux.
const SIGNALS: usize = 65;
/// The one that was there first, and the one over those who came later.
pub(crate) const LEVELS: usize = 2;

/// Our handlers, for any number of signals. A static, since a handler may be under way at any time.
pub(crate) struct Chain {
    /// The same one for each level: they differ in the number that they call [`run`](Self::run) with.
    handlers: [Handler; LEVELS],
    /// Whom each covers, null: it is not installed. Actions are never freed: a handler may be about to call one.
    covered: [[AtomicPtr<libc::sigaction>; LEVELS]; SIGNALS],
    deliveries: Deliveries,
}

/// What the kernel passes to a handler.
type Arguments = (c_int, *mut libc::siginfo_t, *mut c_void);

impl Chain {
    pub(crate) const fn new(handlers: [Handler; LEVELS]) -> Self {
        let none = [const { [const { AtomicPtr::new(ptr::null_mut()) }; LEVELS] }; SIGNALS];
        Self { handlers, covered: none, deliveries: Deliveries::new() }
    }

    /// The body of our handler: `own`, which says whether it took the signal, and then whom this level covers. A signal that
    /// nobody takes does what it does in a program without handlers.
    ///
    /// # Safety
    /// The arguments are what the kernel passed to the handler. `own` is async-signal-safe.
    pub(crate) unsafe fn run(&self, level: usize, arguments: Arguments, own: impl FnOnce() -> bool) {
        let _errno = Errno::save();
        let signal = arguments.0;
        let (Some(first), Some(place)) = (self.place(signal, 0), self.place(signal, level)) else { return };
        match self.visits_before(level, arguments) {
            0 => {
                let taken = own();
                // SAFETY: as the caller promises.
                let called = unsafe { call_kept(place, arguments) };
                if !taken && !called && self.decides(signal, level) {
                    by_default(signal);
                }
            }
            // One that we cover has called us. Those that were there at first know nothing of us.
            1 if self.covers_two(signal) => {
                // SAFETY: as the caller promises.
                unsafe { call_kept(first, arguments) };
            }
            _ => {}
        }
    }

    /// How often this delivery has been with us before.
    fn visits_before(&self, level: usize, (signal, _, context): Arguments) -> usize {
        if is_context(context) {
            // SAFETY: the kernel's, and its handlers' for the length of the call.
            return self.deliveries.visits_before(unsafe { &mut *context.cast() });
        }
        // Called without what we asked for: from below, if the upper one is what the kernel calls.
        let upper = self.handlers.get(level + 1).map(|upper| *upper as usize);
        usize::from(upper.is_some_and(|upper| current(signal).is_ok_and(|now| now.sa_sigaction == upper)))
    }

    /// Each level covers one of its own. Who was there first may have come again over ours.
    fn covers_two(&self, signal: c_int) -> bool {
        let covered = |level| {
            let kept = self.place(signal, level)?.load(Ordering::Acquire);
            // SAFETY: null, or an action that is never freed.
            unsafe { kept.as_ref() }.map(|action| action.sa_sigaction)
        };
        covered(1).is_some_and(|upper| covered(0) != Some(upper))
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

/// Whether that may be a context of the kernel's, which lies on the stack of the handler. Who thinks that ours takes one
/// argument calls it with whatever the register has.
fn is_context(context: *mut c_void) -> bool {
    /// What the handlers above ours may have on the stack.
    const NEAR: usize = 64 * 1024;
    let here = 0_u8;
    let here = (&raw const here).addr();
    let context = context.cast::<libc::ucontext_t>();
    context.is_aligned() && (here..here + NEAR).contains(&context.addr())
}

/// What is left of an action with `SA_RESETHAND` once it has been called. Never written to.
// SAFETY: plain data, all zeroes are valid: the default action with no mask.
static DEFAULT: libc::sigaction = unsafe { std::mem::zeroed() };

/// Calls the action that is kept, as the kernel would: one with `SA_RESETHAND` once. False if it is the default action.
///
/// # Safety
/// As for [`call`].
unsafe fn call_kept(kept: &AtomicPtr<libc::sigaction>, (signal, info, context): Arguments) -> bool {
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

/// Whether the signal can ask for something: faults are not sent, and two signals cannot be handled.
pub(crate) fn may_ask(signal: c_int) -> io::Result<()> {
    if tells_of_a_fault(signal) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it tells of a fault of the program"));
    }
    if [libc::SIGKILL, libc::SIGSTOP].contains(&signal) {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    current(signal).map(drop)
}

impl Chain {
    /// Has the signal come to us first, unless it does already.
    pub(crate) fn install(&self, signal: c_int) -> io::Result<()> {
        let now = current(signal)?;
        let (Some(lower), Some(upper)) = (self.place(signal, 0), self.place(signal, 1)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        if self.is_ours(&now) {
            return Ok(());
        }
        // What is no function calls nobody: whatever lay below it is out of reach.
        let calls_nobody = matches!(now.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN);
        if calls_nobody || lower.load(Ordering::Acquire).is_null() {
            upper.store(ptr::null_mut(), Ordering::Release);
            return self.lay_over(lower, self.handlers[0], signal, now);
        }
        self.lay_over(upper, self.handlers[1], signal, now)
    }

    /// Whether ours has ever been there. Not if whoever started the program has it ignore the signal.
    #[cfg(any(feature = "signals", test))]
    pub(crate) fn was_installed(&self, signal: c_int) -> bool {
        self.place(signal, 0).is_some_and(|place| !place.load(Ordering::Acquire).is_null())
    }

    fn is_ours(&self, action: &libc::sigaction) -> bool {
        self.handlers.iter().any(|handler| action.sa_sigaction == *handler as usize)
    }

    /// First the entry, then the handler that reads it.
    fn lay_over(
        &self,
        place: &AtomicPtr<libc::sigaction>,
        handler: Handler,
        signal: c_int,
        now: libc::sigaction,
    ) -> io::Result<()> {
        let keep = |action| place.swap(Box::into_raw(Box::new(action)), Ordering::AcqRel);
        let before = keep(now);
        // SAFETY: ours has the signature of `SA_SIGINFO`, and is there for the life of the process.
        let replaced = unsafe { set(signal, &ours(handler)) };
        let replaced = replaced.inspect_err(|_| place.store(before, Ordering::Release))?;
        // Somebody came in between.
        if replaced.sa_sigaction != now.sa_sigaction && !self.is_ours(&replaced) {
            keep(replaced);
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
        // It gives back what it found.
        set_handler(CHAIN.handlers[0] as usize, libc::SA_SIGINFO);
        for _ in 0..2 {
            BEFORE.store(2, Ordering::Relaxed);
            raise(SIGNAL);
            assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 3), 0), "the first one acts");
            CHAIN.install(SIGNAL).unwrap();
        }
        // One that calls nobody.
        set_handler(before as extern "C" fn(c_int) as usize, 0);
        set_handler(libc::SIG_IGN, 0);
        CHAIN.install(SIGNAL).unwrap();
        raise(SIGNAL);
        assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 0), 0));
    }

    /// Each takes the other for what was there before it.
    fn covered_by_one_that_has_ours_for_its_previous() {
        for first in [before as extern "C" fn(c_int) as usize, above as Handler as usize] {
            forget();
            set_handler(first, libc::SA_SIGINFO);
            CHAIN.install(SIGNAL).unwrap();
            for _ in 0..3 {
                COVERED.store(current(SIGNAL).unwrap().sa_sigaction, Ordering::Relaxed);
                set_handler(above as Handler as usize, libc::SA_SIGINFO);
                CHAIN.install(SIGNAL).unwrap();
                BEFORE.store(2, Ordering::Relaxed);
                raise(SIGNAL);
                let before = if first == above as Handler as usize { 2 } else { 3 };
                assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, before), 1));
            }
        }
    }

    extern "C" fn above_with_one_argument(signal: c_int) {
        above(signal, ptr::without_provenance_mut(8), ptr::without_provenance_mut(8));
    }

    fn called_with_one_argument() {
        forget();
        CHAIN.install(SIGNAL).unwrap();
        COVERED.store(current(SIGNAL).unwrap().sa_sigaction, Ordering::Relaxed);
        for _ in 0..2 {
            set_handler(above_with_one_argument as extern "C" fn(c_int) as usize, 0);
            raise(SIGNAL);
            assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 0), 1));
            CHAIN.install(SIGNAL).unwrap();
            raise(SIGNAL);
            assert_eq!((counts(), ABOVE.swap(0, Ordering::Relaxed)), ((1, 0), 1));
        }
    }

    fn replaced_again_and_again() {
        forget();
        for _ in 0..4 {
            CHAIN.install(SIGNAL).unwrap();
            BEFORE.store(2, Ordering::Relaxed);
            raise(SIGNAL);
            assert_eq!(counts().0, 1);
            set_handler(before as extern "C" fn(c_int) as usize, 0);
        }
    }

    /// One test: a process has one set of handlers.
    #[test]
    fn handlers_below_and_above_ours_are_called_as_the_kernel_would_call_them() {
        covered_before_ours();
        installed_once();
        covered_by_another();
        covered_by_one_that_has_ours_for_its_previous();
        called_with_one_argument();
        replaced_again_and_again();
    }
}
