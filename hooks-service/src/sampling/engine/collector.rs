//! The collector of the process: the rates that are read, and the thread that empties their rings and keeps up with threads
//! and libraries. It starts with the first reader and stops with the last.

use super::bell::{Alarm, Bell};
use super::handler;
use super::names::Names;
use super::rate::{Mark, Rate};
use super::signal::{self, Takeover};
use super::timer::{self, ProcessTimer};
use crate::code;
use crate::process::descriptor::are_out;
use crate::process::fork::own_process;
use crate::process::proc::Tasks;
use crate::process::{lock, own_id, thread_ids};
use crate::sampling::clock::Clock;
use crate::sampling::error::{Error, MOST_RATES};
use crate::sampling::reader::Reader;
use hooks_runtime::labels::observe;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Once};
use std::task::Waker;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often its thread wakes.
const INTERVAL: Duration = Duration::from_millis(100);

/// The process's collector. One per process, and never freed: in a forked child the parent's may have locks that are held by
/// threads which do not exist.
static COLLECTOR: AtomicPtr<Collector> = AtomicPtr::new(std::ptr::null_mut());

pub(super) struct Collector {
    pid: u32,
    /// The thread, while there are rates. Held by whoever starts or stops one.
    thread: Mutex<Option<JoinHandle<()>>>,
    rates: Mutex<Vec<Arc<Rate>>>,
    /// Threads of the profiler.
    own: Mutex<Vec<libc::pid_t>>,
    process_timer: Mutex<ProcessTimer>,
    /// The process-wide timer is off: see [`Keeper::keep_signals_from_idle_threads`].
    spares_idle_threads: AtomicBool,
    bell: Bell,
    pub(super) names: Names,
    pub(super) takeover: Takeover,
}

