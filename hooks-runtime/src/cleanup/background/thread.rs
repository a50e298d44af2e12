//! The cleanup thread.

use super::WhenFull;
use super::exit;
use super::queue::{Job, QUEUE};
use crate::cleanup::origin::Origin;
use crate::cleanup::returned::Returned;
use crate::cleanup::run::run_caught;
use crate::forked;
use crate::threads;
use std::cell::Cell;
use std::thread::Builder;

thread_local! {
    static IS_CLEANUP_THREAD: Cell<bool> = const { Cell::new(false) };
    /// Where what this cleanup thread runs comes from.
    static RUNNING: Cell<Option<Origin>> = const { Cell::new(None) };
}

pub(super) fn is_cleanup_thread() -> bool {
    IS_CLEANUP_THREAD.get()
}

/// Runs `call` on the cleanup thread, or here where that cannot be.
pub(in crate::cleanup) fn submit<R: Returned>(
    origin: Origin,
    when_full: WhenFull,
    call: impl FnOnce() -> R + Send + 'static,
) {
    let job = Job { origin, run: Box::new(move || run_caught(origin, call)) };
    // The cleanup thread would wait for itself, and a forked child has none.
    if is_cleanup_thread() || forked::is_child() || !is_started() {
        return (job.run)();
    }
    if let Err(job) = QUEUE.push(job, when_full == WhenFull::Wait) {
        (job.run)();
    }
}

/// Starts the thread, unless it is there.
fn is_started() -> bool {
    let mut state = QUEUE.lock();
    if !state.is_started {
        forked::watch();
        state.is_started = start();
        if state.is_started {
            exit::drain_at_exit();
        }
    }
    state.is_started
}

fn start() -> bool {
    threads::start(Builder::new().name("hooks-cleanup".to_owned()), Box::new(work)).is_ok()
}

/// Says that the cleanup in hand, if this is the cleanup thread, does not come back: another thread goes on with the
/// queue. Where none can be had, this one stays who it is.
pub(crate) fn hand_over() {
    if is_cleanup_thread() && !forked::is_child() && start() {
        IS_CLEANUP_THREAD.set(false);
        done();
    }
}

fn work() {
    IS_CLEANUP_THREAD.set(true);
    loop {
        let job = QUEUE.next();
        RUNNING.set(Some(job.origin));
        (job.run)();
        done();
    }
}

fn done() {
    if let Some(origin) = RUNNING.take() {
        QUEUE.done(origin);
    }
}
