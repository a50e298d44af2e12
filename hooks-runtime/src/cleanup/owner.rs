//! What cleanups can be added to.

use super::slot::Slot;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

/// A value with a [`Slot`] for cleanups. `Box`, `Rc` and `Arc` of an owner are owners.
///
/// ```
/// use hooks_runtime::cleanup::{Owner, Slot};
///
/// struct Session {
///     name: String,
///     cleanups: Slot, // the last field, so that the others are dropped before the cleanups run
/// }
///
/// impl Owner for Session {
///     fn cleanups(&self) -> &Slot {
///         &self.cleanups
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no slot for cleanups",
    label = "no slot",
    note = "wrap the value in `hooks_runtime::cleanup::WithCleanups`, or give it a `Slot` field and implement `Owner`"
)]
pub trait Owner {
    /// The slot that is dropped with this value.
    fn cleanups(&self) -> &Slot;
}

impl Owner for Slot {
    fn cleanups(&self) -> &Slot {
        self
    }
}

macro_rules! pointers {
    ($($pointer:ident),*) => {
        $(impl<O: Owner + ?Sized> Owner for $pointer<O> {
            fn cleanups(&self) -> &Slot {
                (**self).cleanups()
            }
        })*
    };
}
pointers!(Box, Rc, Arc);

/// Any value, with a slot for cleanups, which run after its own destructor.
///
/// ```
/// use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
/// use std::sync::Arc;
///
/// let cache = Arc::new(WithCleanups::new(vec![1, 2, 3]));
/// add_cleanup(&cache, |name: &str| println!("{name} is gone"), "cache");
/// assert_eq!(cache.len(), 3);
/// ```
#[derive(Default)]
pub struct WithCleanups<T> {
    value: T,
    // Dropped after `value`.
    slot: Slot,
}

impl<T> WithCleanups<T> {
    /// `value`, with no cleanup yet.
    pub const fn new(value: T) -> Self {
        WithCleanups { value, slot: Slot::new() }
    }
}

impl<T> Owner for WithCleanups<T> {
    fn cleanups(&self) -> &Slot {
        &self.slot
    }
}

impl<T> Deref for WithCleanups<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for WithCleanups<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for WithCleanups<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
