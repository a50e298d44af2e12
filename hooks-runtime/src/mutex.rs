//! Locks, and waiting under them, where a panic elsewhere is no reason to stop: no state behind these locks is left half
//! changed by one.

use std::sync::{Condvar, LockResult, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    whole(mutex.lock())
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
