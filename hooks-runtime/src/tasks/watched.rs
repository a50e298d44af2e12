//! Futures without labels that dumps show too.

use crate::polled::{Polled, Template};
use crate::values::cell::Place;
use std::future::Future;
use std::panic::Location;

/// Marks a future without labels.
static WATCHED_SITE: &str = "watched";

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
    Polled::new(Template::new(&WATCHED_SITE, Place::new(Location::caller())), (), future)
}

/// What [`watched`] returns.
pub type Watched<F> = Polled<Place, (), F>;
