//! Futures without labels that dumps show too.

use crate::labels::cell::Place;
use crate::labels::frame::WATCHED_SITE;
use crate::labels::future::LabeledFuture;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that dumps show, at the line of this call: for tasks whose outermost fn has no attribute.
///
/// ```
/// use hooks_runtime::tasks::watched;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// tokio::spawn(watched(async { /* drain the queue */ })).await.unwrap();
/// # });
/// ```
///
/// Cost: 24 bytes; see [`tasks`](super).
#[track_caller]
pub fn watched<F: Future>(future: F) -> Watched<F> {
    Watched(LabeledFuture::new(&WATCHED_SITE, Place::new(Location::caller()), future))
}

/// What [`watched`] returns.
#[must_use = "a future does nothing unless it is polled"]
pub struct Watched<F>(LabeledFuture<Place, F>);

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the field is pinned with `self`, and never moved out.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(context)
    }
}

impl<F> fmt::Debug for Watched<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}
