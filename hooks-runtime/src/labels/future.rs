//! A future whose polls and drop run with labels in force.

use super::LabelValue;
use super::cell::{self, Text, text};
use super::frame::Head;
use super::scope::{Cells, future_room};
use super::waiting::{dropping, polled, settle};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What each poll makes its frame of. Constructing it names no future's type: generics over each future are what
/// annotated `async fn`s cost the compiler.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Template<C> {
    head: Head,
    cells: C,
}

impl<C: Copy> Template<C> {
    #[inline]
    fn new(site: &'static &'static str, cells: C) -> Self {
        let mut template = Template { head: Head { site }, cells };
        // SAFETY: rows begin with a cell, and this one is a local.
        unsafe { cell::mark_future((&raw mut template.cells).cast()) };
        template
    }
}

/// Emitted for a single label of borrowed text.
#[inline]
pub fn frame_text<'a>(site: &'static &'static str, value: &'a str) -> Template<Text<'a>> {
    Template::new(site, text(value))
}

/// Emitted for any other single label.
#[inline]
pub fn frame<V: LabelValue + ?Sized>(site: &'static &'static str, value: &V) -> Template<V::Cell> {
    Template::new(site, value.cell())
}

/// Emitted for several labels, and for those with `%` or `?`.
#[inline]
pub fn frame_all<C: Cells>(site: &'static &'static str, cells: C) -> Template<C::Row> {
    Template::new(site, cells.row())
}

/// What an annotated `async fn` returns.
pub struct LabeledFuture<C: Copy, F> {
    template: Template<C>,
    inner: ManuallyDrop<F>,
}

// The compiler would find the same by looking through `ManuallyDrop` and what that is made of, at two more levels of
// recursion for each annotated fn in a chain: with its default limit a chain of 24 could not be spawned.
//
// SAFETY: every field is `Send` under these bounds; `ManuallyDrop<F>` is as `F`.
unsafe impl<C: Copy + Send, F: Send> Send for LabeledFuture<C, F> {}
// SAFETY: as above.
unsafe impl<C: Copy + Sync, F: Sync> Sync for LabeledFuture<C, F> {}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn labeled_future<C: Copy, F: Future>(template: Template<C>, future: F) -> LabeledFuture<C, F> {
    LabeledFuture { template, inner: ManuallyDrop::new(future) }
}

impl<C: Copy, F> LabeledFuture<C, F> {
    pub(crate) fn new(site: &'static &'static str, cells: C, future: F) -> Self {
        LabeledFuture { template: Template::new(site, cells), inner: ManuallyDrop::new(future) }
    }
}

impl<C: Copy, F: Future> Future for LabeledFuture<C, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `inner` is pinned with `self`: it is never moved out, and `Drop` below drops it in place. `Unpin` is
        // derived from `F`'s.
        let this = unsafe { self.get_unchecked_mut() };
        let room = const { future_room() };
        let head = (&raw mut this.template).cast();
        // SAFETY: in `this`, which is borrowed for longer than the scope lives.
        let _scope = unsafe { polled(&room, head) };
        // SAFETY: as above.
        let result = unsafe { Pin::new_unchecked(&mut *this.inner) }.poll(context);
        // As few calls as can be: each is compiled once more for each future.
        // SAFETY: as for `polled`.
        unsafe { settle(&room, head, matches!(result, Poll::Pending)) };
        result
    }
}

impl<C: Copy, F> Drop for LabeledFuture<C, F> {
    #[inline]
    fn drop(&mut self) {
        let room = const { future_room() };
        // SAFETY: as in `poll`.
        let _dropping = unsafe { dropping(&room, (&raw mut self.template).cast()) };
        // SAFETY: dropped here and nowhere else, in place.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}
