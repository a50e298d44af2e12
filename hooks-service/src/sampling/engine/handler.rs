//! SIGNAL HANDLER. Everything here, up to the mark, runs in one, on whatever thread, between any two instructions:
//! nothing is allocated, locked, formatted or waited for; `errno` is saved; every loop is bounded.

use super::rate::Rate;
use super::record::Record;
use super::slot::{self, Slot};
use crate::capture::{End, Interruption, Live, Registers, Tools, Way, thread_pointer, walk};
use crate::code::{Code, Unwinder};
use crate::process::handler::Errno;
use crate::process::own_id;
use crate::sampling::clock::Clock;
use crate::sampling::error::MOST_RATES;
use hooks_runtime::labels::observe;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Where a rate is found while it runs.
struct Place {
    rate: AtomicPtr<Rate>,
    /// How many handlers (and thread hooks) may be using it.
    users: AtomicUsize,
}

static PLACES: [Place; MOST_RATES] =
    [const { Place { rate: AtomicPtr::new(std::ptr::null_mut()), users: AtomicUsize::new(0) } }; MOST_RATES];

/// The stacks that handlers run on: what tells that code runs in a handler.
static STACK_START: AtomicUsize = AtomicUsize::new(0);
static STACK_END: AtomicUsize = AtomicUsize::new(0);

/// `si_code` of the signal of a descriptor that is ready: what a perf event sends.
const DESCRIPTOR_READY: c_int = 1;

pub(super) extern "C" fn handle(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes both, and they are ours for the length of the call.
    let (info, context) = unsafe { (&*info, &*context.cast::<libc::ucontext_t>()) };
    let _errno = Errno::save();
    match info.si_code {
        libc::SI_TIMER => {
            // SAFETY: a signal of a timer carries both.
            let (value, overrun) = unsafe { (info.si_value().sival_ptr.addr() as u64, info.si_overrun()) };
            let expiries = u32::try_from(overrun).unwrap_or(0).saturating_add(1);
            if value == slot::PROCESS {
                with_rates(|rate| rate.process_timer_expired(expiries, context));
            } else if let Some(place) = slot::place(value) {
                with_rate(place, |rate| rate.timer_expired(value, expiries, context));
            }
        }
        libc::SI_KERNEL => with_rates(|rate| rate.process_timer_expired(1, context)),
        DESCRIPTOR_READY => with_rates(|rate| rate.event_is_due(context)),
        _ => {}
    }
}

/// Calls `f` with the rate at `place`, if there is one, and keeps it from being freed meanwhile.
fn with_rate(place: usize, f: impl FnOnce(&Rate)) {
    let Some(place) = PLACES.get(place) else { return };
    // SeqCst: either this count is seen by `clear`, or its null is seen here.
    place.users.fetch_add(1, Ordering::SeqCst);
    // SAFETY: `clear` stores null and waits for the count before the rate may be freed.
    if let Some(rate) = unsafe { place.rate.load(Ordering::SeqCst).as_ref() } {
        f(rate);
    }
    place.users.fetch_sub(1, Ordering::SeqCst);
}

/// Calls `f` with each rate that runs.
pub(super) fn with_rates(mut f: impl FnMut(&Rate)) {
    (0..MOST_RATES).for_each(|place| with_rate(place, &mut f));
}

/// What a signal says: whom it is for and how many periods it stands for.
struct Tick<'a> {
    slot: Option<&'a Slot>,
    weight: u32,
}

/// Go's rule: a thread with a timer takes signals of that timer only, a thread without takes the process's.
impl Rate {
    fn timer_expired(&self, value: u64, expiries: u32, context: &libc::ucontext_t) {
        let Some(slot) = self.threads.by_value(value) else { return };
        let weight = expiries.saturating_mul(slot.at_once()).saturating_add(slot.take_owed());
        slot.bring(weight);
        self.tick(&Tick { slot: Some(slot), weight }, context);
    }

