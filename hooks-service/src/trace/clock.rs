//! The clock of events: which one this machine has, and how its ticks become nanoseconds of `CLOCK_MONOTONIC`.

use hooks_runtime::trace::observe::{Area, Clock, Pair};
use std::time::{SystemTime, UNIX_EPOCH};

/// The processor's counter, where it runs evenly whatever the processor does and the kernel itself goes by it.
pub(crate) fn clock() -> Clock {
    if is_invariant() { Clock::Counter } else { Clock::Monotonic }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
fn is_invariant() -> bool {
    const POWER: u32 = 0x8000_0007;
    #[allow(unused_unsafe, reason = "it is safe from Rust 1.94 on")]
    // SAFETY: every processor of this architecture has the instruction.
    let ask = |leaf| unsafe { core::arch::x86_64::__cpuid(leaf) };
    let has = ask(0x8000_0000).eax >= POWER && ask(POWER).edx & 1 << 8 != 0;
    // It is of each processor: where they differ, the kernel does not go by it.
    has && clock_source().trim() == "tsc"
}

#[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
fn is_invariant() -> bool {
    clock_source().trim() == "arch_sys_counter"
}

#[cfg(any(miri, not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))))]
fn is_invariant() -> bool {
    false
}

/// By name; empty where that is not to be had.
#[cfg(target_os = "linux")]
fn clock_source() -> String {
    const FILE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    std::fs::read_to_string(FILE).unwrap_or_default()
}

/// The time on both clocks: of some tries that during which least time went by.
pub(crate) fn pair(clock: Clock) -> Pair {
    let attempt = |_| {
        let before = clock.now();
        let monotonic = Clock::Monotonic.now();
        let after = clock.now();
        let took = after.saturating_sub(before);
        (took, Pair { ticks: before + took / 2, monotonic })
    };
    if clock == Clock::Monotonic {
        let monotonic = clock.now();
        return Pair { ticks: monotonic, monotonic };
    }
    (0..5).map(attempt).min_by_key(|(took, _)| *took).map(|(_, pair)| pair).unwrap_or_default()
}

/// Nanoseconds since 1970.
pub(crate) fn unix_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

/// From here on, until the next one, time goes so fast.
#[derive(Clone, Copy, Debug)]
struct Knot {
    ticks: u64,
    ns: u64,
    /// Nanoseconds of a tick.
    speed: f64,
}

impl Knot {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "of a span that is short"
    )]
    fn ns(&self, ticks: u64) -> u64 {
        // Differences, which may be below zero; they are small beside what a float holds.
        let since = ticks.wrapping_sub(self.ticks).cast_signed() as f64 * self.speed;
        self.ns.saturating_add_signed(since as i64)
    }
}

/// What ticks are in nanoseconds. It never steps back, also where the speed becomes better known: what was said of a tick stays.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    first: Pair,
    last: Pair,
    knots: Vec<Knot>,
    largest: u64,
}

/// How much time a correction is spread over, in nanoseconds.
const SPREAD: f64 = 1e9;
/// Most knots: ticks before those go by the speed of the first.
const MOST: usize = 256;

impl Timeline {
    /// From two times on, which are some time apart.
    pub(crate) fn new(first: Pair, second: Pair) -> Self {
        let knot = Knot { ticks: first.ticks, ns: first.monotonic, speed: speed(first, second) };
        Self { first, last: second, knots: vec![knot], largest: 0 }
    }

    /// That of an area, by all times that were noted in it, and another one.
    pub(crate) fn of(area: &Area, now: Option<Pair>) -> Self {
        let mut times = area.times();
        times.extend(area.start().map(|start| start.time));
        times.extend(now);
        times.sort_by_key(|pair| pair.ticks);
        times.dedup_by_key(|pair| pair.ticks);
        let first = times.first().copied().unwrap_or_default();
        // One tick a nanosecond, where nothing else is known.
        let second = times.get(1).copied().unwrap_or(first);
        let mut timeline = Self::new(first, second);
        for two in times.windows(2).skip(1) {
            timeline.exact(two[0], two[1]);
        }
        timeline
    }

    /// Nothing was said yet of what lies between these two.
    fn exact(&mut self, from: Pair, to: Pair) {
        self.knots.push(Knot { ticks: from.ticks, ns: from.monotonic, speed: speed(from, to) });
        self.last = to;
    }

