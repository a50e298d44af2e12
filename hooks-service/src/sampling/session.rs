//! A profile being taken: all that handlers, the drain thread and the owner share.

use super::collect::Collector;
use super::counts::Counts;
use super::record::Record;
use super::ring::Ring;
use super::scratch::Pool;
use super::takeover::Takeover;
use super::threads::{Plan, Threads};
use super::{handler, perf, ticks, timer};
use crate::code::{Unwinder, objects};
use crate::process::own_id;
use crate::profile::{Clock, Error, Profile};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// See the module.
pub(super) struct Session {
    pub(super) pid: libc::pid_t,
    pub(super) plan: Plan,
    pub(super) hz: u32,
    pub(super) kernel_ticks: u32,
    pub(super) started: SystemTime,
    pub(super) began: Instant,
    /// Processor time of the process when it began.
    pub(super) used_before: Duration,
    pub(super) threads: Threads,
    pub(super) pool: Pool,
    pub(super) ring: Ring<Record>,
    pub(super) counts: Counts,
    pub(super) takeover: Takeover,
    unwinder: AtomicPtr<Unwinder>,
    collector: Mutex<Collector>,
    pub(super) stopping: AtomicBool,
}

impl Session {
    /// Prepares everything; no signal is sent yet.
    pub(super) fn new(clock: Clock, hz: u32) -> Result<Self, Error> {
        let collector = Collector::new();
        let plan = plan(clock, hz);
        let unwinder = Box::new(Unwinder::new(collector.objects()));
        Ok(Self {
            pid: std::process::id().cast_signed(),
            plan,
            hz,
            kernel_ticks: ticks::kernel_ticks(),
            started: SystemTime::now(),
            began: Instant::now(),
            used_before: process_time(),
            threads: Threads::new(plan)?,
            pool: Pool::new()?,
            ring: Ring::new(ring_size(clock, hz)),
            counts: Counts::default(),
            takeover: Takeover::default(),
            unwinder: AtomicPtr::new(Box::into_raw(unwinder)),
            collector: Mutex::new(collector),
            stopping: AtomicBool::new(false),
        })
    }

    /// The unwinder. Async-signal-safe.
    ///
    /// # Safety
    /// The caller holds a claim of this session's pool for as long as it uses the result.
    pub(super) unsafe fn unwinder(&self) -> &Unwinder {
        // SAFETY: never null, and `follow_libraries` frees an unwinder only after all claims held when it was replaced.
        unsafe { &*self.unwinder.load(Ordering::SeqCst) }
    }

    fn collector(&self) -> MutexGuard<'_, Collector> {
        self.collector.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Empties the ring.
    pub(super) fn drain(&self) {
        let mut collector = self.collector();
        while self.ring.pop(|record| collector.add(record)) {}
    }

    /// Takes a new unwinder into use if libraries came or went.
    pub(super) fn follow_libraries(&self) {
        let mut collector = self.collector();
        if objects::changes() == collector.objects().changes {
            return;
        }
        collector.reload_objects();
        let new = Box::into_raw(Box::new(Unwinder::new(collector.objects())));
        drop(collector);
        // A library's constructors may have taken the signals of guarded maps.
        hooks_runtime::fault::check_owner();
        let old = self.unwinder.swap(new, Ordering::SeqCst);
        let turns = self.pool.turns();
        while !self.pool.passed(&turns) {
            thread::sleep(Duration::from_micros(100));
        }
        // SAFETY: `old` came from `Box::into_raw`, it was swapped out once, and every handler that claimed a scratch
        // before the swap, and so might use it, is done; later claims see the new one.
        drop(unsafe { Box::from_raw(old) });
    }

    /// The profile so far.
    pub(super) fn profile(&self) -> Profile {
        self.drain();
        self.collector().profile(self)
    }

    /// Takes signals into account from now on and starts the timers.
    pub(super) fn start(&self) -> Result<(), Error> {
        handler::install(self)?;
        self.takeover.begin();
        self.threads.scan(0)?;
        if self.plan.clock == Clock::Cpu {
            timer::set_process_timer(self.plan.period * self.plan.process_weight)?;
        }
        Ok(())
    }

    /// Stops the timers and waits until no handler uses this session. Does no harm if `start` failed halfway.
    pub(super) fn silence(&self) {
        self.threads.silence();
        if self.plan.clock == Clock::Cpu {
            let _ = timer::set_process_timer(Duration::ZERO);
        }
        self.takeover.look();
        handler::uninstall();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: from `Box::into_raw`, and nobody shares the session any more.
        drop(unsafe { Box::from_raw(*self.unwinder.get_mut()) });
    }
}

fn plan(clock: Clock, hz: u32) -> Plan {
    let period = Duration::from_nanos(1_000_000_000 / u64::from(hz));
    let wanted = clock == Clock::Cpu && hz > ticks::kernel_ticks();
    Plan {
        clock,
        period,
        events: wanted && perf::TaskClock::start(own_id(), period).is_ok(),
        process_weight: hz.div_ceil(ticks::kernel_ticks()),
        labels_readable: objects::in_main_program(plan as fn(Clock, u32) -> Plan as usize),
    }
}

/// Processor time of the process, ended threads included.
pub(super) fn process_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Room for what a second can bring, so that a drain thread that starves for a while loses nothing: a record has 2 KiB.
fn ring_size(clock: Clock, hz: u32) -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let busy = match clock {
        Clock::Cpu => processors,
        // Every thread counts here, and there is no telling how many will come.
        Clock::Wall => 64,
    };
    (hz as usize * busy).clamp(256, 4096)
}
