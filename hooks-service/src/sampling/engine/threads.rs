//! SIGNAL HANDLER, as far as [`Threads::by_id`] and [`Threads::by_value`].
//!
//! Which threads are attached: each has its own timer or event, kept in step with `/proc/self/task`.

use super::ledger::{Account, Ledger};
use super::perf::TaskClock;
use super::slot::{Slot, Slots};
use super::stack;
use super::ticks::{self, Beginning};
use super::timer::{Refusal, Timer, pending_signal_limit};
use crate::capture::{own_stack, thread_pointer};
use crate::process::proc::Tasks;
use crate::process::{Mapping, born, lock};
use crate::sampling::clock::Clock;
use crate::sampling::error::Error;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// More than the largest thread id of Linux.
const MOST_THREAD_IDS: usize = 1 << 22;

/// Samples a second that are taken by the wall clock: each wakes a thread that waits, which is sampled and waits again. An
/// estimate of 10 µs for that makes it 5 % of a processor.
pub(super) const MOST_BY_WALL_CLOCK: u64 = 4_000;

/// How threads are sampled.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) clock: Clock,
    pub(super) period: Duration,
    /// By task clock events rather than timers, where they can be had.
    pub(super) events: bool,
    /// Periods that a signal of the process-wide timer stands for: its signals come no faster than the kernel ticks.
    pub(super) process_weight: u32,
}

impl Plan {
    /// The period in nanoseconds, never 0.
    pub(super) fn nanoseconds(&self) -> u64 {
        u64::try_from(self.period.as_nanos()).unwrap_or(u64::MAX).max(1)
    }

    /// Periods that a sample is to stand for where so many threads bring one each: a power of two.
    fn wall_periods_at_once(&self, threads: usize) -> u32 {
        if self.clock == Clock::Cpu {
            return 1;
        }
        let a_second = 1_000_000_000 * threads as u64 / self.nanoseconds();
        u32::try_from(a_second.div_ceil(MOST_BY_WALL_CLOCK).max(1)).unwrap_or(1 << 20).next_power_of_two()
    }

    /// Periods that one signal stands for: timers of processor time are seen at the kernel's ticks only.
    pub(super) fn periods_at_once(&self) -> u32 {
        if self.clock == Clock::Wall || self.events { 1 } else { self.process_weight }
    }
}

/// Dropped, it is silent.
enum Alarm {
    Timer { timer: Timer },
    Event(TaskClock),
}

struct Thread {
    slot: u32,
    /// Without, the process-wide timer catches it.
    alarm: Option<Alarm>,
    /// It announced itself.
    by_hook: bool,
    /// Processor time that it had taken when it got its timer, in nanoseconds.
    taken_before: u64,
    account: Account,
    /// When it started, to tell it from a later thread with its id. `None` up to the next scan: a thread that announces
    /// itself reads no files, which threads of C may be cancelled in.
    born: Option<u64>,
}

impl Thread {
    /// Somebody has closed its event.
    fn is_forsaken(&self) -> bool {
        matches!(&self.alarm, Some(Alarm::Event(event)) if !event.is_open())
    }
}

/// Counts for the statistics.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) attached: u64,
    pub(super) by_hook: u64,
    pub(super) ended: u64,
    /// Threads that were to have an event and have a timer.
    pub(super) timers_for_events: u64,
    /// Attempts that the timer limit or the table's size refused.
    pub(super) refused: u64,
}

#[derive(Default)]
struct State {
    threads: HashMap<libc::pid_t, Thread>,
    free: Vec<u32>,
    used: u32,
    closed: bool,
    tally: Tally,
    ledger: Ledger,
    /// Periods that a sample stands for by the wall clock; 0 before the first scan.
    at_once: u32,
}

/// The attached threads.
pub(super) struct Threads {
    plan: Plan,
    slots: Slots,
    /// By thread id, slot number plus one: one page is touched for every thousand ids in use.
    ids: Mapping,
    /// The program needs the descriptors of the events.
    events_given_up: AtomicBool,
    state: Mutex<State>,
}

impl Threads {
    /// Nobody attached yet. `tag` marks the signals of the timers.
    pub(super) fn new(plan: Plan, tag: u8) -> Result<Self, Error> {
        let ids = Mapping::new(MOST_THREAD_IDS * size_of::<u32>()).map_err(Error::kernel("mmap"))?;
        Ok(Self {
            plan,
            slots: Slots::new(tag),
            ids,
            events_given_up: AtomicBool::new(false),
            state: Mutex::default(),
        })
    }

