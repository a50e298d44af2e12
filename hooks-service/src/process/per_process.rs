//! A lock that a forked child does not find held by a thread that it does not have.

use super::fork::Owner;
use std::cell::UnsafeCell;
use std::time::Duration;

/// What one thread at a time uses. A child that was forked while it was in use has a copy that may be half-changed: it
/// forgets that, and begins with the default.
pub(crate) struct PerProcess<T> {
    owner: Owner,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is reached through `try_with` alone, by one thread at a time.
unsafe impl<T: Send> Sync for PerProcess<T> {}

/// How long to sleep where another thread is at it. Those are short, or rare: it reads files, or tables of libraries.
const NAP: Duration = Duration::from_micros(50);

impl<T: Default> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { owner: Owner::nobody(), value: UnsafeCell::new(None) }
    }

    /// Runs `body` with the value; waits for whoever uses it. Not to be nested, and not for signal handlers.
    pub(crate) fn with<Result>(&self, body: impl FnOnce(&mut T) -> Result) -> Result {
        let mut body = Some(body);
        loop {
            match self.try_with(|value| body.take().map(|body| body(value))) {
                Some(Some(result)) => return result,
                _ => std::thread::sleep(NAP),
            }
        }
    }

    /// Runs `body` with the value; `None` while another thread uses it.
    pub(crate) fn try_with<Result>(&self, body: impl FnOnce(&mut T) -> Result) -> Option<Result> {
        let inherited = self.owner.take()?;
        let _release = Release(&self.owner);
        // SAFETY: this thread alone has it until `_release` is dropped.
        let value = unsafe { &mut *self.value.get() };
        if inherited {
            // Not dropped: what it owns may be as half-changed as it is.
            std::mem::forget(value.take());
        }
        Some(body(value.get_or_insert_default()))
    }
}

struct Release<'a>(&'a Owner);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.release();
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
        assert_eq!(shared.with(|_| shared.try_with(|value| *value)), None, "in use");
        // As a child finds it that was forked meanwhile.
        let inherited = PerProcess { owner: Owner::of_another_process(), ..shared };
        assert_eq!(inherited.with(|value| *value), 0);
    }
}
