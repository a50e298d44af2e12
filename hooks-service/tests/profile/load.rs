//! Load for the profiler's tests, and questions about what it found.

use hooks_service::profile::{CpuProfile, Profile};
use std::hint::black_box;
use std::time::Duration;

/// Processor time of the calling thread.
pub(crate) fn thread_time() -> Duration {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Processor time of the process.
pub(crate) fn process_time() -> Duration {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    assert_eq!(unsafe { libc::clock_gettime(id, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Computes for about a tenth of a millisecond without a call.
#[inline]
pub(crate) fn spin() -> u64 {
    let mut sum = 0_u64;
    for n in 0..black_box(40_000_u64) {
        sum = sum.wrapping_mul(31).wrapping_add(n);
    }
    black_box(sum)
}

/// Repeats `work` until the calling thread has taken this much processor time.
#[inline]
pub(crate) fn for_thread_time(time: Duration, mut work: impl FnMut()) {
    let end = thread_time() + time;
    while thread_time() < end {
        work();
    }
}

/// Takes this much processor time on the calling thread. Returns what it took exactly.
#[inline(never)]
pub(crate) fn burn(time: Duration) -> Duration {
    let start = thread_time();
    for_thread_time(time, || _ = spin());
    thread_time().saturating_sub(start)
}

/// Computes until `running` has more than `before` periods. A busy machine may take the processor away before each of the kernel's
/// ticks, at which it looks at timers: then nothing is sampled, however long this goes on, and the profile has to say so.
pub(crate) fn burn_until_sampled(running: &CpuProfile, before: u64) -> Profile {
    for _ in 0..100 {
        burn(Duration::from_millis(100));
        let profile = running.snapshot().unwrap();
        if profile.total() > before {
            return profile;
        }
        assert!(before > 0 || says_what_ticks_missed(&profile), "{:?}", profile.comments());
    }
    panic!("nothing was sampled in 10 s of processor time");
}

/// Whether it says that time is missing since threads lost the processor between the kernel's ticks.
pub(crate) fn says_what_ticks_missed(profile: &Profile) -> bool {
    profile.comments().iter().any(|line| line.contains("are missing: threads lost the processor"))
}

/// Blocks or unblocks `SIGPROF` in the calling thread.
pub(crate) fn mask_sigprof(how: libc::c_int) {
    // SAFETY: a local set, filled by the calls.
    unsafe {
        let mut signals: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut signals);
        libc::sigaddset(&raw mut signals, libc::SIGPROF);
        assert_eq!(libc::pthread_sigmask(how, &raw const signals, std::ptr::null_mut()), 0);
    }
}

/// Share (0 to 1) of the profile's samples that have a function of this name on their stack.
pub(crate) fn share(profile: &Profile, function: &str) -> f64 {
    ratio(weight(profile, function), profile.total())
}

/// Weight of the samples that have a function whose last path segment is `function` on their stack.
pub(crate) fn weight(profile: &Profile, function: &str) -> u64 {
    let wanted = |name: &str| name.split('<').next().unwrap_or(name).rsplit("::").next() == Some(function);
    let mut text = Vec::new();
    profile.write_folded(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let line = |line: &str| {
        let (stack, weight) = line.rsplit_once(' ').unwrap();
        stack.split(';').any(wanted).then(|| weight.parse::<u64>().unwrap())
    };
    text.lines().filter_map(line).sum()
}

/// `part` of `whole`.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The numbers of the comment that says what became of every period: seen, and lost in each way.
pub(crate) fn balance(profile: &Profile) -> (u64, u64) {
    let line = profile.comments().iter().find(|line| line.starts_with("periods: ")).unwrap();
    let numbers: Vec<u64> =
        line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1..].iter().sum())
}

/// Asserts that every period that a signal brought is in a sample or counted as lost.
pub(crate) fn assert_nothing_uncounted(profile: &Profile) {
    let (seen, lost) = balance(profile);
    let kept: u64 = profile.samples().iter().map(|sample| profile.weight(sample)).sum();
    assert_eq!(profile.lost(), lost, "{:?}", profile.comments());
    assert_eq!(kept + lost, seen, "{:?}", profile.comments());
}

/// Nanoseconds between two of the kernel's ticks.
pub(crate) fn tick() -> u32 {
    let mut resolution = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    assert_eq!(unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &raw mut resolution) }, 0);
    resolution.tv_nsec.try_into().unwrap()
}

/// What is done at `SIGPROF`.
pub(crate) fn disposition() -> libc::sighandler_t {
    // SAFETY: asks only; all zeroes are a valid sigaction.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(libc::SIGPROF, std::ptr::null(), &raw mut action), 0);
        action.sa_sigaction
    }
}

/// Whether the process-wide timer of processor time runs: a POSIX timer, or before Linux 6.4 the interval timer.
pub(crate) fn process_timer_runs() -> bool {
    kernels_timers().contains("notify: signal/pid") || interval_timer_runs()
}

/// Whether the interval timer of processor time runs.
pub(crate) fn interval_timer_runs() -> bool {
    // SAFETY: asks only.
    unsafe {
        let mut timer: libc::itimerval = std::mem::zeroed();
        assert_eq!(libc::getitimer(libc::ITIMER_PROF, &raw mut timer), 0);
        timer.it_interval.tv_sec != 0 || timer.it_interval.tv_usec != 0
    }
}

/// Timers of this process, by the kernel's list.
pub(crate) fn timers() -> usize {
    kernels_timers().matches("ID:").count()
}

fn kernels_timers() -> String {
    std::fs::read_to_string("/proc/self/timers").unwrap_or_default()
}

/// Asserts that `weight` periods are this much processor time. A thread's sum is off by a period at either end, and by one where
/// its function changes while a signal is under way.
pub(crate) fn assert_time(profile: &Profile, weight: u64, time: Duration, what: &str) {
    let (found, time) = (profile.period().as_secs_f64() * weight as f64, time.as_secs_f64());
    let hidden = hidden(preemptions(), time);
    println!("{what}: {found:.3} s of {time:.3} s, up to {hidden:.3} s hidden");
    let bound = 4.0 * profile.period().as_secs_f64().max(0.004) + 0.03 * time + hidden;
    assert!((found - time).abs() <= bound, "{what}: {found:.3} s of {time:.3} s; {:?}", profile.comments());
}

/// How many seconds of `time` may be seen wrong: a busy machine takes the processor away between ticks and gives it back at one,
/// which hides up to a tick each time. A third may be missing then, not more.
pub(crate) fn hidden(preemptions: i64, time: f64) -> f64 {
    (0.004 * preemptions as f64).min(0.35 * time)
}

/// How often the threads of this process lost the processor without wanting to.
pub(crate) fn preemptions() -> i64 {
    // SAFETY: plain data, filled by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0);
        usage
    };
    usage.ru_nivcsw
}
