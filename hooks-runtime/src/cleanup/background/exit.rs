//! The queue at the program's exit.

use super::NotDrained;
use super::queue::QUEUE;
use super::thread::is_cleanup_thread;
use crate::cleanup::fault::{self, FaultKind};
use crate::cleanup::origin::Origin;
use crate::forked;
use crate::mutex::lock;
use std::sync::Mutex;
use std::time::Duration;

static EXIT_TIMEOUT: Mutex<Duration> = Mutex::new(Duration::from_secs(5));

/// Sets how long the program's exit may wait for cleanups that are still in the queue; 5 seconds unless it is called.
pub fn set_exit_timeout(timeout: Duration) {
    *lock(&EXIT_TIMEOUT) = timeout;
}

/// What [`set_exit_timeout`] has set.
pub(crate) fn exit_timeout() -> Duration {
    *lock(&EXIT_TIMEOUT)
}

/// Waits until every cleanup handed over so far, and while waiting, has run.
///
/// The program's exit does so by itself (`std::process::exit`, or the end of `main`), for as long as
/// [`set_exit_timeout`] says.
///
/// # Errors
///
/// Some are left after `timeout`. They still run later.
pub fn drain(timeout: Duration) -> Result<(), NotDrained> {
    if forked::is_child() {
        // What is in the queue is the parent's, and the queue may be locked for good.
        return Ok(());
    }
    if is_cleanup_thread() {
        // It cannot wait for itself, so it runs what the others would have waited for.
        while let Some(job) = QUEUE.take() {
            (job.run)();
        }
        return Ok(());
    }
    match QUEUE.wait_until_empty(timeout) {
        0 => Ok(()),
        left => Err(NotDrained { left }),
    }
}

/// Called once, when the thread is started.
pub(super) fn drain_at_exit() {
    at_exit(close);
}

/// Has libc call `function` at the exit; in Miri nobody does.
pub(crate) fn at_exit(function: extern "C" fn()) {
    if !cfg!(miri) {
        // SAFETY: `function` does not unwind, and lives as long as the program.
        // Without memory for the entry, the exit goes on without it.
        let _ = unsafe { libc::atexit(function) };
    }
}

extern "C" fn close() {
    if forked::is_child() {
        return;
    }
    QUEUE.close();
    if drain(exit_timeout()).is_err() {
        for (origin, count) in left() {
            fault::report(origin, FaultKind::NotRun(count));
        }
    }
}

fn left() -> Vec<(Origin, usize)> {
    let mut left: Vec<(Origin, usize)> = Vec::new();
    for origin in QUEUE.origins() {
        match left.iter_mut().find(|(of, _)| *of == origin) {
            Some((_, count)) => *count += 1,
            None => left.push((origin, 1)),
        }
    }
    left
}
