//! Cleanups added at run time.

use super::counts;
use super::failure::Returned;
use super::owner::Owner;
use super::slot::{Entry, Place};
use crate::origin::Origin;
use std::any::{Any, type_name};
use std::fmt;
use std::panic::Location;
use std::ptr;
use std::sync::Arc;

/// Adds a cleanup to `owner`: when the owner is dropped, `cleanup(argument)` runs, on the thread that drops it.
///
/// An owner has a [`Slot`](super::Slot) or is wrapped in [`WithCleanups`](super::WithCleanups), mostly inside an `Arc`
/// or a `Box`. It can have any number of cleanups; the last added runs first. A panic of one is a
/// [`Fault`](super::Fault), and the others still run.
///
/// ```
/// use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
///
/// static GONE: AtomicU32 = AtomicU32::new(0);
/// fn gone(id: u32) {
///     GONE.store(id, Ordering::Relaxed);
/// }
///
/// let session = Arc::new(WithCleanups::new("session"));
/// let cleanup = add_cleanup(&session, gone, 7);
/// let other = add_cleanup(&session, gone, 8);
/// assert!(other.stop());
/// drop(session);
/// assert_eq!(GONE.load(Ordering::Relaxed), 7);
/// assert!(!cleanup.stop()); // it has run
/// ```
///
/// A cleanup is a `fn` and not a closure, so that it cannot capture what it waits for:
///
/// ```compile_fail
/// # use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
/// # use std::sync::Arc;
/// let session = Arc::new(WithCleanups::new("session"));
/// let copy = Arc::clone(&session);
/// add_cleanup(&session, |()| println!("{}", *copy), ()); // expected fn pointer, found closure
/// ```
///
/// # Panics
///
/// Where `argument` is the owner itself, an `Arc` of it for instance: it would keep the owner alive and so never run.
/// An argument that holds the owner deeper inside is not seen here; [`outstanding`](crate::cleanup::outstanding) shows it later.
///
/// # Cost
///
/// Two allocations (and the slot's own, for the first cleanup of an owner), and a lock that the whole program shares.
///
/// The Go hook: `runtime.AddCleanup`.
#[track_caller]
pub fn add_cleanup<O, A, R>(owner: &O, cleanup: fn(A) -> R, argument: A) -> Cleanup
where
    O: Owner + 'static,
    A: Send + 'static,
    R: Returned + 'static,
{
    assert!(!is_captured(owner, &argument), "{SELF_CAPTURE}");
    let place = Location::caller();
    let origin = Origin::Call(place);
    let counts = counts::of(place, type_name::<O>());
    Cleanup { place: owner.cleanups().add(Entry::new(origin, counts, cleanup, argument)) }
}

const SELF_CAPTURE: &str = "the argument of this cleanup is its owner, which would so live for ever: \
                            pass what the cleanup needs of it";

/// Whether `argument` is a handle of `owner`.
fn is_captured<O: Owner + 'static>(owner: &O, argument: &dyn Any) -> bool {
    let shared = argument.downcast_ref::<Arc<O>>().map(Owner::cleanups);
    let same = argument.downcast_ref::<O>().map(Owner::cleanups);
    shared.or(same).is_some_and(|slot| ptr::eq(slot, owner.cleanups()))
}

/// An added cleanup. Dropping this handle changes nothing: the cleanup belongs to its owner.
///
/// The Go hook: `runtime.Cleanup`.
pub struct Cleanup {
    place: Place,
}

impl Cleanup {
    /// Takes the cleanup back and drops its argument. Says whether it did: `false` where the cleanup has run, is
    /// running, or was stopped before. The Go hook: `Cleanup.Stop`. Cost: a lock.
    ///
    /// ```
    /// use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
    ///
    /// let session = WithCleanups::new("session");
    /// let goodbye = add_cleanup(&session, |name| println!("{name} was left open"), "session");
    /// // It was closed in order.
    /// assert!(goodbye.stop() && !goodbye.stop());
    /// ```
    #[allow(clippy::must_use_candidate)]
    pub fn stop(&self) -> bool {
        self.place.stop()
    }
}

impl fmt::Debug for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.origin() {
            Some(origin) => write!(f, "Cleanup({origin})"),
            None => f.write_str("Cleanup(done)"),
        }
    }
}
