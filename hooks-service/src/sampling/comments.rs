//! What a profile says of how it was taken.

use super::collect::Collector;
use super::record::MAX_FRAMES;
use super::session::{Session, process_time};
use super::threads::Tally;
use crate::profile::Clock;

/// The comments. Numbers that are zero and would mean trouble are left out.
pub(super) fn comments(session: &Session, collector: &Collector) -> Vec<String> {
    let tally = session.threads.tally();
    let mut lines = vec![clock(session), threads(&tally), sum(session, collector)];
    let troubles =
        of_threads(session, &tally).into_iter().chain(of_labels(session)).chain(of_stacks(collector));
    lines.extend(troubles.filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let takeover = session.takeover.comment();
    let cause = if takeover.is_some() { "" } else { ": a thread that blocks SIGPROF is not sampled" };
    lines.extend(takeover);
    lines.extend(difference(session, &tally, cause));
    lines
}

/// What is to be said if the samples do not add up to the kernel's account of the process; `cause`, if they are too few.
fn difference(session: &Session, tally: &Tally, cause: &str) -> Option<String> {
    if session.plan.clock != Clock::Cpu {
        return None;
    }
    let used = process_time().saturating_sub(session.used_before);
    let taken = u64::try_from(used.as_nanos() / session.plan.period.as_nanos()).ok()?;
    let seen = session.counts.seen.get();
    // Each thread is off by a period or so, at random, and so is each signal to one that was not attached.
    let chance = 10 + 4 * (tally.attached + session.counts.unattached.get()).isqrt();
    let much = taken / 10 + chance * u64::from(session.plan.periods_at_once());
    (taken.abs_diff(seen) > much).then(|| {
        let cause = if seen < taken { cause } else { "" };
        format!("the process took {taken} periods of processor time, signals brought {seen}{cause}")
    })
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