    /// The place that the signals of these timers name.
    pub(super) fn place(&self) -> usize {
        self.slots.place()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn id(&self, tid: libc::pid_t) -> Option<&AtomicU32> {
        let index = usize::try_from(tid).ok().filter(|tid| *tid < MOST_THREAD_IDS)?;
        #[allow(clippy::cast_ptr_alignment, reason = "mappings start at a page")]
        let ids = self.ids.start().cast::<AtomicU32>();
        // SAFETY: inside of the mapping, aligned, zeroed, and used as atomics only.
        Some(unsafe { &*ids.add(index) })
    }

    /// The slot of a thread, `None` if it is not attached. Async-signal-safe.
    pub(super) fn by_id(&self, tid: libc::pid_t) -> Option<&Slot> {
        self.slots.get(self.id(tid)?.load(Ordering::Acquire).checked_sub(1)?)
    }

    /// The slot whose timer delivered `value`. Async-signal-safe.
    pub(super) fn by_value(&self, value: u64) -> Option<&Slot> {
        self.slots.by_value(value)
    }

    /// The value that the timer of thread `tid` delivers.
    pub(super) fn value(&self, tid: libc::pid_t) -> Option<u64> {
        let index = self.id(tid)?.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.slots.value(self.slots.get(index)?, index))
    }

    /// Makes the calling thread known, whose stack is exactly known.
    ///
    /// By the wall clock it gets its timer now, by that of processor time at a scan, if it is worth one.
    pub(super) fn attach_self(&self, tid: libc::pid_t) {
        let mut state = self.lock();
        let is_new = !state.threads.contains_key(&tid) && self.enter(&mut state, tid, true);
        if is_new && self.plan.clock == Clock::Wall {
            // A refusal is in the tally, and there is nobody here to tell.
            let _ = self.arm(&mut state, tid);
        }
        drop(state);
        if let Some(slot) = self.by_id(tid) {
            // The main thread's stack grows: `stack` finds what is mapped of it.
            if let Some(stack) = own_stack().filter(|_| !is_main(tid)) {
                slot.home.set(thread_pointer(), &stack);
            }
        }
    }

    /// Attaches those of the threads `present` that are new, detaches those that ended. Returns the first error, if there was
    /// one.
    ///
    /// At the first `round`, 0, all get their timers, later those that are worth one. The others choose the tenth of the
    /// threads whose age is looked at: an id that has gone to another thread shows there.
    pub(super) fn scan(&self, present: &[libc::pid_t], round: usize) -> Result<(), Error> {
        let mut state = self.lock();
        // Of those that end before the next scan this is known.
        self.account(&mut state);
        for (tid, thread) in state.threads.iter_mut().filter(|(_, thread)| thread.born.is_none()) {
            thread.born = born(*tid);
        }
        let reborn = |tid: &libc::pid_t, thread: &Thread| {
            thread.slot as usize % 10 == round % 10
                && born(*tid).is_some_and(|born| Some(born) != thread.born)
        };
        let gone = |tid: &libc::pid_t, thread: &Thread| {
            present.binary_search(tid).is_err() || thread.is_forsaken() || reborn(tid, thread)
        };
        let ended: Vec<_> =
            state.threads.iter().filter(|(tid, thread)| gone(tid, thread)).map(|(tid, _)| *tid).collect();
        for tid in ended {
            self.detach(&mut state, tid);
        }
        let mut result = Ok(());
        for tid in present {
            if !state.threads.contains_key(tid) {
                self.enter(&mut state, *tid, false);
            }
        }
        self.slow_down(&mut state);
        for tid in present {
            let has_none = state.threads.get(tid).is_some_and(|thread| thread.alarm.is_none());
            if has_none && (round == 0 || self.is_worth_a_timer(*tid)) {
                result = result.and(self.arm(&mut state, *tid));
            }
        }
        result
    }

    /// Gives the thread a slot, where handlers find what is known of it. False: there is none.
    fn enter(&self, state: &mut State, tid: libc::pid_t, by_hook: bool) -> bool {
        let Some(id) = self.id(tid).filter(|_| !state.closed) else { return false };
        let Some(index) = state.free.pop().or_else(|| unused(state)) else {
            state.tally.refused += 1;
            return false;
        };
        let born = if by_hook { None } else { born(tid) };
        self.slots.get_or_allocate(index).renew(tid);
        id.store(index + 1, Ordering::Release);
        state.threads.insert(
            tid,
            Thread { slot: index, alarm: None, by_hook, taken_before: 0, account: Account::default(), born },
        );
        true
    }