    /// Of a thread that has announced itself but has no timer yet, more is known than of others.
    fn process_timer_expired(&self, expiries: u32, context: &libc::ucontext_t) {
        let slot = self.threads.by_id(own_id());
        if self.plan.clock == Clock::Cpu && !slot.is_some_and(Slot::is_armed) {
            let weight = self.process_timer_periods(expiries);
            self.counts.unattached.add(weight.into());
            self.tick(&Tick { slot, weight }, context);
        }
    }

    /// Two rates may have an event each on a thread, and the signal does not say whose it is; both may be due.
    fn event_is_due(&self, context: &libc::ucontext_t) {
        let Some(slot) = self.threads.by_id(own_id()) else { return };
        if slot.event().is_none() {
            return;
        }
        let weight = slot.event_periods(self.plan.nanoseconds());
        slot.bring(weight);
        self.tick(&Tick { slot: Some(slot), weight }, context);
    }

    fn tick(&self, tick: &Tick<'_>, context: &libc::ucontext_t) {
        if tick.weight == 0 {
            return;
        }
        self.counts.seen.add(tick.weight.into());
        let Some(mut scratch) = self.pool.claim() else {
            self.counts.no_scratch.add(tick.weight.into());
            return;
        };
        let stored = &mut false;
        let work = |code: &Code, tools: &mut Tools| {
            *stored = self.ring.push(|record| self.sample(tick, context, code.unwinder(), tools, record));
        };
        // SAFETY: `signal` has all signals blocked while the handler runs.
        unsafe { scratch.run(work) };
        if !*stored {
            self.counts.ring_full.add(tick.weight.into());
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
        record.reset(tick.weight, tick.slot.map_or_else(own_id, Slot::thread));
        let interrupted = Interruption::new(&Registers::of(context), unwinder.code_end());
        let direct = tick.slot.map_or(0..0, |slot| slot.home.readable(thread_pointer(), interrupted.sp));
        // SAFETY: inside of the home stack of the thread that this handler interrupted, at or above its stack pointer:
        // mapped, and not changed while the handler runs.
        let mut live = unsafe { Live::new(&mut tools.window, Way::Call).with_direct(direct) };
        let read = |address| live.word(address);
        let end = walk(unwinder, &interrupted, &mut tools.cache, read, |frame| record.push_frame(frame));
        (record.complete, record.truncated) = (end == End::Root, end == End::NoRoom);
        self.labels(record);
    }

    fn labels(&self, record: &mut Record) {
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
pub(super) fn in_handler() -> bool {
    let here = 0_u8;
    let range = STACK_START.load(Ordering::Relaxed)..STACK_END.load(Ordering::Relaxed);
    range.contains(&(&raw const here).addr())
}

/// Forgets all rates and those who used them: in a forked child they do not exist. Gives each to `visit`.
/// Async-signal-safe if that is.
pub(super) fn abandon(visit: impl Fn(&Rate)) {
    for place in &PLACES {
        place.users.store(0, Ordering::SeqCst);
        // SAFETY: the parent's rate, of which the child has a copy that nobody frees.
        if let Some(rate) = unsafe { place.rate.swap(std::ptr::null_mut(), Ordering::SeqCst).as_ref() } {
            visit(rate);
        }
    }
}

// The mark: what follows does not run in the handler.

/// The first place without a rate.
pub(super) fn free_place() -> Option<usize> {
    PLACES.iter().position(|place| place.rate.load(Ordering::SeqCst).is_null())
}

/// Has signals of this rate sampled from now on. It lives until [`clear`] has returned.
pub(super) fn set(rate: &Rate) {
    let stacks = rate.pool.stack_range();
    STACK_START.store(stacks.start, Ordering::Relaxed);
    STACK_END.store(stacks.end, Ordering::Relaxed);
    PLACES[rate.place()].rate.store(std::ptr::from_ref(rate).cast_mut(), Ordering::SeqCst);
}

/// Takes the rate at `place` away, and waits until no handler uses it.
pub(super) fn clear(place: usize) {
    PLACES[place].rate.store(std::ptr::null_mut(), Ordering::SeqCst);
    while PLACES[place].users.load(Ordering::SeqCst) != 0 {
        thread::sleep(Duration::from_micros(50));
    }
}
