//! SIGNAL HANDLER. Everything here down to `uninstall` runs in one, on whatever thread, between any two instructions:
//! nothing is allocated, locked, formatted or waited for; `errno` is saved; every loop is bounded.

use super::record::Record;
use super::session::Session;
use super::slot::Slot;
use crate::capture::{End, Interrupted, Live, Registers, Tools, Way, thread_pointer, walk};
use crate::code::{Code, Unwinder};
use crate::process::handler::{Errno, all_but};
use crate::process::own_id;
use crate::profile::{Clock, Error};
use hooks_runtime::labels::observe;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The session that signals belong to.
static CURRENT: AtomicPtr<Session> = AtomicPtr::new(std::ptr::null_mut());
/// How many handlers (and thread hooks) may be using it.
static IN_USE: AtomicUsize = AtomicUsize::new(0);

/// The stacks that handlers run on: what tells that code runs in a handler.
static STACK_START: AtomicUsize = AtomicUsize::new(0);
static STACK_END: AtomicUsize = AtomicUsize::new(0);

/// `si_code` of the signal of a descriptor that is ready: what a perf event sends.
const DESCRIPTOR_READY: c_int = 1;

extern "C" fn handle(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes both, and they are ours for the length of the call.
    let (info, context) = unsafe { (&*info, &*context.cast::<libc::ucontext_t>()) };
    let _errno = Errno::save();
    with_current(|session| session.tick(info, context));
}

/// Calls `f` with the session, if there is one, and keeps it from being freed meanwhile.
pub(super) fn with_current(f: impl FnOnce(&Session)) {
    // SeqCst: either this count is seen by `uninstall`, or its null is seen here.
    IN_USE.fetch_add(1, Ordering::SeqCst);
    // SAFETY: `uninstall` stores null and waits for the count before the session may be freed.
    if let Some(session) = unsafe { CURRENT.load(Ordering::SeqCst).as_ref() } {
        f(session);
    }
    IN_USE.fetch_sub(1, Ordering::SeqCst);
}

/// What a signal says: whom it is for and how many periods it stands for.
struct Tick<'a> {
    slot: Option<&'a Slot>,
    weight: u32,
}

impl Session {
    fn tick(&self, info: &libc::siginfo_t, context: &libc::ucontext_t) {
        let Some(tick) = self.classify(info) else { return };
        self.counts.seen.add(tick.weight.into());
        if tick.slot.is_none() {
            self.counts.unattached.add(tick.weight.into());
        }
        let Some(mut scratch) = self.pool.claim() else {
            self.counts.no_scratch.add(tick.weight.into());
            return;
        };
        let stored = &mut false;
        let work = |code: &Code, tools: &mut Tools| {
            *stored = self.ring.push(|record| self.sample(&tick, context, code.unwinder(), tools, record));
        };
        // SAFETY: `install` has all signals blocked while the handler runs.
        unsafe { scratch.run(work) };
        if !*stored {
            self.counts.ring_full.add(tick.weight.into());
        }
    }

    /// Go's rule: a thread with a timer takes signals of that timer only, a thread without takes the process's.
    fn classify(&self, info: &libc::siginfo_t) -> Option<Tick<'_>> {
        match info.si_code {
            libc::SI_TIMER => {
                // SAFETY: a signal of a timer carries both.
                let (value, overrun) =
                    unsafe { (info.si_value().sival_ptr.addr() as u64, info.si_overrun()) };
                let slot = self.threads.by_value(value)?;
                let periods = u32::try_from(overrun).unwrap_or(0).saturating_add(1);
                Some(Tick { slot: Some(slot), weight: periods.saturating_add(slot.take_owed()) })
            }
            libc::SI_KERNEL if self.plan.clock == Clock::Cpu => {
                let attached = self.threads.by_id(own_id()).is_some();
                (!attached).then_some(Tick { slot: None, weight: self.plan.process_weight })
            }
            DESCRIPTOR_READY => {
                let slot = self.threads.by_id(own_id())?;
                let period = u64::from(self.plan.period.subsec_nanos());
                let weight = slot.event_periods(slot.event()?, period);
                (weight > 0).then_some(Tick { slot: Some(slot), weight })
            }
            _ => None,
        }
    }

    /// Runs on the scratch's stack.
    fn sample(
        &self,
        tick: &Tick<'_>,
        context: &libc::ucontext_t,
        unwinder: &Unwinder,
        tools: &mut Tools,
        record: &mut Record,
    ) {
        record.reset(tick.weight);
        let interrupted = Interrupted::new(&Registers::of(context), unwinder.code_end());
        let direct = tick.slot.map_or(0..0, |slot| slot.home.readable(thread_pointer(), interrupted.sp));
        // SAFETY: inside of the home stack of the thread that this handler interrupted, at or above its stack pointer:
        // mapped, and not changed while the handler runs.
        let mut live = unsafe { Live::new(&mut tools.window, Way::Call).with_direct(direct) };
        let read = |address| live.word(address);
        let end = walk(unwinder, &interrupted, &mut tools.cache, read, |frame| record.push_frame(frame));
        (record.complete, record.truncated) = (end == End::Root, end == End::NoRoom);
        self.labels(tick, record);
    }

    fn labels(&self, tick: &Tick<'_>, record: &mut Record) {
        let readable =
            tick.slot.map_or(self.plan.labels_readable, |slot| slot.labels_readable.load(Ordering::Relaxed));
        if !readable {
            self.counts.labels_unreadable.add(tick.weight.into());
            return;
        }
        let mut left_out = 0;
        let too_deep =
            observe::visit(&mut |key, value| left_out += u64::from(!record.labels.push(key, value)));
        left_out += u64::from(too_deep);
        if left_out > 0 {
            self.counts.labels_left_out.add(left_out);
        }
    }
}

