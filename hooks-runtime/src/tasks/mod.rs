//! Tasks: the annotated futures that wait, for a dump to show where, for how long and with which labels.
//!
//! Every future that an attribute wraps, and every one under [`Labeled`](crate::labels::Labeled), a spawn helper for tokio
//! or [`watched`] is part of a tree: its parent is the annotated future that polls it. Nothing is kept of them until the
//! application asks (`hooks_service::stacks::watch_tasks`). From then on a future that is left pending has an entry in a table of
//! fixed size, from its first pending poll until it is dropped, and notes in it when it last ran.
//!
//! On any executor, with stable Rust: nothing is asked of tokio. Go: the goroutine list, for futures.
//!
//! # Cost
//! While nobody asked: one load for a poll that is pending, and nothing in the future itself, whose number in the table lies in
//! unused bits of its labels. Afterwards 5 ns more for a poll, and some 50 ns for the first pending one and the drop.

// In: futures that `watched` marks; all other annotated ones come by their polls to the table in `waiting`.
// Out: that table, one future at a time, for a dump (`observe`).

pub mod observe;

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
/// Cost: 24 bytes; see [above](self).
#[track_caller]
pub fn watched<F: Future>(future: F) -> Watched<F> {
    Polled::new(Template::new(&WATCHED_SITE, Place::new(Location::caller())), (), future)
}

/// What [`watched`] returns.
pub type Watched<F> = Polled<Place, (), F>;
