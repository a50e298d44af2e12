//! A future under a pair: each poll of it, and its drop, is between an entering and a leaving.
//!
//! Every attribute that wraps a future makes it one of these, so what is delicate about that stands here once: the future
//! is pinned with the whole and dropped in place, after which it is left; a task dump finds it; and chains of them are
//! `Send` as deep as the compiler's default limit of recursion lets any chain be.
//!
//! Generics over each future are what annotated `async fn`s cost the compiler: of what is here only `poll` and `drop` are
//! compiled once for each future, and what they call once for each pair.

use crate::chain::Head;
use crate::chain::room::FutureRoom;
use crate::values::cell::{self, BeginsWithCell, Nothing};
use crate::waiting::note::{dropping, polled, settle};
use std::fmt;
use std::future::Future;
use std::mem::{ManuallyDrop, forget};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What the frame of each poll points to: the site, and the cells that say more.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Template<C> {
    head: Head,
    cells: C,
}

impl<C: BeginsWithCell> Template<C> {
    /// For cells in a row, or a single one.
    #[inline]
    pub(crate) fn new(site: &'static &'static str, cells: C) -> Self {
        let mut template = Template { head: Head { site }, cells };
        // SAFETY: it begins with a cell, and is a local.
        unsafe { cell::mark_future((&raw mut template.cells).cast()) };
        template
    }
}

/// How a future was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// A poll returned, and there will be others.
    Pending,
    /// A poll returned its value.
    Ready,
    /// A poll panicked.
    Unwound,
    /// It was dropped, mostly before it had a value.
    Dropped,
}

/// What is done where the thread enters a future, for a poll or for its drop, and where it leaves.
///
/// ```text
/// enter  poll  left(Pending)   enter  poll  left(Ready)   enter  drop  left(Dropped)
/// ```
pub trait Pair {
    /// The future is dropped as soon as it is over, before it is left, and not with the whole. Such a pair is entered no
    /// more once it was left `Ready`, `Unwound` or `Dropped`.
    const ENDS: bool = false;

    /// It polls the future itself: [`PairOf::poll`]. One that [`ENDS`](Pair::ENDS) does.
    const POLLS: bool = Self::ENDS;

    /// Before a poll or the drop, with the frame in force.
    fn enter(&mut self) {}

    /// Before the drop, where that is something else.
    #[inline]
    fn enter_drop(&mut self) {
        self.enter();
    }

    /// After it, with the frame still in force.
    fn left(&mut self, _: Left) {}

    /// Of a pair that [`ENDS`](Pair::ENDS): whether it was left for good.
    fn is_over(&self) -> bool {
        false
    }
}

/// A [`Pair`] for futures with a value of this type.
pub trait PairOf<R>: Pair {
    /// Polls, where the pair [`POLLS`](Pair::POLLS): it may look at the value, have one of its own, or another waker.
    fn poll<F: Future<Output = R>>(&mut self, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<R> {
        future.poll(context)
    }
}

/// Nothing: it is the frame alone that matters.
impl Pair for () {}
impl<R> PairOf<R> for () {}

/// A future under a pair. What its type arguments are is nobody's business but this crate's.
#[must_use = "a future does nothing unless it is polled"]
pub struct Polled<C: Copy, P: Pair, F> {
    template: Template<C>,
    pair: P,
    inner: ManuallyDrop<F>,
}

// The compiler would find the same by looking through `ManuallyDrop` and what that is made of, at two more levels of
// recursion for each annotated fn in a chain: with its default limit a chain of 24 could not be spawned.
//
// SAFETY: every field is `Send` under these bounds; `ManuallyDrop<F>` is as `F`.
unsafe impl<C: Copy + Send, P: Pair + Send, F: Send> Send for Polled<C, P, F> {}
// SAFETY: as above.
unsafe impl<C: Copy + Sync, P: Pair + Sync, F: Sync> Sync for Polled<C, P, F> {}

impl<C: Copy, P: Pair, F> Polled<C, P, F> {
    #[inline]
    pub(crate) fn new(template: Template<C>, pair: P, future: F) -> Self {
        Polled { template, pair, inner: ManuallyDrop::new(future) }
    }
}

/// Of a pair that does not end before the whole.
impl<C: Copy, P: Pair, F> Polled<C, P, F> {
    /// The site, the pair, and what is inside.
    #[inline]
    pub(crate) fn inside(&self) -> (&'static &'static str, &P, &F) {
        const { assert!(!P::ENDS) };
        (self.template.head.site, &self.pair, &*self.inner)
    }

