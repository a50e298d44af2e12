//! What a profile says of how it was taken.

use super::collect::Collector;
use super::record::MAX_FRAMES;
use super::session::Session;
use super::threads::Tally;
use crate::profile::Clock;

/// The comments. Numbers that are zero and would mean trouble are left out.
pub(super) fn comments(session: &Session, collector: &Collector) -> Vec<String> {
    let tally = session.threads.tally();
    let mut lines = vec![clock(session), threads(&tally), sum(session, collector)];
    let troubles =
        of_threads(session, &tally).into_iter().chain(of_labels(session)).chain(of_stacks(collector));
    lines.extend(troubles.filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    lines
}

/// What is the matter, and how often.
type Trouble = (u64, String);

fn of_threads(session: &Session, tally: &Tally) -> [Trouble; 3] {
    let unattached = "periods fell on threads that had no timer of their own yet";
    let timers = "threads were refused a perf event and have a timer, which shares the kernel's ticks";
    let refused = "times a thread was refused a timer (RLIMIT_SIGPENDING) or a place in the table";
    [
        (session.counts.unattached.get(), unattached.into()),
        (tally.timers_for_events, timers.into()),
        (tally.refused, refused.into()),
    ]
}

fn of_labels(session: &Session) -> [Trouble; 2] {
    let left_out = "labels did not fit into their sample";
    let unreadable = "periods in threads whose labels cannot be read: this code is in a library and the thread was not \
                      announced";
    [
        (session.counts.labels_left_out.get(), left_out.into()),
        (session.counts.labels_unreadable.get(), unreadable.into()),
    ]
}

fn of_stacks(collector: &Collector) -> [Trouble; 3] {
    let truncated = format!("periods with stacks cut at {MAX_FRAMES} frames (label stack_truncated)");
    let incomplete = "periods with stacks that do not reach the thread's first function";
    let replaced =
        "code segments were unloaded and their addresses used again: samples in them may bear wrong names";
    [
        (collector.truncated, truncated),
        (collector.incomplete, incomplete.into()),
        (collector.replaced as u64, replaced.into()),
    ]
}

fn clock(session: &Session) -> String {
    let (hz, ticks) = (session.hz, session.kernel_ticks);
    let timers = format!("clock: processor time, {hz} Hz, POSIX timers of each thread");
    match (session.plan.clock, session.plan.events) {
        (Clock::Wall, _) => format!("clock: wall time, {hz} Hz, POSIX timers of each thread"),
        (Clock::Cpu, true) => format!("clock: processor time, {hz} Hz, perf task clock of each thread"),
        (Clock::Cpu, false) if hz > ticks => format!(
            "{timers}; perf events are not allowed, so a sample stands for all periods of one of the kernel's {ticks} \
             ticks a second"
        ),
        (Clock::Cpu, false) => timers,
    }
}

fn threads(tally: &Tally) -> String {
    let Tally { attached, by_hook, ended, .. } = tally;
    format!("threads: {attached} attached, {by_hook} of them by themselves, {ended} ended")
}

fn sum(session: &Session, collector: &Collector) -> String {
    let counts = &session.counts;
    format!(
        "periods: {} seen, lost: {} ring full, {} no scratch, {} (overflow) of the table of stacks",
        counts.seen.get(),
        counts.ring_full.get(),
        counts.no_scratch.get(),
        collector.overflow
    )
}