    /// Of a thread that takes a few milliseconds a timer of its own would miss a good part: what it takes before and while it
    /// ends. The process-wide timer misses nothing, but falls on this thread or that by chance.
    fn is_worth_a_timer(&self, tid: libc::pid_t) -> bool {
        const PERIODS: u64 = 5;
        self.plan.clock == Clock::Wall
            || ticks::thread_time(tid).is_some_and(|taken| taken >= PERIODS * self.plan.nanoseconds())
    }

    /// Goes by the number of threads: by the wall clock each brings a signal, waiting or not, and several thousands would
    /// take the processor for nothing else. More threads, fewer samples of each, each for more periods.
    fn slow_down(&self, state: &mut State) {
        let (wanted, before) = (self.plan.wall_periods_at_once(state.threads.len()), state.at_once.max(1));
        // Not at each thread that comes and goes.
        if wanted <= before && wanted > before / 4 {
            return;
        }
        state.at_once = wanted;
        for thread in state.threads.values() {
            if let Some(Alarm::Timer { timer }) = &thread.alarm {
                self.slots.get_or_allocate(thread.slot).set_at_once(wanted);
                let period = self.plan.period * wanted;
                // A thread that has ended needs none.
                let _ = timer.set(Beginning::random(self.plan.clock, period).first, period);
            }
        }
    }

    /// Periods that a sample stands for by the wall clock.
    pub(super) fn wall_periods_at_once(&self) -> u32 {
        self.lock().at_once.max(1)
    }

    /// Gives the thread a timer or an event of its own, if it has none.
    fn arm(&self, state: &mut State, tid: libc::pid_t) -> Result<(), Error> {
        // One that comes between two scans, with many others, may be the first that is too many.
        let at_once = self.plan.wall_periods_at_once(state.threads.len()).max(state.at_once);
        let State { threads, tally, closed, .. } = state;
        let Some(thread) = threads.get_mut(&tid).filter(|thread| thread.alarm.is_none() && !*closed) else {
            return Ok(());
        };
        let slot = self.slots.get_or_allocate(thread.slot);
        // Before the first signal: from here on the process-wide timer leaves the thread alone.
        slot.arm(true);
        thread.taken_before = ticks::thread_time(tid).unwrap_or(0);
        match self.alarm(tally, at_once, slot, tid, self.slots.value(slot, thread.slot)) {
            Ok(alarm) => {
                thread.alarm = Some(alarm);
                tally.attached += 1;
                tally.by_hook += u64::from(thread.by_hook);
                Ok(())
            }
            Err(refusal) => {
                slot.arm(false);
                refused(tally, refusal)
            }
        }
    }

    fn alarm(
        &self,
        tally: &mut Tally,
        at_once: u32,
        slot: &Slot,
        tid: libc::pid_t,
        value: u64,
    ) -> Result<Alarm, Refusal> {
        if self.plan.events {
            let now = ticks::thread_time(tid).unwrap_or(0);
            if let Some(event) = self.event(tid) {
                slot.set_event(event.identity(), now);
                return Ok(Alarm::Event(event));
            }
            tally.timers_for_events += 1;
        }
        self.timer(at_once, slot, tid, value)
    }

    fn event(&self, tid: libc::pid_t) -> Option<TaskClock> {
        if self.events_given_up.load(Ordering::Relaxed) {
            return None;
        }
        TaskClock::start(tid, self.plan.period).ok()
    }

    fn timer(&self, at_once: u32, slot: &Slot, tid: libc::pid_t, value: u64) -> Result<Alarm, Refusal> {
        let clock = self.plan.clock;
        let period = self.plan.period * at_once;
        slot.set_at_once(at_once);
        let beginning = Beginning::random(clock, period);
        slot.owe(beginning.owed);
        Timer::start(clock, tid, beginning.first, period, value).map(|timer| Alarm::Timer { timer })
    }

    /// Threads with an event have a timer from now on, and so have those to come: the program needs the descriptors.
    pub(super) fn give_up_events(&self) {
        self.events_given_up.store(true, Ordering::Relaxed);
        let mut state = self.lock();
        let with_event =
            |(_, thread): &(&libc::pid_t, &Thread)| matches!(thread.alarm, Some(Alarm::Event(_)));
        let tids: Vec<_> = state.threads.iter().filter(with_event).map(|(tid, _)| *tid).collect();
        for tid in tids {
            self.give_up_event(&mut state, tid);
        }
    }

