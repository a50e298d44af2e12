//! What a profile says of how it was taken, for people.

use crate::plain::Plain;
use crate::profile::{Clock, Missed, Source, Stats};
use std::time::Duration;

/// The comments. Numbers that are zero and would mean trouble are left out.
pub(super) fn comments(stats: &Stats) -> Vec<String> {
    let mut lines = vec![clock(stats), threads(stats), sum(stats)];
    lines.extend(account(stats));
    let troubles = troubles(stats).into_iter().filter(|(count, _)| *count > 0);
    lines.extend(troubles.map(|(count, what)| format!("{count} {what}")));
    lines.extend(stats.bounded_labels.iter().map(|key| {
        let key = Plain(key, &[]);
        format!(
            "label {key} had too many values to be kept apart: the lightest are (other), or powers of two"
        )
    }));
    lines.extend(takeover(stats));
    lines
}

/// The kernel's account of the process beside what signals brought, and why less, where it is less than chance explains.
fn account(stats: &Stats) -> Vec<String> {
    if stats.clock != Clock::Cpu {
        return Vec::new();
    }
    let (taken, brought) = (stats.processor_time.as_secs_f64(), stats.seen_time().as_secs_f64());
    let mut lines =
        vec![format!("processor time: {taken:.2} s by the kernel's count, {brought:.2} s by signals")];
    let by_chance = chance(stats) / f64::from(stats.frequency.max(1));
    let has_another = stats.foreign_handler.is_some();
    let causes =
        causes(stats).into_iter().filter(|(missed, _)| missed.as_secs_f64() > by_chance && !has_another);
    lines.extend(causes.map(|(missed, cause)| format!("{:.2} s are missing: {cause}", missed.as_secs_f64())));
    lines
}

/// How many periods may be missing by chance: three standard deviations. A thread with a timer of its own is off by part of a
/// period at its start and its end; one that goes by the process-wide timer by part of one for each that it brought.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn chance(stats: &Stats) -> f64 {
    // A handler counts the one before the other: what is read in between may be of more than all.
    let share = (stats.unattached as f64 / stats.seen.max(1) as f64).min(1.0);
    let by_process = stats.unattached as f64 * (1.0 - share);
    let at_once = f64::from(stats.periods_at_once.max(1));
    3.0 * (2.0 + 0.25 * stats.attached as f64 + by_process / at_once).sqrt() * at_once
}

/// What was missed, and why.
fn causes(stats: &Stats) -> [(Duration, &'static str); 3] {
    let Missed { blocked, between_ticks, short_threads } = stats.missed;
    [
        (blocked, "threads that block SIGPROF are not sampled"),
        (
            between_ticks,
            "threads lost the processor between the kernel's ticks, at which it looks at their timers, as on a busy machine",
        ),
        (short_threads, "threads had ended, or had no timer of their own"),
    ]
}

fn takeover(stats: &Stats) -> Option<String> {
    let (time, handler) = stats.foreign_handler?;
    Some(format!(
        "SIGPROF had a handler that is not ours (at {handler:#x}) for up to {:.1} s of this profile: what it did not pass on \
         is missing",
        time.as_secs_f64()
    ))
}

/// What is the matter, and how often.
fn troubles(stats: &Stats) -> [(u64, &'static str); 7] {
    [
        (stats.unattached, "periods fell on threads that had no timer of their own, by that of the process"),
        (
            stats.timers_for_events,
            "threads have a timer, which shares the kernel's ticks, since a perf event was refused or would have taken one \
             of the descriptors that are left to the program",
        ),
        (stats.refused, "times a thread was refused a timer (RLIMIT_SIGPENDING) or a place in the table"),
        (stats.labels_left_out, "labels did not fit into their sample"),
        (stats.truncated, "periods with stacks that were cut (label stack_truncated)"),
        (stats.incomplete, "periods with stacks that do not reach the thread's first function"),
        (
            stats.replaced_code,
            "code segments were unloaded and their addresses used again: samples in them may bear wrong names",
        ),
    ]
}

fn clock(stats: &Stats) -> String {
    let (hz, ticks) = (stats.frequency, stats.kernel_ticks);
    let timers = format!("clock: processor time, {hz} Hz, POSIX timers of each thread");
    match (stats.clock, stats.source) {
        (Clock::Wall, _) if stats.periods_at_once > 1 => format!(
            "clock: wall time, {hz} Hz, POSIX timers of each thread; so many threads would bring too many samples, and each stands \
             for {} periods",
            stats.periods_at_once
        ),
        (Clock::Wall, _) => format!("clock: wall time, {hz} Hz, POSIX timers of each thread"),
        (Clock::Cpu, Source::PerfEvents) => {
            format!("clock: processor time, {hz} Hz, perf task clock of each thread")
        }
        (Clock::Cpu, _) if hz > ticks => format!(
            "{timers}; perf events are not allowed or not asked for, since a system call filter may end the process for it: a \
             sample stands for all periods of one of the kernel's {ticks} ticks a second"
        ),
        (Clock::Cpu, _) => timers,
    }
}

fn threads(stats: &Stats) -> String {
    let Stats { attached, by_hook, ended, .. } = stats;
    format!("threads: {attached} attached, {by_hook} of them by themselves, {ended} ended")
}

fn sum(stats: &Stats) -> String {
    format!(
        "periods: {} seen, lost: {} ring full, {} no scratch, {} (overflow) of the table of stacks",
        stats.seen, stats.lost.ring_full, stats.lost.no_scratch, stats.lost.overflow
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Stats {
        let mut stats = Stats::default();
        (stats.frequency, stats.kernel_ticks, stats.periods_at_once) = (100, 250, 1);
        (stats.attached, stats.seen, stats.processor_time) = (2, 1000, Duration::from_secs(10));
        stats
    }

    #[test]
    fn trouble_is_told_and_nothing_else() {
        assert_eq!(comments(&good()).len(), 4, "{:?}", comments(&good()));
        assert_eq!(comments(&good())[3], "processor time: 10.00 s by the kernel's count, 10.00 s by signals");
        let told = |stats: &Stats| comments(stats).split_off(4).join("\n");
        let missing = |blocked, between_ticks, short_threads| {
            let [blocked, between_ticks, short_threads] =
                [blocked, between_ticks, short_threads].map(Duration::from_millis);
            Stats { missed: Missed { blocked, between_ticks, short_threads }, ..good() }
        };
        assert_eq!(told(&missing(40, 40, 40)), "", "by chance");
        assert_eq!(
            told(&missing(5000, 0, 0)),
            "5.00 s are missing: threads that block SIGPROF are not sampled"
        );
        assert!(told(&missing(0, 2000, 0)).starts_with("2.00 s are missing: threads lost the processor"));
        assert!(told(&missing(0, 10, 3000)).starts_with("3.00 s are missing: threads had ended"));
        assert_eq!(
            told(&Stats { attached: 0, seen: 3, unattached: 500, ..missing(0, 0, 0) }).lines().count(),
            1
        );
        let foreign_handler = Some((Duration::from_secs(3), 0x10));
        let taken = told(&Stats { foreign_handler, ..missing(0, 3000, 0) });
        assert!(
            taken.starts_with("SIGPROF had a handler that is not ours (at 0x10) for up to 3.0 s"),
            "{taken}"
        );
        assert!(!taken.contains("lost the processor"), "it has a cause already");
        let wall = Stats { clock: Clock::Wall, ..good() };
        assert_eq!(comments(&wall).len(), 3, "threads that wait take no processor time");
        assert!(told(&Stats { truncated: 7, ..good() }).starts_with("7 periods with stacks that were cut"));
    }
}
