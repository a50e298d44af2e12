//! The flushers run once: who runs them, who waits, and until when.

use super::report::Report;
use crate::mutex::{lock, wait};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The process that the exit began in; 0 before it does.
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// Somebody's code stands.
static CLAIMED: AtomicBool = AtomicBool::new(false);
thread_local! {
    /// It is this thread's.
    static IS_FIRST: Cell<bool> = const { Cell::new(false) };
}

static STATE: Mutex<State> = Mutex::new(State { phase: Phase::Idle, deadline: None, job: 0, ended: None });
static CHANGED: Condvar = Condvar::new();

struct State {
    phase: Phase,
    /// The earliest that anybody asked for.
    deadline: Option<Instant>,
    /// The job in hand; one that was left behind has a lower number.
    job: u64,
    ended: Option<Ended>,
}

enum Phase {
    Idle,
    Running,
    Done(Arc<Report>),
}

/// How a job came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Returned,
    CalledExit,
}

/// Whether this process was forked from one whose exit was under way: the threads that it would wait for, and the
/// owners of the locks, are not here.
pub(super) fn is_orphan() -> bool {
    let began_in = PROCESS.load(Ordering::Acquire);
    began_in != 0 && began_in != std::process::id()
}

/// Before any lock is taken, so that a child that is forked while one is held knows.
fn begin() {
    PROCESS.store(std::process::id(), Ordering::Release);
}

/// Whether flushers are run, or have been.
pub(super) fn has_begun() -> bool {
    PROCESS.load(Ordering::Acquire) != 0
}

/// Whether the caller is the first, whose code stands.
///
/// On the thread of the first one it is so again: that thread ends the process, and would wait for itself. A `main`
/// that was called by another comes here, and whatever calls `exit` after `main` has returned.
pub(super) fn claim() -> bool {
    begin();
    if !CLAIMED.swap(true, Ordering::AcqRel) {
        IS_FIRST.set(true);
    }
    IS_FIRST.get()
}

/// The report, waited for if need be; `None` for the one caller that has to make it.
pub(super) fn enter(deadline: Option<Instant>) -> Option<Arc<Report>> {
    begin();
    let mut state = lock(&STATE);
    state.deadline = earliest(state.deadline, deadline);
    CHANGED.notify_all();
    loop {
        match &state.phase {
            Phase::Idle => {
                state.phase = Phase::Running;
                return None;
            }
            Phase::Running => state = wait(&CHANGED, state, None),
            Phase::Done(report) => return Some(Arc::clone(report)),
        }
    }
}

/// Lets everybody go.
pub(super) fn finish(report: &Arc<Report>) {
    lock(&STATE).phase = Phase::Done(Arc::clone(report));
    CHANGED.notify_all();
}

/// How much is left before the deadline of the whole exit.
pub(super) fn time_left() -> Option<Duration> {
    let deadline = lock(&STATE).deadline?;
    Some(deadline.saturating_duration_since(Instant::now()))
}

/// The number of a new job.
pub(super) fn begin_job() -> u64 {
    let mut state = lock(&STATE);
    state.job += 1;
    state.ended = None;
    state.job
}

/// Says that `job` is over, unless it has been left behind.
pub(super) fn end_job(job: u64, ended: Ended) {
    let mut state = lock(&STATE);
    if state.job == job {
        state.ended.get_or_insert(ended);
        CHANGED.notify_all();
    }
}

/// Waits for the job in hand; `None` where it is left behind. The deadline of the whole exit, which may come nearer
/// meanwhile, holds where `has_deadline`.
pub(super) fn wait_for_job(limit: Duration, has_deadline: bool) -> Option<Ended> {
    let until = Instant::now().checked_add(limit);
    let mut state = lock(&STATE);
    loop {
        if let Some(ended) = state.ended.take() {
            return Some(ended);
        }
        let until = if has_deadline { earliest(until, state.deadline) } else { until };
        if until.is_some_and(|until| until <= Instant::now()) {
            state.job += 1;
            return None;
        }
        state = wait(&CHANGED, state, until);
    }
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
