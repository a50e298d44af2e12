//! The dedicated threads that have nothing to do.

use super::counters::Retired;
use super::dedicated::{self, Dedicated};
use super::work::Work;
use crate::mutex::lock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The last to become idle is at the end, and the first to be used: its caches are warm, and the others can end.
static IDLE: Mutex<Vec<Arc<Dedicated>>> = Mutex::new(Vec::new());
static MOST: AtomicUsize = AtomicUsize::new(8);
static MILLISECONDS: AtomicU64 = AtomicU64::new(10_000);

/// Sets how many dedicated threads are kept while they have nothing to do, and for how long: 8, and 10 seconds, unless
/// this is called. Threads at work are not bounded by it: each async fn in progress has one.
///
/// `time` is rounded down to milliseconds. Threads that are idle already see a shorter time when their old one is over,
/// and a smaller number when they have been used once more.
///
/// ```
/// use std::time::Duration;
///
/// hooks_runtime::os_thread::keep_idle(2, Duration::from_secs(60));
/// ```
pub fn keep_idle(most: usize, time: Duration) {
    MOST.store(most, Ordering::Relaxed);
    MILLISECONDS.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

pub(super) fn idle_time() -> Duration {
    Duration::from_millis(MILLISECONDS.load(Ordering::Relaxed))
}

/// Runs `work` on an idle thread, or on a new one.
pub(super) fn submit(work: Box<dyn Work>) {
    let idle = lock(&IDLE).pop();
    match idle {
        Some(thread) => thread.send(work),
        None => dedicated::start(work),
    }
}

/// A thread that is fit for the next work.
pub(super) fn offer(thread: &Arc<Dedicated>) -> Result<(), Retired> {
    let mut idle = lock(&IDLE);
    if idle.len() >= MOST.load(Ordering::Relaxed) {
        return Err(Retired::CacheFull);
    }
    idle.push(Arc::clone(thread));
    Ok(())
}

/// Takes the thread off the list; `false` where it is not there any more.
pub(super) fn withdraw(thread: &Arc<Dedicated>) -> bool {
    let mut idle = lock(&IDLE);
    let place = idle.iter().position(|other| Arc::ptr_eq(other, thread));
    place.map(|place| idle.remove(place)).is_some()
}
