//! All flushers, in order, each bounded, once.

use super::fault::{self, Fault, FaultKind};
use super::flusher::{Flusher, flushers};
use super::gate;
use super::job::{self, Bound, LeftBehind};
use super::report::{self, Flushed, Report};
use crate::cleanup::{self, background};
use crate::panics;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a hook may take.
const HOOK_LIMIT: Duration = Duration::from_secs(1);

/// Runs all flushers without ending the process, for a shutdown that has more to do and a deadline for all of it.
///
/// The first call drains the cleanup thread and runs them, in order and each for as long as its timeout and `deadline`
/// allow; those for which nothing is left are reported as [`NotRun`](FaultKind::NotRun). A call meanwhile, from
/// whatever thread, waits for the first and gets the same report; the earliest deadline that anybody asked for holds.
/// A later call gets the report at once. The hooks may take up to 2 seconds beyond the deadline, if they hang.
///
/// A flusher that calls this waits for itself until its own timeout.
///
/// ```
/// use hooks_runtime::exit;
/// use std::time::{Duration, Instant};
///
/// let report = exit::run_flushers(Some(Instant::now() + Duration::from_secs(10)));
/// for fault in report.faults() {
///     eprintln!("{fault}");
/// }
/// ```
///
/// Cost: a thread for each flusher, one after the other.
pub fn run_flushers(deadline: Option<Instant>) -> Arc<Report> {
    if gate::is_orphan() {
        return Arc::new(Report::of_none());
    }
    gate::enter(deadline).unwrap_or_else(run)
}

fn run() -> Arc<Report> {
    let cleanups_left = drain_cleanups();
    let outstanding = cleanup::outstanding();
    let mut teller = Teller { is_stuck: false };
    let mut all = Vec::new();
    for flusher in flushers() {
        let flushed = flush(flusher);
        teller.tell_of(&flushed);
        all.push(flushed);
    }
    let report = Arc::new(Report { flushers: all, cleanups_left, outstanding });
    if report::has_hook() {
        let told = Arc::clone(&report);
        // A hook that hangs is left behind like a flusher; there is nobody to tell.
        let _ = job::run(HOOK_LIMIT, Bound::Limit, move || report::tell(&told));
    }
    gate::finish(&report);
    report
}

/// How many are left when the time is up.
fn drain_cleanups() -> usize {
    if background::waiting() == 0 {
        return 0;
    }
    let limit = background::exit_timeout();
    let drained = job::run(limit, Bound::LimitAndDeadline, move || background::drain(limit));
    if drained.is_ok_and(|drained| drained.is_ok()) {
        return 0;
    }
    // Once is enough: libc's exit, which comes later, does not wait for them again.
    background::set_exit_timeout(Duration::ZERO);
    background::waiting()
}

fn flush(flusher: Flusher) -> Flushed {
    let begin = Instant::now();
    let result = if gate::time_left().is_some_and(|left| left.is_zero()) {
        Err(FaultKind::NotRun)
    } else {
        let call = flusher.call.0;
        let ended = job::run(flusher.timeout, Bound::LimitAndDeadline, move || match catch_unwind(call) {
            Ok(None) => Ok(()),
            Ok(Some(failure)) => Err(FaultKind::Failed(failure)),
            Err(payload) => Err(FaultKind::Panicked(panics::message(payload))),
        });
        ended.unwrap_or_else(|left_behind| {
            Err(match left_behind {
                LeftBehind::TimedOut => FaultKind::TimedOut,
                LeftBehind::CalledExit => FaultKind::CalledExit,
            })
        })
    };
    Flushed { flusher, result, took: begin.elapsed() }
}

/// Counts and tells of faults. A hook that hangs is waited for once.
struct Teller {
    is_stuck: bool,
}

impl Teller {
    fn tell_of(&mut self, flushed: &Flushed) {
        let Err(kind) = flushed.result.clone() else { return fault::count_flushed() };
        fault::count_fault(&kind);
        if !self.is_stuck {
            let fault = Fault { site: flushed.flusher.site, kind };
            self.is_stuck = job::run(HOOK_LIMIT, Bound::Limit, move || fault::tell(&fault)).is_err();
        }
    }
}
