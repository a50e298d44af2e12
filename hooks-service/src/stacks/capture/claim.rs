//! One dump at a time in a process, and a forked child starts anew.

use super::machinery::Machinery;
use crate::process::fork::Owner;
use crate::stacks::Error;
use std::cell::UnsafeCell;

/// Who uses [`SHARED`]. Not a mutex: a child forked while its parent took a dump would find that locked for ever.
static OWNER: Owner = Owner::nobody();
static SHARED: Shared = Shared(UnsafeCell::new(None));

struct Shared(UnsafeCell<Option<Machinery>>);

// SAFETY: reached only through a `Claim`, of which there is one at a time.
unsafe impl Sync for Shared {}

/// The right to take a dump, until it is dropped.
pub(super) struct Claim(&'static Shared);

impl Claim {
    /// # Errors
    /// [`Error::Busy`].
    pub(super) fn new() -> Result<Self, Error> {
        // What the last owner left is seen.
        if OWNER.claim() { Ok(Self(&SHARED)) } else { Err(Error::Busy) }
    }

    /// What dumps are taken with; made at the first call in this process.
    pub(super) fn machinery(&mut self) -> Result<&mut Machinery, Error> {
        // SAFETY: the claim is exclusive, and borrowed for as long as the result.
        let shared = unsafe { &mut *self.0.0.get() };
        let inherited = shared.as_ref().is_some_and(|machinery| !machinery.is_own());
        if inherited {
            // The parent's, perhaps copied in the middle of a dump: nothing in it may be relied on, not even to be freed.
            std::mem::forget(shared.take());
        }
        if shared.is_none() {
            *shared = Some(Machinery::new()?);
        }
        shared.as_mut().ok_or(Error::Busy)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        OWNER.release();
    }
}
