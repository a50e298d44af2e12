//! A piece of the exit on a thread of its own, so that it can be left behind.

use super::gate::{self, Ended};
use crate::mutex::lock;
use crate::process;
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

thread_local! {
    /// The job that this thread was started for.
    static JOB: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LeftBehind {
    TimedOut,
    CalledExit,
}

type Call = Arc<dyn Fn() + Send + Sync>;

/// Which bounds hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Limit,
    LimitAndDeadline,
}

/// Calls `call`, which does not panic, and waits for at most `limit`. Where no thread can be had it is called here, and
/// the exit waits for as long as it takes: that loses less than not to call it.
pub(super) fn run<T: Send + 'static>(
    limit: Duration,
    bound: Bound,
    call: impl Fn() -> T + Send + Sync + 'static,
) -> Result<T, LeftBehind> {
    let result: Arc<Mutex<Option<T>>> = Arc::default();
    let returned = Arc::clone(&result);
    let call: Call = Arc::new(move || {
        let value = call();
        *lock(&returned) = Some(value);
    });
    wait_for(limit, bound, &call)?;
    lock(&result).take().ok_or(LeftBehind::TimedOut)
}

fn wait_for(limit: Duration, bound: Bound, call: &Call) -> Result<(), LeftBehind> {
    let job = gate::begin_job();
    let on_thread = Arc::clone(call);
    let work = move || {
        JOB.set(Some(job));
        on_thread();
        gate::end_job(job, Ended::Returned);
    };
    if process::start_thread(Builder::new().name("hooks-exit".to_owned()), Box::new(work)).is_err() {
        call();
        return Ok(());
    }
    match gate::wait_for_job(limit, bound == Bound::LimitAndDeadline) {
        Some(Ended::Returned) => Ok(()),
        Some(Ended::CalledExit) => Err(LeftBehind::CalledExit),
        None => Err(LeftBehind::TimedOut),
    }
}

/// Says, on a job's thread, that the job does not come back, so that nobody waits for it.
pub(super) fn leave() {
    if let Some(job) = JOB.take() {
        gate::end_job(job, Ended::CalledExit);
    }
}