impl Collector {
    /// The collector of this process.
    pub(super) fn get() -> &'static Self {
        static REGISTER: Once = Once::new();
        // SAFETY: `in_child` is async-signal-safe, which is what code in a forked child must be.
        REGISTER.call_once(|| _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) });
        let current = COLLECTOR.load(Ordering::Acquire);
        // SAFETY: null or from `Box::into_raw` below, and never freed.
        if let Some(collector) = unsafe { current.as_ref() } {
            if collector.is_of_this_process() {
                return collector;
            }
            // A child made by a plain system call did not run `in_child`.
            forget_parent();
        }
        let new = Box::into_raw(Box::new(Self::new()));
        match COLLECTOR.compare_exchange(std::ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: ours, and never freed.
            Ok(_) => unsafe { &*new },
            Err(other) => {
                // SAFETY: ours, and nobody has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: that of another thread of this process, never freed.
                unsafe { &*other }
            }
        }
    }

    fn new() -> Self {
        Self {
            pid: own_process(),
            thread: Mutex::default(),
            rates: Mutex::default(),
            own: Mutex::default(),
            process_timer: Mutex::default(),
            spares_idle_threads: AtomicBool::new(false),
            bell: Bell::default(),
            names: Names::default(),
            takeover: Takeover::default(),
        }
    }

    pub(super) fn is_of_this_process(&self) -> bool {
        self.pid == own_process()
    }

    /// Id of the process that it samples.
    pub(super) fn process(&self) -> u32 {
        self.pid
    }

    /// Gives `reader` all samples by `clock` at `hz` from now on.
    pub(super) fn join(
        &'static self,
        clock: Clock,
        hz: u32,
        most_frames: u32,
        reader: Arc<Mutex<dyn Reader>>,
    ) -> Result<(Arc<Rate>, Mark), Error> {
        make_room_on_this_thread();
        let mut thread = lock(&self.thread);
        signal::check_owner()?;
        let same =
            |rate: &&Arc<Rate>| rate.plan.clock == clock && rate.hz == hz && rate.most_frames == most_frames;
        let running = lock(&self.rates).iter().find(same).cloned();
        if let Some(rate) = running {
            // Those that came since the last scan. What is refused is in the tally.
            let _ = thread_ids().map(|present| self.scan(&rate, &present, 0));
            let mark = rate.join(reader, &self.names);
            return Ok((rate, mark));
        }
        let first = lock(&self.rates).is_empty();
        let rate = Arc::new(Rate::new(clock, hz, most_frames, tag().ok_or(Error::TooManyRates)?)?);
        let mark = rate.join(reader, &self.names);
        let started = self.start(&rate, first, &mut thread);
        if let Err(error) = started {
            let ended = self.end(&rate, &mut thread);
            drop(thread);
            wait_for(ended);
            return Err(error);
        }
        Ok((rate, mark))
    }

    /// On an error, [`end`](Self::end) undoes what was done.
    fn start(
        &'static self,
        rate: &Arc<Rate>,
        first: bool,
        thread: &mut Option<JoinHandle<()>>,
    ) -> Result<(), Error> {
        if first {
            let (turn, (told, is_told)) = (self.bell.turn(), channel());
            let run = move || {
                self.keep_out(own_id());
                drop(told);
                self.run(turn);
                self.let_in(own_id());
            };
            let run = thread::Builder::new().name("hooks-profile".into()).spawn(run);
            *thread = Some(run.map_err(Error::kernel("thread spawn"))?);
            // Until it is kept out.
            let _: Result<Infallible, _> = is_told.recv();
            self.spares_idle_threads.store(false, Ordering::Relaxed);
            signal::take()?;
            self.takeover.begin();
        }
        handler::set(rate);
        lock(&self.rates).push(Arc::clone(rate));
        self.scan(rate, &thread_ids().unwrap_or_default(), 0)?;
        self.set_process_timer()?;
        observe::set_thread_hook(Some(attach_this_thread));
        Ok(())
    }

    /// Has the timers of a rate go by the threads that are there. Those of the profiler wait for it: by the wall clock they
    /// are nobody's time. Of the processor they take what the profiler costs.
    fn scan(&self, rate: &Rate, present: &[libc::pid_t], round: usize) -> Result<(), Error> {
        if rate.plan.clock == Clock::Cpu {
            return rate.threads.scan(present, round);
        }
        let own = lock(&self.own).clone();
        let others: Vec<_> = present.iter().copied().filter(|tid| !own.contains(tid)).collect();
        rate.threads.scan(&others, round)
    }

    /// A thread of the profiler is not to be sampled by the wall clock.
    pub(super) fn keep_out(&self, thread: libc::pid_t) {
        lock(&self.own).push(thread);
    }

    /// It ends, and its id may be another's.
    pub(super) fn let_in(&self, thread: libc::pid_t) {
        lock(&self.own).retain(|other| *other != thread);
    }

    /// Gives `reader` nothing more. Returns how far the rate has come.
    pub(super) fn leave(&self, rate: &Arc<Rate>, reader: &Arc<Mutex<dyn Reader>>) -> Mark {
        let mut thread = lock(&self.thread);
        if !rate.is_only_reader() {
            return rate.leave(reader, &self.names).0;
        }
        let ended = self.end(rate, &mut thread);
        let mark = rate.last_mark(rate.leave(reader, &self.names).0);
        // Without the lock: on its way out the thread may wake somebody who starts a profile.
        drop(thread);
        wait_for(ended);
        mark
    }

    /// Stops a rate: afterwards no handler uses it. Does no harm if it was not started. If it was the last, the thread is to end:
    /// what is returned is to be [waited for](wait_for).
    fn end(&self, rate: &Arc<Rate>, thread: &mut Option<JoinHandle<()>>) -> Option<JoinHandle<()>> {
        let last = {
            let mut rates = lock(&self.rates);
            rates.retain(|other| !Arc::ptr_eq(other, rate));
            rates.is_empty()
        };
        if last {
            observe::set_thread_hook(None);
            self.bell.next_turn();
        }
        rate.threads.silence();
        let _ = self.set_process_timer();
        self.takeover.look();
        if last {
            signal::give_back();
            self.takeover.end();
        }
        handler::clear(rate.place());
        thread.take_if(|_| last)
    }

    /// The process-wide timer goes with the finest rate of processor time.
    fn set_process_timer(&self) -> Result<(), Error> {
        let rates = lock(&self.rates);
        let plans = rates.iter().map(|rate| rate.plan).filter(|plan| plan.clock == Clock::Cpu);
        let periods = plans.map(|plan| plan.period * plan.process_weight);
        let periods = periods.filter(|_| !self.spares_idle_threads.load(Ordering::Relaxed));
        lock(&self.process_timer).set(periods.min().unwrap_or_default())
    }

    /// Wakes `waker` at about this time, once. One for each `key`: a later one takes its place.
    pub(super) fn wake_at(&self, time: Instant, key: usize, waker: &Waker) {
        self.bell.set(Alarm { time, key, waker: waker.clone() });
    }

    /// Forgets to wake.
    pub(super) fn forget(&self, key: usize) {
        self.bell.forget(key);
    }

    fn run(&self, turn: u64) {
        let mut keeper = Keeper {
            edition: 0,
            round: 0,
            next_scan: Instant::now() + INTERVAL,
            held_back: 0,
            held_back_at: None,
        };
        while self.bell.wait(turn, INTERVAL) {
            let rates = lock(&self.rates).clone();
            keeper.look(self, &rates);
        }
    }
}

/// How far the collector's thread has kept up with what changes.
struct Keeper {
    /// Of the map of loaded code.
    edition: u64,
    round: usize,
    next_scan: Instant,
    /// What threads took so far while they blocked the signal, and when that grew last.
    held_back: u64,
    held_back_at: Option<Instant>,
}

impl Keeper {
    fn look(&mut self, collector: &Collector, rates: &[Arc<Rate>]) {
        let now = Instant::now();
        // Before the rings are read: those that are gone by now have their last samples there.
        let present = if now >= self.next_scan { threads_and_descriptors(rates) } else { None };
        for rate in rates {
            rate.drain(&collector.names);
        }
        collector.takeover.look();
        self.follow_libraries();
        for rate in rates {
            rate.threads.search_homes();
        }
        if let Some(present) = present {
            collector.names.keep(&present);
            self.scan(collector, rates, &present);
            self.next_scan = now + INTERVAL.max(now.elapsed() * 100);
        }
    }

