//! Timers that send `SIGPROF`: of one thread, and of the process.

use crate::process::{own_id, to_usize};
use crate::sampling::clock::Clock;
use crate::sampling::error::Error;
use std::ffi::c_int;
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
        // SAFETY: the event is plain data, all zeroes are valid.
        let mut event: libc::sigevent = unsafe { MaybeUninit::zeroed().assume_init() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGPROF;
        event.sigev_value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(to_usize(value)) };
        event.sigev_notify_thread_id = tid;
        let mut timer = std::ptr::null_mut();
        // SAFETY: both point to locals of the right types.
        if unsafe { libc::timer_create(clock_id(clock, tid), &raw mut event, &raw mut timer) } != 0 {
            return Err(refusal("timer_create"));
        }
        let timer = Self(timer);
        let schedule = libc::itimerspec { it_interval: timespec(period), it_value: timespec(first) };
        // SAFETY: our timer, and a valid time.
        if unsafe { libc::timer_settime(timer.0, 0, &raw const schedule, std::ptr::null_mut()) } != 0 {
            return Err(refusal("timer_settime"));
        }
        Ok(timer)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: our timer, deleted once.
        unsafe { libc::timer_delete(self.0) };
    }
}

fn refusal(call: &'static str) -> Refusal {
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::EINVAL | libc::ESRCH) => Refusal::Gone,
        Some(libc::EAGAIN) => Refusal::Limit,
        _ => Refusal::Other(Error::last(call)),
    }
}

/// The kernel's encoding of another thread's processor time clock (`CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED`).
fn clock_id(clock: Clock, tid: libc::pid_t) -> libc::clockid_t {
    match clock {
        Clock::Cpu => (!tid << 3) | 6,
        Clock::Wall => libc::CLOCK_MONOTONIC,
    }
}

/// A duration (of at most a second here) in the kernel's form.
fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(0),
        tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
    }
}

/// Nanoseconds between two signals of the process-wide timer.
static PROCESS_PERIOD: AtomicU64 = AtomicU64::new(0);

/// Sets the process-wide timer that catches threads without one of their own; a zero period stops it. There is one in a process,
/// of processor time.
pub(super) fn set_process_timer(period: Duration) -> Result<(), Error> {
    let nanoseconds = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
    // Before the first signal comes, which stands for that much.
    let before = PROCESS_PERIOD.swap(nanoseconds, Ordering::Relaxed);
    if before == nanoseconds {
        return Ok(());
    }
    let every = libc::timeval {
        tv_sec: period.as_secs().try_into().unwrap_or(0),
        tv_usec: period.subsec_micros().cast_signed().into(),
    };
    let times = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: a valid time; the old one is not asked for.
    let failed = unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const times, std::ptr::null_mut()) } != 0;
    if !failed {
        return Ok(());
    }
    let error = Error::last("setitimer");
    // Or else the next call would take it for done.
    PROCESS_PERIOD.store(before, Ordering::Relaxed);
    Err(error)
}

/// Nanoseconds of processor time that a signal of the process-wide timer stands for. Async-signal-safe.
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
