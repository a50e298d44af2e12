//! A profile being taken: all that handlers, the drain thread and the owner share.

use super::collect::Collector;
use super::counts::Counts;
use super::record::Record;
use super::ring::Ring;
use super::takeover::Takeover;
use super::threads::{Plan, Threads};
use super::{handler, perf, ticks, timer};
use crate::capture::{self, Pool};
use crate::code;
use crate::process::own_id;
use crate::profile::{Clock, Error, Profile};
use std::sync::atomic::AtomicBool;
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
    pub(super) pool: &'static Pool,
    pub(super) ring: Ring<Record>,
    pub(super) counts: Counts,
    pub(super) takeover: Takeover,
    collector: Mutex<Collector>,
    pub(super) stopping: AtomicBool,
}

impl Session {
    /// Prepares everything; no signal is sent yet.
    pub(super) fn new(clock: Clock, hz: u32) -> Result<Self, Error> {
        let collector = Collector::new();
        let plan = plan(clock, hz);
        Ok(Self {
            pid: std::process::id().cast_signed(),
            plan,
            hz,
            kernel_ticks: ticks::kernel_ticks(),
            started: SystemTime::now(),
            began: Instant::now(),
            used_before: process_time(),
            threads: Threads::new(plan)?,
            pool: capture::scratches().map_err(Error::kernel("mmap"))?,
            ring: Ring::new(ring_size(clock, hz)),
            counts: Counts::default(),
            takeover: Takeover::default(),
            collector: Mutex::new(collector),
            stopping: AtomicBool::new(false),
        })
    }

    fn collector(&self) -> MutexGuard<'_, Collector> {
        self.collector.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Empties the ring.
    pub(super) fn drain(&self) {
        let mut collector = self.collector();
        while self.ring.pop(|record| collector.add(record)) {}
    }

    /// Takes note of libraries that came or went.
    pub(super) fn follow_libraries(&self) {
        let code = code::current();
        if self.collector().note(&code) {
            // A library's constructors may have taken the signals of guarded maps.
            hooks_runtime::fault::check_owner();
        }
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

fn plan(clock: Clock, hz: u32) -> Plan {
    let period = Duration::from_nanos(1_000_000_000 / u64::from(hz));
    let wanted = clock == Clock::Cpu && hz > ticks::kernel_ticks();
    Plan {
        clock,
        period,
        events: wanted && perf::TaskClock::start(own_id(), period).is_ok(),
        process_weight: hz.div_ceil(ticks::kernel_ticks()),
        labels_readable: capture::labels_are_readable(),
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
