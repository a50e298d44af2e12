//! What a profile says of how it was taken.

use super::collect::Collector;
use super::record::MAX_FRAMES;
use super::session::Session;
use super::threads::Tally;
use crate::profile::Clock;

/// The comments. Numbers that are zero and would mean trouble are left out.
pub(super) fn comments(session: &Session, collector: &Collector) -> Vec<String> {
    let counts = &session.counts;
    let tally = session.threads.tally();
    let mut lines = vec![clock(session), threads(&tally), sum(session, collector)];
    let mut note = |count: u64, text: String| {
        if count > 0 {
            lines.push(text);
        }
    };
    let unattached = counts.unattached.get();
    note(unattached, format!("{unattached} periods fell on threads that had no timer of their own yet"));
    let timers = tally.timers_for_events;
    note(
        timers,
        format!(
            "{timers} threads were refused a perf event and have a timer, which shares the kernel's ticks"
        ),
    );
    let refused = tally.refused;
    note(
        refused,
        format!("{refused} times a thread was refused a timer (RLIMIT_SIGPENDING) or a place in the table"),
    );
    let left_out = counts.labels_left_out.get();
    note(left_out, format!("{left_out} labels did not fit into their sample"));
    let unreadable = counts.labels_unreadable.get();
    note(
        unreadable,
        format!(
            "{unreadable} periods in threads whose labels cannot be read: this code is in a library and the thread was not announced"
        ),
    );
    let truncated = collector.truncated;
    note(
        truncated,
        format!("{truncated} periods with stacks cut at {MAX_FRAMES} frames (label stack_truncated)"),
    );
    let incomplete = collector.incomplete;
    note(
        incomplete,
        format!("{incomplete} periods with stacks that do not reach the thread's first function"),
    );
    let replaced = collector.replaced;
    note(
        replaced as u64,
        format!(
            "{replaced} code segments were unloaded and their addresses used again: samples in them may bear wrong names"
        ),
    );
    lines
}

fn clock(session: &Session) -> String {
    let (hz, ticks) = (session.hz, session.kernel_ticks);
    match (session.plan.clock, session.plan.events) {
        (Clock::Wall, _) => format!("clock: wall time, {hz} Hz, POSIX timers of each thread"),
        (Clock::Cpu, true) => format!("clock: processor time, {hz} Hz, perf task clock of each thread"),
        (Clock::Cpu, false) if hz > ticks => format!(
            "clock: processor time, {hz} Hz, POSIX timers of each thread; perf events are not allowed, so a sample stands for all periods of one of the kernel's {ticks} ticks a second"
        ),
        (Clock::Cpu, false) => format!("clock: processor time, {hz} Hz, POSIX timers of each thread"),
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
