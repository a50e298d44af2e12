//! Locking where a panic elsewhere is no reason to stop.

use std::sync::{Mutex, MutexGuard};

/// No state behind these locks is left half changed by a panic.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}
