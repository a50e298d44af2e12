//! Timers that send `SIGPROF`: of one thread, and of the process.

use super::slot;
use super::ticks::thread_clock;
use crate::process::{own_id, to_usize};
use crate::sampling::clock::Clock;
use crate::sampling::error::Error;
use std::ffi::{CStr, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Why a thread has no timer.
pub(super) enum Refusal {
    /// The thread has ended.
    Gone,
    /// The user has as many timers and pending signals as `RLIMIT_SIGPENDING` lets him.
    Limit,
    /// Anything else.
    Other(Error),
}

/// A timer, deleted on drop.
pub(super) struct Timer(libc::timer_t);

// SAFETY: a timer belongs to the process; any thread may set or delete it.
unsafe impl Send for Timer {}

impl Timer {
    /// Starts a timer on the `clock` of thread `tid` that delivers `value` with each signal: the first after `first`, then
    /// one a `period`.
    pub(super) fn start(
        clock: Clock,
        tid: libc::pid_t,
        first: Duration,
        period: Duration,
        value: u64,
    ) -> Result<Self, Refusal> {
        let mut event = event(libc::SIGEV_THREAD_ID, value);
        event.sigev_notify_thread_id = tid;
        Self::create(clock_id(clock, tid), event, first, period)
    }

    /// Starts a timer on the processor time of the whole process. Its signal goes to any thread that does not block it, by
    /// preference to the one that runs.
    fn of_process(period: Duration) -> Result<Self, Refusal> {
        let event = event(libc::SIGEV_SIGNAL, slot::PROCESS);
        Self::create(libc::CLOCK_PROCESS_CPUTIME_ID, event, period, period)
    }

    fn create(
        clock: libc::clockid_t,
        mut event: libc::sigevent,
        first: Duration,
        period: Duration,
    ) -> Result<Self, Refusal> {
        let mut timer = std::ptr::null_mut();
        // SAFETY: both point to locals of the right types.
        if unsafe { libc::timer_create(clock, &raw mut event, &raw mut timer) } != 0 {
            return Err(refusal("timer_create"));
        }
        let timer = Self(timer);
        timer.set(first, period)?;
        Ok(timer)
    }

    /// Has it expire after `first`, and then once a `period`.
    pub(super) fn set(&self, first: Duration, period: Duration) -> Result<(), Refusal> {
        let schedule = libc::itimerspec { it_interval: timespec(period), it_value: timespec(first) };
        // SAFETY: our timer, and a valid time.
        let failed =
            unsafe { libc::timer_settime(self.0, 0, &raw const schedule, std::ptr::null_mut()) } != 0;
        if failed { Err(refusal("timer_settime")) } else { Ok(()) }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: our timer, deleted once.
        unsafe { libc::timer_delete(self.0) };
    }
}

fn event(notify: c_int, value: u64) -> libc::sigevent {
    // SAFETY: plain data, all zeroes are valid.
    let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
    event.sigev_notify = notify;
    event.sigev_signo = libc::SIGPROF;
    event.sigev_value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(to_usize(value)) };
    event
}

fn refusal(call: &'static str) -> Refusal {
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::EINVAL | libc::ESRCH) => Refusal::Gone,
        Some(libc::EAGAIN) => Refusal::Limit,
        _ => Refusal::Other(Error::last(call)),
    }
}

fn clock_id(clock: Clock, tid: libc::pid_t) -> libc::clockid_t {
    match clock {
        Clock::Cpu => thread_clock(tid),
        Clock::Wall => libc::CLOCK_MONOTONIC,
    }
}

/// A duration in the kernel's form.
fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(0),
        tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
    }
}

/// Nanoseconds between two expiries of the process-wide timer.
static PROCESS_PERIOD: AtomicU64 = AtomicU64::new(0);

/// The process-wide timer of processor time, which catches threads without one of their own.
///
/// A POSIX timer goes by the sum of what all threads took, to the nanosecond, and says how many expiries a signal stands for.
/// Before Linux 6.4 its signals went to the main thread rather than to the one that runs. There it is the interval timer, which
/// counts whole ticks and loses signals: of threads of a few milliseconds a tenth to a third.
#[derive(Default)]
pub(super) enum ProcessTimer {
    #[default]
    Off,
    Posix {
        _timer: Timer,
    },
    Interval,
}