    /// A tick in nanoseconds of `CLOCK_MONOTONIC`.
    pub(crate) fn ns(&self, ticks: u64) -> u64 {
        let after = self.knots.partition_point(|knot| knot.ticks <= ticks);
        self.knots.get(after.saturating_sub(1)).map_or(ticks, |knot| knot.ns(ticks))
    }

    /// The first tick of which [`ns`](Self::ns) says this or more.
    pub(crate) fn ticks(&self, ns: u64) -> u64 {
        let after = self.knots.partition_point(|knot| knot.ns <= ns);
        let Some(knot) = self.knots.get(after.saturating_sub(1)) else { return ns };
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "of a span that is short"
        )]
        let since = (ns.wrapping_sub(knot.ns).cast_signed() as f64 / knot.speed) as i64;
        knot.ticks.saturating_add_signed(since)
    }

    /// The time is known once more. What ticks from now on are goes by it.
    pub(crate) fn note(&mut self, pair: Pair) {
        if pair.ticks <= self.last.ticks {
            return;
        }
        let said = self.ns(pair.ticks);
        let off = pair.monotonic.wrapping_sub(said).cast_signed();
        self.largest = self.largest.max(off.unsigned_abs());
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        let correction = (off as f64 / SPREAD).clamp(-0.1, 0.1);
        let speed = speed(self.first, pair) * (1.0 + correction);
        self.knots.push(Knot { ticks: pair.ticks, ns: said, speed });
        if self.knots.len() > MOST {
            self.knots.drain(..MOST / 2);
        }
        self.last = pair;
    }

    /// How far what was said of a time was from it, at most, in nanoseconds.
    pub(crate) fn drift(&self) -> u64 {
        self.largest
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds to hours, in parts of 2^53")]
fn speed(from: Pair, to: Pair) -> f64 {
    let ticks = to.ticks.saturating_sub(from.ticks) as f64;
    let ns = to.monotonic.saturating_sub(from.monotonic) as f64;
    if ticks > 0.0 && ns > 0.0 { ns / ticks } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter of 3 GHz, on a monotonic clock that is read a little wrong.
    fn at(ns: u64, wrong: i64) -> Pair {
        Pair { ticks: 5_000 + ns * 3, monotonic: (1_000_000 + ns).saturating_add_signed(wrong) }
    }

    #[test]
    fn what_was_said_stays_and_time_never_steps_back() {
        let mut timeline = Timeline::new(at(0, 0), at(1_000_000, 60));
        let mut before = 0;
        for second in 1..200 {
            let now = second * 1_000_000_000;
            for ticks in (at(now - 500, 0).ticks..at(now + 500, 0).ticks).step_by(7) {
                let said = timeline.ns(ticks);
                assert!(said >= before);
                before = said;
                if ticks == at(now, 0).ticks {
                    timeline.note(at(now, if second % 2 == 0 { 20 } else { -20 }));
                    assert_eq!(timeline.ns(ticks), said);
                }
            }
            timeline.note(at(now + 500, 0));
            let wrong = timeline.ns(at(now + 600, 0).ticks).abs_diff(1_000_000 + now + 600);
            // 60 ns of a millisecond, at first.
            assert!(wrong < if second < 5 { 70_000 } else { 500 }, "{second}: {wrong}");
        }
        assert!(timeline.drift() > 10_000 && timeline.knots.len() <= MOST);
    }

    #[test]
    fn ticks_before_the_first_time_are_before_it() {
        let timeline = Timeline::new(at(1_000, 0), at(2_000, 0));
        assert_eq!(timeline.ns(at(500, 0).ticks), 1_000_500);
        assert!(timeline.ticks(1_000_500).abs_diff(at(500, 0).ticks) <= 3);
        assert_eq!(Timeline::new(Pair::default(), Pair::default()).ns(7), 7);
    }

    #[test]
    fn this_machines_clock_goes_with_the_kernels() {
        let first = pair(clock());
        std::thread::sleep(std::time::Duration::from_millis(20));
        let timeline = Timeline::new(first, pair(clock()));
        let between = pair(clock());
        assert!(timeline.ns(between.ticks).abs_diff(between.monotonic) < 10_000_000);
    }
}
