//! What a profile says of how it was taken, for people.

use crate::profile::{Clock, Source, Stats};

/// The comments. Numbers that are zero and would mean trouble are left out.
pub(super) fn comments(stats: &Stats) -> Vec<String> {
    let mut lines = vec![clock(stats), threads(stats), sum(stats)];
    let troubles = troubles(stats).into_iter().filter(|(count, _)| *count > 0);
    lines.extend(troubles.map(|(count, what)| format!("{count} {what}")));
    lines.extend(takeover(stats));
    lines.extend(difference(stats));
    lines
}

/// What may hide processor time. Which it was is not known: threads that have ended cannot be asked for what they blocked.
const CAUSES: &str = ". What is missing may be that of threads that lost the processor between the kernel's ticks, as on a busy \
                      machine, or of a thread that blocks SIGPROF, which is not sampled";

/// What is to be said if the samples do not add up to the kernel's account of the process.
fn difference(stats: &Stats) -> Option<String> {
    if stats.clock != Clock::Cpu {
        return None;
    }
    let per_second = u128::from(stats.frequency);
    let taken = u64::try_from(stats.processor_time.as_nanos() * per_second / 1_000_000_000).ok()?;
    // Each thread is off by a period or so, at random, and so is each signal to one that was not attached.
    let chance = 10 + 4 * (stats.attached + stats.unattached).isqrt();
    let much = taken / 10 + chance * u64::from(stats.periods_at_once);
    (taken.abs_diff(stats.seen) > much).then(|| {
        let unexplained = stats.seen < taken && stats.foreign_handler.is_none();
        let cause = if unexplained { CAUSES } else { "" };
        format!("the process took {taken} periods of processor time, signals brought {}{cause}", stats.seen)
    })
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
fn troubles(stats: &Stats) -> [(u64, &'static str); 8] {
    [
        (stats.unattached, "periods fell on threads that had no timer of their own yet"),
        (
            stats.timers_for_events,
            "threads were refused a perf event and have a timer, which shares the kernel's ticks",
        ),
        (stats.refused, "times a thread was refused a timer (RLIMIT_SIGPENDING) or a place in the table"),
        (stats.labels_left_out, "labels did not fit into their sample"),
        (
            stats.labels_unreadable,
            "periods in threads whose labels cannot be read: this code is in a library and the thread was not announced",
        ),
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
        (Clock::Wall, _) => format!("clock: wall time, {hz} Hz, POSIX timers of each thread"),
        (Clock::Cpu, Source::PerfEvents) => {
            format!("clock: processor time, {hz} Hz, perf task clock of each thread")
        }
        (Clock::Cpu, _) if hz > ticks => format!(
            "{timers}; perf events are not allowed, so a sample stands for all periods of one of the kernel's {ticks} \
             ticks a second"
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
    use std::time::Duration;

    fn good() -> Stats {
        let mut stats = Stats::default();
        (stats.frequency, stats.kernel_ticks, stats.periods_at_once) = (100, 250, 1);
        (stats.attached, stats.seen, stats.processor_time) = (2, 1000, Duration::from_secs(10));
        stats
    }

    #[test]
    fn trouble_is_told_and_nothing_else() {
        assert_eq!(comments(&good()).len(), 3, "{:?}", comments(&good()));
        let told = |stats: &Stats| comments(stats).split_off(3).join("\n");
        let missing = Stats { seen: 500, ..good() };
        assert!(
            told(&missing)
                .contains("1000 periods of processor time, signals brought 500. What is missing may be")
        );
        let taken = Stats { foreign_handler: Some((Duration::from_secs(3), 0x10)), ..missing.clone() };
        assert!(told(&taken).starts_with("SIGPROF had a handler that is not ours (at 0x10) for up to 3.0 s"));
        assert!(told(&taken).ends_with("signals brought 500"), "it has a cause already");
        let wall = Stats { clock: Clock::Wall, ..missing };
        assert_eq!(told(&wall), "", "threads that wait take no processor time");
        assert!(told(&Stats { truncated: 7, ..good() }).starts_with("7 periods with stacks that were cut"));
    }
}