impl ProcessTimer {
    /// Sets it; a zero period stops it.
    pub(super) fn set(&mut self, period: Duration) -> Result<(), Error> {
        let nanoseconds = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
        // Before the first signal comes, which stands for that much.
        let before = PROCESS_PERIOD.swap(nanoseconds, Ordering::Relaxed);
        if before == nanoseconds {
            return Ok(());
        }
        let interval = if self.replace(period) { period } else { Duration::ZERO };
        if before == 0 && interval.is_zero() {
            return Ok(());
        }
        // On an error, the next call is not to take it for done.
        set_interval_timer(interval).inspect_err(|_| PROCESS_PERIOD.store(before, Ordering::Relaxed))
    }

    /// Returns whether it is to be the interval timer.
    fn replace(&mut self, period: Duration) -> bool {
        // What is dropped here has stopped.
        *self = Self::Off;
        if !period.is_zero() {
            let posix = reaches_the_running_thread().then(|| Timer::of_process(period).ok()).flatten();
            *self = posix.map_or(Self::Interval, |timer| Self::Posix { _timer: timer });
        }
        matches!(self, Self::Interval)
    }
}

/// Whether signals of a POSIX timer of the process go to the thread that runs, as they do since Linux 6.4.
fn reaches_the_running_thread() -> bool {
    // SAFETY: plain data, filled by the call.
    let mut system: libc::utsname = unsafe { MaybeUninit::zeroed().assume_init() };
    // SAFETY: points to a local; the kernel's texts end with a zero byte.
    let release = unsafe {
        libc::uname(&raw mut system);
        CStr::from_ptr(system.release.as_ptr())
    };
    let mut numbers = release.to_bytes().split(|byte| !byte.is_ascii_digit());
    let mut number = || str::from_utf8(numbers.next()?).ok()?.parse::<u32>().ok();
    (number(), number()) >= (Some(6), Some(4))
}

fn set_interval_timer(period: Duration) -> Result<(), Error> {
    let every = libc::timeval {
        tv_sec: period.as_secs().try_into().unwrap_or(0),
        tv_usec: period.subsec_micros().cast_signed().into(),
    };
    let times = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: a valid time; the old one is not asked for.
    let failed = unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const times, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("setitimer")) } else { Ok(()) }
}

/// Nanoseconds of processor time that an expiry of the process-wide timer stands for. Async-signal-safe.
pub(super) fn process_period() -> u64 {
    PROCESS_PERIOD.load(Ordering::Relaxed)
}

/// The process-wide timer is not inherited by a forked child. Async-signal-safe.
pub(super) fn forget_process_timer() {
    PROCESS_PERIOD.store(0, Ordering::Relaxed);
}

/// The kernel's `siginfo` of a timer's signal.
#[repr(C)]
struct Expiry {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    timer: c_int,
    overrun: c_int,
    value: u64,
    rest: [u64; 12],
}

/// Sends the calling thread a signal as its timer with `value` would, at an instant of our choice: what one sample costs is
/// measured with it. Returns once the handler has run; `false` if the kernel refuses.
pub(super) fn expire_now(value: u64) -> bool {
    let (signal, code) = (libc::SIGPROF, libc::SI_TIMER);
    let info = Expiry { signal, error: 0, code, padding: 0, timer: 0, overrun: 0, value, rest: [0; 12] };
    // SAFETY: has the size and layout of the kernel's `siginfo`, and is read only.
    unsafe {
        libc::syscall(libc::SYS_rt_tgsigqueueinfo, libc::getpid(), own_id(), signal, &raw const info) == 0
    }
}

/// `RLIMIT_SIGPENDING` of this process.
pub(super) fn pending_signal_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: points to a local.
    unsafe { libc::getrlimit(libc::RLIMIT_SIGPENDING, &raw mut limit) };
    limit.rlim_cur
}
