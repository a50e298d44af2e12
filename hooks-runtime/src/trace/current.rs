//! Numbers of spans, and the one that this thread is in: the parent of those that begin here.

use super::switch;
use std::cell::Cell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// A thread takes so many numbers at a time, so that threads do not wait for each other at each span.
const BLOCK: u64 = 1024;

/// Beside the number: work that this span has started is done here, and not the span itself.
const STARTED: u64 = 1 << 63;

thread_local! {
    static CURRENT: Cell<u64> = const { Cell::new(0) };
    /// The next number; none of a block that is used up, as that is where the next block begins.
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// A number that no other span of the process has. 0 is none.
pub fn new_id() -> u64 {
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(BLOCK);
    NEXT.with(|next| {
        let id = match next.get() {
            used_up if used_up % BLOCK == 0 => NEXT_BLOCK.fetch_add(BLOCK, Ordering::Relaxed),
            id => id,
        };
        next.set(id + 1);
        id
    })
}

/// The number of the span that this thread is in; 0: none.
pub fn here() -> u64 {
    Current::get().id()
}

/// Where a thread is: in a span, or in work that one has started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Current(u64);

impl Current {
    pub(crate) const NOWHERE: Self = Current(0);

    /// In this span.
    pub(super) fn span(id: u64) -> Self {
        Current(id)
    }

    /// The number of the span; 0: none.
    pub(super) fn id(self) -> u64 {
        self.0 & !STARTED
    }

    /// The span is not what is done here: it has started that.
    pub(super) fn is_started(self) -> bool {
        self.0 & STARTED != 0
    }

    /// Where this thread is.
    #[inline]
    pub(super) fn get() -> Self {
        Current(CURRENT.get())
    }

    /// The thread is there from now on. Says where it was.
    #[inline]
    pub(crate) fn replace(self) -> Self {
        Current(CURRENT.replace(self.0))
    }

    /// For work that is started here and done elsewhere. Nothing is looked at while no recorder runs.
    #[inline]
    pub(crate) fn started() -> Self {
        let id = if switch::is_on() { CURRENT.get() } else { 0 };
        if id == 0 { Current::NOWHERE } else { Current(id | STARTED) }
    }

    /// The thread does what was started there.
    #[inline]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        let _back = Back { outer: (self.0 != 0).then(|| self.replace()), _of_this_thread: PhantomData };
        work()
    }

    /// The future is what was started there.
    pub(crate) fn over<F>(self, future: F) -> Started<F> {
        Started { by: self, future }
    }
}

/// Where the thread was before.
struct Back {
    outer: Option<Current>,
    _of_this_thread: PhantomData<*const ()>,
}

impl Drop for Back {
    #[inline]
    fn drop(&mut self) {
        if let Some(outer) = self.outer {
            outer.replace();
        }
    }
}

/// A future that a span has started.
#[must_use = "a future does nothing unless it is polled"]
pub struct Started<F> {
    by: Current,
    future: F,
}

impl<F: Future> Future for Started<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let by = self.by;
        // SAFETY: the future is pinned with `self`, out of which nothing is moved; there is no `Drop`.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        by.run(|| future.poll(context))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_number_is_given_once() {
        let numbers = || (0..BLOCK * 3 + 7).map(|_| new_id()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(numbers)).collect();
        let all: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert!(!all.contains(&0));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn what_was_started_is_done_there_and_left_by_a_panic_too() {
        let started = Current(7 | STARTED);
        assert!(started.is_started() && started.id() == 7);
        let _ = std::panic::catch_unwind(|| started.run(|| panic!("as asked")));
        assert_eq!(Current::get(), Current(0));
        started.run(|| {
            assert_eq!(Current::get(), started);
            Current(0).run(|| assert_eq!(Current::get(), started));
        });
    }
}
