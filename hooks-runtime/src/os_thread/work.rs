//! A piece of work on its way to a thread.

use super::error::Error;
use super::plan::{Place, Plan};
use std::cell::Cell;

/// Dropping it announces its outcome to whoever waits: the thread does that once it is fit for the next one.
pub(super) trait Work: Send {
    fn plan(&self) -> &Plan;
    /// Runs it to its end; a panic is kept as its outcome.
    fn perform(&mut self);
    /// Ends it unrun.
    fn refuse(&mut self, error: Error);
    fn panicked(&self) -> bool;
}

thread_local! {
    /// Where the work that runs on this thread was sent.
    static PLACE: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Runs `work` on this thread, which serves `place`.
pub(super) fn perform(work: &mut dyn Work, place: Place) {
    PLACE.set(Some(place));
    work.perform();
    PLACE.set(None);
}

/// Where the work was sent that this thread is running.
pub(super) fn place() -> Option<Place> {
    PLACE.get()
}

/// Whether this thread is running work, and work for `wanted` belongs on the same thread.
pub(super) fn belongs_here(wanted: Place) -> bool {
    place().is_some_and(|here| wanted == Place::Own || wanted == here)
}