/// Whether the caller runs inside of the sampling handler. Async-signal-safe.
pub(crate) fn in_handler() -> bool {
    let here = 0_u8;
    let range = STACK_START.load(Ordering::Relaxed)..STACK_END.load(Ordering::Relaxed);
    range.contains(&(&raw const here).addr())
}

// What follows does not run in the handler.

/// Refuses if someone else handles `SIGPROF`.
pub(super) fn check_owner() -> Result<(), Error> {
    match other()? {
        Some(handler) if !matches!(handler, libc::SIG_DFL | libc::SIG_IGN) => {
            Err(Error::ForeignHandler { handler })
        }
        _ => Ok(()),
    }
}

/// What is done at `SIGPROF`, if it is not our handler that is called.
pub(super) fn other() -> Result<Option<libc::sighandler_t>, Error> {
    installed().map(|current| (current != ours()).then_some(current))
}

/// Points the handler to `session` and installs it. The session lives until `uninstall` has returned.
pub(super) fn install(session: &Session) -> Result<(), Error> {
    let stacks = session.pool.stack_range();
    STACK_START.store(stacks.start, Ordering::Relaxed);
    STACK_END.store(stacks.end, Ordering::Relaxed);
    CURRENT.store(std::ptr::from_ref(session).cast_mut(), Ordering::SeqCst);
    set(ours())
}

/// Has `SIGPROF` ignored (a late one would end the process), and waits until no handler uses the session.
///
/// A handler that someone else installed meanwhile is left in place; [`Takeover`](super::takeover::Takeover) tells of it.
pub(super) fn uninstall() {
    if other().is_ok_and(|other| other.is_none()) {
        let _ = set(libc::SIG_IGN);
    }
    CURRENT.store(std::ptr::null_mut(), Ordering::SeqCst);
    while IN_USE.load(Ordering::SeqCst) != 0 {
        thread::sleep(Duration::from_micros(50));
    }
}

/// Forgets the session and those who used it: in a forked child they do not exist. Returns the session.
pub(super) fn abandon() -> *mut Session {
    IN_USE.store(0, Ordering::SeqCst);
    CURRENT.swap(std::ptr::null_mut(), Ordering::SeqCst)
}

fn ours() -> libc::sighandler_t {
    handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as libc::sighandler_t
}

fn installed() -> Result<libc::sighandler_t, Error> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks, and sets nothing.
    if unsafe { libc::sigaction(libc::SIGPROF, std::ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(Error::last("sigaction"));
    }
    // SAFETY: filled by the call; all zeroes would be valid too.
    Ok(unsafe { action.assume_init() }.sa_sigaction)
}

fn set(handler: libc::sighandler_t) -> Result<(), Error> {
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // All signals stay blocked while the handler runs: it leaves the alternate stack for one of
    // its own, and the kernel would hand the alternate stack to the next signal as if it were free.
    action.sa_mask = all_but([]);
    // SAFETY: the handler has the signature that SA_SIGINFO asks for (or is SIG_IGN) and stays in memory.
    let failed = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("sigaction")) } else { Ok(()) }
}