    /// Has handlers see the libraries that came or went.
    fn follow_libraries(&mut self) {
        let edition = code::current().edition;
        if std::mem::replace(&mut self.edition, edition) != edition {
            // A library's constructors may have taken the signals of guarded maps.
            hooks_runtime::fault::check_owner();
        }
    }

    fn scan(&mut self, collector: &Collector, rates: &[Arc<Rate>], present: &[libc::pid_t]) {
        self.round += 1;
        for rate in rates {
            // What is refused is in the tally; a profile that runs goes on.
            let _ = collector.scan(rate, present, self.round);
        }
        self.keep_signals_from_idle_threads(collector, rates);
    }

    /// Where the thread that computes blocks the signal, the kernel gives the process-wide timer's to any that does not: one
    /// that waits, whose every call with a time limit would end in `EINTR`. So there is no such timer meanwhile.
    fn keep_signals_from_idle_threads(&mut self, collector: &Collector, rates: &[Arc<Rate>]) {
        const FOR: Duration = Duration::from_secs(2);
        let held_back = rates.iter().map(|rate| rate.threads.held_back()).max().unwrap_or(0);
        if std::mem::replace(&mut self.held_back, held_back) < held_back {
            self.held_back_at = Some(Instant::now());
        }
        let spares = self.held_back_at.is_some_and(|at| at.elapsed() < FOR);
        if collector.spares_idle_threads.swap(spares, Ordering::Relaxed) != spares {
            // What is refused shows as time that nobody brought.
            let _ = collector.set_process_timer();
        }
    }
}

/// The ids of all threads. Where descriptors are short, those of perf events go to the program.
fn threads_and_descriptors(rates: &[Arc<Rate>]) -> Option<Vec<libc::pid_t>> {
    let tasks = Tasks::open();
    let short = tasks.as_ref().map_or_else(are_out, Tasks::are_close_to_limit);
    if short {
        for rate in rates {
            rate.threads.give_up_events();
        }
    }
    tasks.ok()?.ids().ok()
}

/// Waits until the collector's thread has ended, if that is not the one that waits: a waker may have brought it there.
fn wait_for(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
        let _ = thread.join();
    }
}

/// A tag for a new rate: the lowest bits are a free place, the others differ from those of the rates that had it before.
fn tag() -> Option<u8> {
    static TURN: AtomicU8 = AtomicU8::new(0);
    let places = u8::try_from(MOST_RATES).ok()?;
    let place = u8::try_from(handler::free_place()?).ok()?;
    Some(TURN.fetch_add(1, Ordering::Relaxed).wrapping_mul(places) | place)
}

/// A handler of the program on std's alternate stack of 8 KiB, with `SIGPROF` on top, may come to its end.
fn make_room_on_this_thread() {
    hooks_runtime::fault::prepare_thread();
}

/// Runs on a thread that announces itself.
fn attach_this_thread() {
    make_room_on_this_thread();
    handler::with_rates(|rate| rate.threads.attach_self(own_id()));
}

/// The child has no timers (the kernel does not pass them on) and no thread of the collector. What is left is to forget the
/// parent's.
unsafe extern "C" fn in_child() {
    forget_parent();
}

fn forget_parent() {
    handler::abandon(|rate| rate.threads.close_events_in_child());
    timer::forget_process_timer();
    COLLECTOR.store(std::ptr::null_mut(), Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::reader::TakenStack;

    struct Nobody;

    impl Reader for Nobody {
        fn add(&mut self, _taken: &TakenStack<'_>) {}
    }

    #[test]
    fn code_on_a_handlers_stack_is_known_to_be_in_the_handler() {
        let reader: Arc<Mutex<dyn Reader>> = Arc::new(Mutex::new(Nobody));
        let (rate, _) = Collector::get().join(Clock::Wall, 1, 128, Arc::clone(&reader)).unwrap();
        let mut inside = false;
        let mut scratch = rate.pool.claim().unwrap();
        // SAFETY: no handler on an alternate stack runs on this thread: the rate has one sample a second, and `run` is short.
        unsafe { scratch.run(|_, _| inside = handler::in_handler()) };
        assert!(inside && !handler::in_handler());
        drop(scratch);
        Collector::get().leave(&rate, &reader);
    }
    #[test]
    fn a_second_profile_finds_what_the_first_one_was_made_with() {
        let made = || {
            let reader: Arc<Mutex<dyn Reader>> = Arc::new(Mutex::new(Nobody));
            let (rate, _) = Collector::get().join(Clock::Cpu, 100, 128, Arc::clone(&reader)).unwrap();
            Collector::get().leave(&rate, &reader);
            (code::current().edition, std::ptr::from_ref(rate.pool))
        };
        assert_eq!(made(), made(), "the map with its unwinder, and the scratches");
    }
}
