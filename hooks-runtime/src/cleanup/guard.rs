//! The cleanup of an annotated fn, held by a hidden local, and the net under an annotated struct: what catches a value that is
//! dropped without `close`.

use super::background::{self, WhenFull};
use super::failure::{Outcome, Returned};
use super::fault::{self, FaultKind, run};
use crate::origin::Origin;
use crate::polled::{Left, Pair, PairOf, Polled};
use crate::values::cell::Nothing;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A cleanup that is to run when `self` is dropped.
///
/// Not public: a guard that could be leaked or bound to `_` would not run where the user reads it.
pub struct Guard<A, F> {
    site: &'static str,
    when: Cell<When>,
    /// The bounds are those of the fn that chose it, so that what does not keep them is told once.
    how: fn(&'static str, A, F),
    kept: Option<(A, F)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Unless the fn is known to have succeeded, or its future was cancelled.
    Error,
    /// Unless the fn is known to have succeeded.
    Failure,
    Never,
}

/// `call(arguments)` at every exit.
#[inline]
pub fn cleanup<A, R: Returned, F: FnOnce(A) -> R>(site: &'static str, arguments: A, call: F) -> Guard<A, F> {
    Guard::new(site, inline, arguments, call)
}

#[inline]
fn inline<A, R: Returned, F: FnOnce(A) -> R>(site: &'static str, arguments: A, call: F) {
    run(Origin::of(site), || call(arguments));
}

/// The same on the cleanup thread.
pub fn cleanup_in_background<A, R, F>(
    site: &'static str,
    when_full: WhenFull,
    arguments: A,
    call: F,
) -> Guard<A, F>
where
    A: Send + 'static,
    R: Returned,
    F: FnOnce(A) -> R + Send + 'static,
{
    let how = match when_full {
        WhenFull::Wait => |site, arguments, call| later(site, WhenFull::Wait, arguments, call),
        WhenFull::Inline => |site, arguments, call| later(site, WhenFull::Inline, arguments, call),
    };
    Guard::new(site, how, arguments, call)
}

fn later<A, R, F>(site: &'static str, when_full: WhenFull, arguments: A, call: F)
where
    A: Send + 'static,
    R: Returned,
    F: FnOnce(A) -> R + Send + 'static,
{
    background::submit(Origin::of(site), when_full, move || call(arguments));
}

impl<A, F> Guard<A, F> {
    #[inline]
    fn new(site: &'static str, how: fn(&'static str, A, F), arguments: A, call: F) -> Self {
        Guard { site, when: Cell::new(When::Always), how, kept: Some((arguments, call)) }
    }

    /// Only on `Err`, `None` and unwinding.
    #[inline]
    #[must_use]
    pub fn on_error(self) -> Self {
        self.when.set(When::Error);
        self
    }

    /// Also where the future is cancelled.
    #[inline]
    #[must_use]
    pub fn on_failure(self) -> Self {
        self.when.set(When::Failure);
        self
    }

    /// Looks at what the fn returns.
    #[inline]
    pub fn settle(&self, outcome: &impl Outcome) {
        self.when.set(if outcome.is_failure() { When::Always } else { When::Never });
    }

    #[inline]
    fn end(&mut self) {
        if let Some((arguments, call)) = self.kept.take() {
            if self.is_due() {
                (self.how)(self.site, arguments, call);
            }
        }
    }

    fn is_due(&self) -> bool {
        match self.when.get() {
            When::Always | When::Failure => true,
            When::Error => std::thread::panicking(),
            When::Never => false,
        }
    }
}

impl<A, F> Drop for Guard<A, F> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

/// For a fn that builds its future by hand: the cleanup comes after the future is dropped, however that comes about.
impl<A, F> Pair for Guard<A, F> {
    const ENDS: bool = true;

    fn left(&mut self, how: Left) {
        if how != Left::Pending {
            self.end();
        }
    }

    fn is_over(&self) -> bool {
        self.kept.is_none()
    }
}

impl<A, F, R> PairOf<R> for Guard<A, F> {}

/// A guard that looks at what the future returns.
pub struct Settled<A, F>(Guard<A, F>);

impl<A, F> Pair for Settled<A, F> {
    const ENDS: bool = true;

    fn left(&mut self, how: Left) {
        self.0.left(how);
    }

    fn is_over(&self) -> bool {
        self.0.is_over()
    }
}

impl<A, C, R: Outcome> PairOf<R> for Settled<A, C> {
    fn poll<F: Future<Output = R>>(&mut self, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<R> {
        let polled = future.poll(context);
        if let Poll::Ready(outcome) = &polled {
            self.0.settle(outcome);
        }
        polled
    }
}

/// The cleanup runs when the future has its value, or is dropped.
pub fn guarded<A, C, F: Future>(
    site: &'static &'static str,
    guard: Guard<A, C>,
    future: F,
) -> Polled<Nothing, Guard<A, C>, F> {
    Polled::plain(site, guard, future)
}

/// The same, for a cleanup with `on`.
pub fn guarded_outcome<A, C, F: Future<Output: Outcome>>(
    site: &'static &'static str,
    guard: Guard<A, C>,
    future: F,
) -> Polled<Nothing, Settled<A, C>, F> {
    Polled::plain(site, Settled(guard), future)
}

/// Emitted in the struct's `Drop`.
#[cold]
pub fn not_closed<A, R: Returned, F: FnOnce(A) -> R>(site: &'static str, arguments: A, call: F) {
    let origin = Origin::of(site);
    fault::report(origin, FaultKind::NotClosed);
    run(origin, || call(arguments));
}

/// The same, on the cleanup thread.
#[cold]
pub fn not_closed_in_background<A, R, F>(site: &'static str, when_full: WhenFull, arguments: A, call: F)
where
    A: Send + 'static,
    R: Returned,
    F: FnOnce(A) -> R + Send + 'static,
{
    let origin = Origin::of(site);
    fault::report(origin, FaultKind::NotClosed);
    background::submit(origin, when_full, move || call(arguments));
}

/// Implemented for each annotated struct, and for all that is `Clone`: for both there is no room.
///
/// Two copies of one value would be closed twice.
pub trait RemoveCloneOrItIsClosedTwice {}

impl<T: Clone> RemoveCloneOrItIsClosedTwice for T {}
