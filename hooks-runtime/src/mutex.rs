//! Locks, and waiting under them, where a panic elsewhere is no reason to stop: no state behind these locks is left half
//! changed by one.

use crate::process;
use std::sync::{Condvar, LockResult, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    whole(mutex.lock())
}

/// The lock; `None` in a child made by `fork` while another thread of the parent held it, which is not there to let go: after
/// a tenth of a second, each time. For what a child can do without.
pub(crate) fn lock_unless_orphaned<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    // Threads of the child itself let go at once.
    const TRIES: u32 = 100;
    process::watch_forks();
    if !process::is_child() {
        return Some(lock(mutex));
    }
    for _ in 0..TRIES {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}

/// Waits until `changed` is notified, or until then.
pub(crate) fn wait<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    until: Option<Instant>,
) -> MutexGuard<'a, T> {
    let Some(until) = until else { return whole(changed.wait(guard)) };
    let rest = until.saturating_duration_since(Instant::now());
    whole(changed.wait_timeout(guard, rest)).0
}

/// What a lock gives, poisoned or not.
pub(crate) fn whole<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}
