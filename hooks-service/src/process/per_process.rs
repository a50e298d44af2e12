//! A lock that a forked child does not find held by a thread that it does not have.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What one thread at a time uses. A child that was forked while it was in use has a copy that may be half-changed: it
/// forgets that, and begins with the default.
pub(crate) struct PerProcess<T> {
    /// Id of the process in which a thread uses the value, 0: none does.
    holder: AtomicU32,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is reached through `with` alone, by one thread at a time.
unsafe impl<T: Send> Sync for PerProcess<T> {}

/// How long to sleep where another thread is at it. Those are short, or rare: it reads files, or tables of libraries.
const NAP: Duration = Duration::from_micros(50);

impl<T: Default> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { holder: AtomicU32::new(0), value: UnsafeCell::new(None) }
    }

    /// Runs `body` with the value; waits for whoever uses it. Not to be nested, and not for signal handlers.
    pub(crate) fn with<Result>(&self, body: impl FnOnce(&mut T) -> Result) -> Result {
        let inherited = self.take();
        let _release = Release(&self.holder);
        // SAFETY: the holder is this thread until `_release` is dropped.
        let value = unsafe { &mut *self.value.get() };
        if inherited {
            // Not dropped: what it owns may be as half-changed as it is.
            std::mem::forget(value.take());
        }
        body(value.get_or_insert_default())
    }

    /// Becomes the holder. `true`: one of the process that this was forked from had it.
    fn take(&self) -> bool {
        let own = std::process::id();
        loop {
            // Acquire: what the last holder left is seen.
            match self.holder.compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return false,
                Err(holder) if holder == own => std::thread::sleep(NAP),
                Err(other) => {
                    let taken =
                        self.holder.compare_exchange(other, own, Ordering::Acquire, Ordering::Relaxed);
                    if taken.is_ok() {
                        return true;
                    }
                }
            }
        }
    }
}

struct Release<'a>(&'a AtomicU32);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_uses_it_and_a_panic_gives_it_back() {
        static SUM: PerProcess<u64> = PerProcess::new();
        let add = || (0..1000).for_each(|_| SUM.with(|sum| *sum += 1));
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(add))));
        assert!(std::panic::catch_unwind(|| SUM.with(|_| panic!("expected"))).is_err());
        assert_eq!(SUM.with(|sum| *sum), 4000);
    }

    #[test]
    fn a_forked_child_does_not_wait_for_its_parents_threads() {
        let shared: PerProcess<u64> = PerProcess::new();
        shared.with(|value| *value = 7);
        assert_eq!(shared.with(|value| *value), 7);
        // As a child finds it: held by a process that it is not.
        shared.holder.store(std::process::id() ^ 1, Ordering::Relaxed);
        assert_eq!(shared.with(|value| *value), 0);
    }
}
