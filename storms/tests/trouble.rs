//! Threads that make trouble, each of its own kind, until time is up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Scope;

/// Runs each kind on a thread, and counts how often it came around.
pub(crate) fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    kinds: &[fn()],
    rounds: &'scope [AtomicU64],
    over: &'scope AtomicBool,
) {
    for (&work, rounds) in kinds.iter().zip(rounds) {
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                work();
                rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

/// Whether each kind has come around.
pub(crate) fn all_ran(rounds: &[AtomicU64]) -> bool {
    rounds.iter().all(|rounds| rounds.load(Ordering::Relaxed) > 0)
}

/// Ends them, also when a check fails: the threads of the scope are waited for.
pub(crate) struct Ends<'a>(pub(crate) &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