    /// The same, to be polled by other names than a future's.
    #[cfg(any(feature = "futures", feature = "http-body", feature = "tokio"))]
    #[inline]
    pub(crate) fn inside_pinned(self: Pin<&mut Self>) -> (&'static &'static str, &P, Pin<&mut F>) {
        const { assert!(!P::ENDS) };
        // SAFETY: `inner` is pinned with `self`, as in `poll`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let inner = unsafe { Pin::new_unchecked(&mut *this.inner) };
        (this.template.head.site, &this.pair, inner)
    }

    /// The same as values.
    pub(crate) fn into_inside(self) -> (&'static &'static str, P, F) {
        const { assert!(!P::ENDS) };
        let mut this = ManuallyDrop::new(self);
        let room = const { FutureRoom::new() };
        // A future that was polled may have its entry among those that wait: there it is gone.
        //
        // SAFETY: in `this`, a local that outlives the scope.
        let _gone = unsafe { dropping(&room, (&raw mut this.template).cast()) };
        // SAFETY: `this` is not used again, nor dropped. It is not pinned, or `F` does not mind.
        let inner = unsafe { ManuallyDrop::take(&mut this.inner) };
        // SAFETY: as above.
        let pair = unsafe { std::ptr::read(&raw const this.pair) };
        (this.template.head.site, pair, inner)
    }
}

impl<P: Pair, F> Polled<Nothing, P, F> {
    /// For a pair that has nothing to say to observers but that it is there.
    #[inline]
    pub(crate) fn plain(site: &'static &'static str, pair: P, future: F) -> Self {
        Polled::new(Template::new(site, Nothing::NEW), pair, future)
    }
}

/// The thread is in a future.
struct Inside<'a, P: Pair> {
    pair: &'a mut P,
    how: Left,
}

impl<'a, P: Pair> Inside<'a, P> {
    #[inline]
    fn for_poll(pair: &'a mut P) -> Self {
        pair.enter();
        Inside { pair, how: Left::Unwound }
    }

    #[inline]
    fn for_drop(pair: &'a mut P) -> Self {
        pair.enter_drop();
        Inside { pair, how: Left::Dropped }
    }
}

impl<P: Pair> Drop for Inside<'_, P> {
    #[inline]
    fn drop(&mut self) {
        self.pair.left(self.how);
    }
}

/// The future is over when this is dropped.
struct Ending<'a, F>(&'a mut ManuallyDrop<F>);

impl<F> Ending<'_, F> {
    fn future(&mut self) -> Pin<&mut F> {
        // SAFETY: pinned with the `Polled` that it is of, and dropped in place.
        unsafe { Pin::new_unchecked(&mut **self.0) }
    }
}

impl<F> Drop for Ending<'_, F> {
    fn drop(&mut self) {
        // SAFETY: in place, and no more: the pair is over after this, as `Pair::ENDS` says.
        unsafe { ManuallyDrop::drop(self.0) };
    }
}

impl<C: Copy, P: PairOf<F::Output>, F: Future> Future for Polled<C, P, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `inner` is pinned with `self`: it is never moved out, and dropped in place. `Unpin` is derived from
        // `F`'s.
        let this = unsafe { self.get_unchecked_mut() };
        if P::ENDS {
            assert!(!this.pair.is_over(), "a future is not polled again when it is over");
        }
        let room = const { FutureRoom::new() };
        let head = (&raw mut this.template).cast();
        // SAFETY: in `this`, which is borrowed for longer than the scope lives.
        let _scope = unsafe { polled(&room, head) };
        let mut inside = Inside::for_poll(&mut this.pair);
        let result = if P::ENDS {
            let mut ending = Ending(&mut this.inner);
            let result = inside.pair.poll(ending.future(), context);
            if result.is_pending() {
                forget(ending);
            }
            result
        } else {
            // SAFETY: as above.
            let future = unsafe { Pin::new_unchecked(&mut *this.inner) };
            if P::POLLS { inside.pair.poll(future, context) } else { future.poll(context) }
        };
        // As few calls as can be: each is compiled once more for each future.
        inside.how = if matches!(result, Poll::Pending) { Left::Pending } else { Left::Ready };
        // SAFETY: as for `polled`.
        unsafe { settle(&room, head, matches!(result, Poll::Pending)) };
        result
    }
}

impl<C: Copy, P: Pair, F> Drop for Polled<C, P, F> {
    #[inline]
    fn drop(&mut self) {
        let room = const { FutureRoom::new() };
        // SAFETY: in `self`, which is borrowed for longer than the scope lives.
        let _dropping = unsafe { dropping(&room, (&raw mut self.template).cast()) };
        if P::ENDS && self.pair.is_over() {
            return;
        }
        let _inside = Inside::for_drop(&mut self.pair);
        // SAFETY: here or, of a pair that ends, where it was over; in place.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}

impl<C: Copy, P: Pair, F> fmt::Debug for Polled<C, P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polled").field("site", self.template.head.site).finish_non_exhaustive()
    }
}
