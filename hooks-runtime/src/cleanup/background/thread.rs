//! The cleanup thread: what it is sent, how it starts, and how the program's exit waits for it.

use super::queue::{Job, QUEUE, WhenFull};
use crate::cleanup::failure::Returned;
use crate::cleanup::fault::{self, FaultKind, run_caught};
use crate::mutex::lock;
use crate::origin::Origin;
use crate::process;
use std::cell::Cell;
use std::panic::Location;
use std::sync::Mutex;
use std::thread::Builder;
use std::time::Duration;

thread_local! {
    static IS_CLEANUP_THREAD: Cell<bool> = const { Cell::new(false) };
    /// Where what this cleanup thread runs comes from.
    static RUNNING: Cell<Option<Origin>> = const { Cell::new(None) };
}

fn is_cleanup_thread() -> bool {
    IS_CLEANUP_THREAD.get()
}

/// Runs `cleanup(argument)` on the cleanup thread, after those that were handed over before. Its panic or error is a
/// [`Fault`](crate::cleanup::Fault).
///
/// It runs here and now instead where the thread cannot be started, on the cleanup thread itself, once the program's exit
/// has begun, and in a child made by `fork`, which has no such thread; what waited then is the parent's to run.
///
/// ```
/// use hooks_runtime::cleanup::background::{self, WhenFull};
/// use std::time::Duration;
///
/// background::run(std::fs::remove_dir_all, "/no/such/folder", WhenFull::Wait);
/// background::drain(Duration::from_secs(10))?;
/// # Ok::<(), background::NotDrained>(())
/// ```
///
/// Cost: one allocation and a lock.
#[track_caller]
pub fn run<A, R>(cleanup: fn(A) -> R, argument: A, when_full: WhenFull)
where
    A: Send + 'static,
    R: Returned + 'static,
{
    submit(Origin::Call(Location::caller()), when_full, move || cleanup(argument));
}

/// Runs `call` on the cleanup thread, or here where that cannot be.
pub(in crate::cleanup) fn submit<R: Returned>(
    origin: Origin,
    when_full: WhenFull,
    call: impl FnOnce() -> R + Send + 'static,
) {
    let job = Job { origin, run: Box::new(move || run_caught(origin, call)) };
    // The cleanup thread would wait for itself, and a forked child has none.
    if is_cleanup_thread() || process::is_child() || !is_started() {
        return (job.run)();
    }
    if let Err(job) = QUEUE.push(job, when_full) {
        (job.run)();
    }
}

/// Starts the thread, unless it is there.
fn is_started() -> bool {
    let mut state = QUEUE.lock();
    if !state.is_started {
        process::watch_forks();
        state.is_started = start();
        if state.is_started {
            process::at_exit(close);
        }
    }
    state.is_started
}

fn start() -> bool {
    process::start_thread(Builder::new().name("hooks-cleanup".to_owned()), Box::new(work)).is_ok()
}

/// Says that the cleanup in hand, if this is the cleanup thread, does not come back: another thread goes on with the
/// queue. Where none can be had, this one stays who it is.
pub(crate) fn hand_over() {
    if is_cleanup_thread() && !process::is_child() && start() {
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

static EXIT_TIMEOUT: Mutex<Duration> = Mutex::new(Duration::from_secs(5));

/// Sets how long the program's exit may wait for cleanups that are still in the queue; 5 seconds unless it is called.
///
/// ```
/// use hooks_runtime::cleanup::background;
///
/// background::set_exit_timeout(std::time::Duration::from_secs(30));
/// ```
pub fn set_exit_timeout(timeout: Duration) {
    *lock(&EXIT_TIMEOUT) = timeout;
}

/// What [`set_exit_timeout`] has set.
pub(crate) fn exit_timeout() -> Duration {
    *lock(&EXIT_TIMEOUT)
}

/// Cleanups still in the queue when time was up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NotDrained {
    /// How many wait, or run.
    pub left: usize,
}

impl std::fmt::Display for NotDrained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} background cleanups were left when time was up", self.left)
    }
}

impl std::error::Error for NotDrained {}

/// Waits until every cleanup handed over so far, and while waiting, has run.
///
/// The program's exit does so by itself (`std::process::exit`, or the end of `main`), for as long as
/// [`set_exit_timeout`] says.
///
/// # Errors
///
/// Some are left after `timeout`. They still run later.
///
/// Cost: where nothing is in the queue, a lock.
///
/// ```
/// use hooks_runtime::cleanup::background::{self, WhenFull};
/// use std::time::Duration;
///
/// background::run(drop::<Vec<u8>>, vec![0; 4096], WhenFull::Inline);
/// background::drain(Duration::from_secs(5))?;
/// # Ok::<(), background::NotDrained>(())
/// ```
pub fn drain(timeout: Duration) -> Result<(), NotDrained> {
    if process::is_child() {
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

extern "C" fn close() {
    if process::is_child() {
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