    /// Where there is no timer for it either, the process-wide one catches it.
    fn give_up_event(&self, State { threads, tally, .. }: &mut State, tid: libc::pid_t) {
        let Some(thread) = threads.get_mut(&tid) else { return };
        let slot = self.slots.get_or_allocate(thread.slot);
        slot.forget_event();
        let timer = self.timer(1, slot, tid, self.slots.value(slot, thread.slot));
        slot.arm(timer.is_ok());
        tally.timers_for_events += u64::from(timer.is_ok());
        // What is refused is in the tally.
        thread.alarm = timer.map_err(|refusal| refused(tally, refusal)).ok();
    }

    fn detach(&self, state: &mut State, tid: libc::pid_t) {
        if let (Some(thread), Some(id)) = (state.threads.remove(&tid), self.id(tid)) {
            id.store(0, Ordering::Release);
            self.slots.get_or_allocate(thread.slot).forget_event();
            state.free.push(thread.slot);
            state.tally.ended += u64::from(thread.alarm.is_some());
        }
    }

    /// Looks for the stacks of threads whose handlers met an unknown one.
    pub(super) fn search_homes(&self) {
        let state = self.lock();
        let maps = OnceCell::new();
        for (tid, thread) in &state.threads {
            let slot = self.slots.get_or_allocate(thread.slot);
            let maps = || maps.get_or_init(stack::writable_mappings);
            slot.home.search(is_main(*tid), maps);
        }
    }

    /// Stops all timers and events, for good.
    pub(super) fn silence(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.threads.clear();
    }

    /// What the threads with a timer of their own took and what their signals brought, so far.
    pub(super) fn ledger(&self) -> Ledger {
        let mut state = self.lock();
        self.account(&mut state);
        state.ledger
    }

    /// What threads took so far while they blocked the signal, in nanoseconds.
    pub(super) fn held_back(&self) -> u64 {
        self.lock().ledger.held_back()
    }

    /// Brings the ledger up to date.
    fn account(&self, state: &mut State) {
        if self.plan.clock == Clock::Wall {
            return;
        }
        let State { threads, ledger, .. } = state;
        let tasks = OnceCell::new();
        for (tid, thread) in threads.iter_mut().filter(|(_, thread)| thread.alarm.is_some()) {
            let slot = self.slots.get_or_allocate(thread.slot);
            let Some(taken) = ticks::thread_time(*tid) else { continue };
            let period = self.plan.nanoseconds();
            let sums = (taken.saturating_sub(thread.taken_before), slot.brought().saturating_mul(period));
            let tasks = || tasks.get_or_init(|| Tasks::open().ok()).as_ref();
            let blocks = || tasks().is_some_and(|tasks| tasks.standing(*tid, libc::SIGPROF).blocked);
            ledger.enter(&mut thread.account, sums, period, blocks);
        }
    }

    /// Counts for the statistics.
    pub(super) fn tally(&self) -> Tally {
        self.lock().tally
    }

    /// Closes what a forked child inherited. Async-signal-safe: takes no lock, whoever held it is not in the child.
    pub(super) fn close_events_in_child(&self) {
        for slot in (0..Slots::CAPACITY).map_while(|index| self.slots.get(index)) {
            // The `Threads` that owns it is never dropped in the child.
            if let Some(event) = slot.event() {
                event.close();
            }
        }
    }
}

fn unused(state: &mut State) -> Option<u32> {
    let index = state.used;
    (index < Slots::CAPACITY).then(|| {
        state.used += 1;
        index
    })
}

fn refused(tally: &mut Tally, refusal: Refusal) -> Result<(), Error> {
    match refusal {
        Refusal::Gone => Ok(()),
        Refusal::Limit => {
            tally.refused += 1;
            // Those that have one, and this.
            let threads =
                usize::try_from(tally.attached - tally.ended).unwrap_or(usize::MAX).saturating_add(1);
            Err(Error::TimerLimit { limit: pending_signal_limit(), threads })
        }
        Refusal::Other(error) => {
            tally.refused += 1;
            Err(error)
        }
    }
}

fn is_main(tid: libc::pid_t) -> bool {
    tid == std::process::id().cast_signed()
}
