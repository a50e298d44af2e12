//! What catches a value of an annotated struct that is dropped without `close`.

use super::background::{self, WhenFull};
use super::fault::{self, FaultKind};
use super::origin::Origin;
use super::returned::Returned;
use super::run::run;

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
