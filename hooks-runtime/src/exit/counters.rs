//! What became of flushers and of tasks that ended themselves.

use super::fault::FaultKind;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often what happened since the program started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Flushers that ran to their end.
    pub flushed: u64,
    /// Flushers that returned an error.
    pub failed: u64,
    /// Flushers that panicked.
    pub panicked: u64,
    /// Flushers that were left behind when their time was up.
    pub timed_out: u64,
    /// Flushers that called [`exit`](fn@crate::exit) and were left there.
    pub called_exit: u64,
    /// Flushers for which no time was left.
    pub not_run: u64,
    /// Scopes ended by [`exit_task`](super::exit_task).
    pub tasks_exited: u64,
    /// Scopes that returned although they had been ended by [`exit_task`](super::exit_task): somebody caught it.
    pub exits_caught: u64,
}

/// In the order of the fields.
static COUNTS: [AtomicU64; 8] = [const { AtomicU64::new(0) }; 8];

const FLUSHED: usize = 0;
const TASKS_EXITED: usize = 6;

/// The counters now.
pub fn counters() -> Counters {
    let count = |index: usize| COUNTS[index].load(Ordering::Relaxed);
    Counters {
        flushed: count(FLUSHED),
        failed: count(1),
        panicked: count(2),
        timed_out: count(3),
        called_exit: count(4),
        not_run: count(5),
        tasks_exited: count(TASKS_EXITED),
        exits_caught: count(7),
    }
}

pub(super) fn count_flushed() {
    count(FLUSHED);
}

pub(super) fn count_task_exited() {
    count(TASKS_EXITED);
}

pub(super) fn count_fault(kind: &FaultKind) {
    count(match kind {
        FaultKind::Failed(_) => 1,
        FaultKind::Panicked(_) => 2,
        FaultKind::TimedOut => 3,
        FaultKind::CalledExit => 4,
        FaultKind::NotRun => 5,
        FaultKind::ExitCaught => 7,
    });
}

fn count(index: usize) {
    COUNTS[index].fetch_add(1, Ordering::Relaxed);
}
