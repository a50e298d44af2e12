//! SIGNAL HANDLER, as far as [`own_nanoseconds`].
//!
//! The kernel's ticks, and how a timer that is seen at ticks only is begun.
//!
//! The kernel looks at processor time timers when its tick interrupts the thread. What a thread takes after its last tick
//! is never seen: half a tick on average, which is most of a thread that lives for a few milliseconds. So each timer is
//! begun as if the thread had run since the tick before. A thread that runs from one instant to another is then charged a
//! whole tick at each tick that meets it, and ticks meet it in proportion to its time: the expected sum is right, for a
//! thread of a millisecond as for one of an hour.
//!
//! Ticks come at multiples of their length by the monotonic clock (Linux since 6.4; the coarse clock is no guide: it stands
//! at the last step of the clock source, up to a tick before the tick that read it). Where they do not, in an older kernel,
//! a time namespace or with `skew_tick`, the time so found is still evenly spread over a tick, so that what is added at the
//! start of a thread is on average what is lost at its end; only threads shorter than a tick are seen too seldom.

use crate::sampling::clock::Clock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Nanoseconds between two ticks: the resolution of the coarse clock.
fn tick() -> u64 {
    let mut resolution = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &raw mut resolution) };
    u64::try_from(resolution.tv_nsec).unwrap_or(0).max(1)
}

/// How often a second the kernel looks at processor time timers (`CONFIG_HZ`).
pub(super) fn kernel_ticks() -> u32 {
    u32::try_from(1_000_000_000 / tick()).unwrap_or(u32::MAX)
}

/// Processor time of the process, ended threads included.
pub(super) fn process_time() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID).unwrap_or_default()
}

/// Processor time of the calling thread. Async-signal-safe.
pub(super) fn own_nanoseconds() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID).map_or(0, nanoseconds)
}

/// Processor time of a thread in nanoseconds; `None`: it has ended.
pub(super) fn thread_time(tid: libc::pid_t) -> Option<u64> {
    read(thread_clock(tid)).map(nanoseconds)
}

/// The kernel's encoding of another thread's processor time clock (`CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED`).
pub(super) fn thread_clock(tid: libc::pid_t) -> libc::clockid_t {
    (!tid << 3) | 6
}

fn read(clock: libc::clockid_t) -> Option<Duration> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    let failed = unsafe { libc::clock_gettime(clock, &raw mut now) } != 0;
    (!failed).then(|| Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap_or(0)))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A number that nobody can guess who does not know the time to the nanosecond (splitmix64). Not by the system's, which threads
/// of C may be cancelled in.
fn random() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let calls = CALLS.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    let mixed = read(libc::CLOCK_MONOTONIC).map_or(0, nanoseconds).wrapping_add(calls);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// How a thread's timer begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    /// Until the first signal.
    pub(super) first: Duration,
    /// Periods that it stands for beside its own.
    pub(super) owed: u32,
}

impl Beginning {
    /// The first period ends at a random point of itself, so that a thread that lives for less than a period is sampled with
    /// the probability that it deserves.
    pub(super) fn random(clock: Clock, period: Duration) -> Self {
        let random = random();
        let period = nanoseconds(period).max(1);
        let tick = tick();
        let lead = match clock {
            Clock::Cpu => nanoseconds(read(libc::CLOCK_MONOTONIC).unwrap_or_default()) % tick,
            // Seen when it expires.
            Clock::Wall => 0,
        };
        Self::new(random % period + 1, lead, period, tick - lead)
    }

    /// The first period ends `first` after the start, which is `lead` ago; the next tick is `rest` ahead. All in nanoseconds.
    /// Periods that should have ended before now are seen at the next tick.
    fn new(first: u64, lead: u64, period: u64, rest: u64) -> Self {
        let Some(late) = lead.checked_sub(first) else {
            return Self { first: Duration::from_nanos(first - lead), owed: 0 };
        };
        let (ended, next) = (late / period + 1, period - late % period);
        // Either a period that ends before the tick brings them along, or the last of them ends now.
        let (first, owed) = if next <= rest { (next, ended) } else { (1, ended - 1) };
        Self { first: Duration::from_nanos(first), owed: u32::try_from(owed).unwrap_or(u32::MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: u64 = 1_000_000;
    /// Of the simulation.
    const TICK: u64 = 400;

    fn beginning(first: u64, lead: u64, period: u64) -> (u128, u32) {
        let new = Beginning::new(
            first * MILLISECOND,
            lead * MILLISECOND,
            period * MILLISECOND,
            (4 - lead) * MILLISECOND,
        );
        (new.first.as_nanos(), new.owed)
    }

    #[test]
    fn a_period_that_ended_before_now_is_owed() {
        assert_eq!(beginning(7, 3, 10), (4_000_000, 0));
        assert_eq!(beginning(2, 3, 10), (1, 0), "at the next tick");
        assert_eq!(beginning(1, 2, 1), (1_000_000, 2), "the ends after 1 and 2 ms come with that after 3");
        assert_eq!(beginning(1, 2, 4), (1, 0), "the next is beyond the tick");
        assert_eq!(beginning(1, 3, 2), (1, 1), "those after 1 and 3 ms");
        assert_eq!(beginning(10, 0, 10), (10_000_000, 0));
    }

    /// By simulation: a thread that starts at any point of a tick and runs without a break.
    #[test]
    fn the_expected_sum_is_right_however_short_the_thread() {
        for (period, time) in [(1000, 100), (1000, 500), (1000, 2000), (400, 700), (100, 250), (100, 1300)] {
            let (mut found, mut taken) = (0, 0);
            for lead in (0..TICK).step_by(5) {
                for first in (5..=period).step_by(5) {
                    taken += time;
                    found +=
                        seen(&Beginning::new(first, lead, period, TICK - lead), lead, period, time) * period;
                }
            }
            assert!(found.abs_diff(taken) < taken / 40, "{time} at a period of {period}: {found} of {taken}");
        }
    }

    /// Periods seen at the ticks of such a thread.
    fn seen(beginning: &Beginning, lead: u64, period: u64, time: u64) -> u64 {
        let last = ((time + lead) / TICK * TICK).checked_sub(lead).filter(|last| *last > 0);
        let first = u64::try_from(beginning.first.as_nanos()).unwrap();
        let since = last.and_then(|last| last.checked_sub(first));
        since.map_or(0, |since| since / period + 1 + u64::from(beginning.owed))
    }

    #[test]
    fn first_periods_differ() {
        let period = Duration::from_secs(1);
        let firsts: std::collections::HashSet<_> =
            (0..50).map(|_| Beginning::random(Clock::Wall, period).first).collect();
        assert!(firsts.len() > 40 && firsts.iter().all(|first| *first <= period));
    }
}
