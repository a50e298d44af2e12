//! The owner of memory that can be lent out.

use super::lease::Lease;
use std::cell::UnsafeCell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value at an address of its own, which stays where it is while it is owned *or leased*.
///
/// It derefs to the value, cannot be moved out of, and gives `&mut` only while nothing is leased. Bytes of a `Vec` stay
/// too, since nothing can resize it.
///
/// **Cost**: one allocation for the value (two words more than the value). Each lease is a lock, an `Arc` count and a
/// small allocation.
///
/// ```
/// use hooks_runtime::keep_alive::KeepAlive;
///
/// let mut buffer = KeepAlive::new(vec![0_u8; 64]);
/// let start = buffer.get_mut().expect("nobody has it yet").as_mut_ptr();
/// let lease = buffer.lease(); // goes to the foreign side with `start`
/// drop(buffer); // a future that is cancelled, say: the bytes stay
/// // SAFETY: the lease keeps them, and nobody else looks at them.
/// unsafe { start.write(1) };
/// lease.release();
/// ```
pub struct KeepAlive<T> {
    value: Arc<Cell<T>>,
}

/// Foreign code may write to what `&T` points to, where the contract of [`KeepAlive::as_ptr`] is kept.
struct Cell<T>(UnsafeCell<T>);

/// A lease's share. It never looks at the value, and may be the one to drop it.
struct Share<T>(#[allow(dead_code)] Arc<Cell<T>>);

// SAFETY: a share does one thing with the value: drop it, when it is the last. That needs `T: Send`, and the count of
// the `Arc` orders it after everything that the others did.
unsafe impl<T: Send> Send for Share<T> {}

// SAFETY: of all that hold the `Arc`, only the one owner gives access to the value, and shares are as above.
unsafe impl<T: Send> Send for KeepAlive<T> {}

// SAFETY: `&KeepAlive<T>` gives `&T`, an address, and leases, which ask for `T: Send`.
unsafe impl<T: Sync> Sync for KeepAlive<T> {}

impl<T> KeepAlive<T> {
    /// Moves `value` to where it will stay.
    pub fn new(value: T) -> Self {
        KeepAlive { value: Arc::new(Cell(UnsafeCell::new(value))) }
    }

    /// The address of the value: the same until the owner and all leases are gone.
    ///
    /// Whoever writes through it answers for what Rust asks of any pointer: no `&T` or `&mut T` is in use meanwhile,
    /// and whatever else writes is synchronised with.
    pub fn as_ptr(&self) -> *mut T {
        self.value.0.get()
    }

    /// The value, to be changed; `None` while a lease is out.
    ///
    /// Pointers into it for the foreign side (`Vec::as_mut_ptr`) are taken here, before the lease.
    ///
    /// ```
    /// use hooks_runtime::keep_alive::KeepAlive;
    ///
    /// let mut buffer = KeepAlive::new([0_u8; 4]);
    /// let lease = buffer.lease();
    /// assert!(buffer.get_mut().is_none() && buffer.leases() == 1);
    /// lease.release();
    /// assert!(buffer.get_mut().is_some() && buffer.leases() == 0);
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        Arc::get_mut(&mut self.value).map(|cell| cell.0.get_mut())
    }

    /// The value back.
    ///
    /// # Errors
    /// `self`, while a lease is out.
    ///
    /// ```
    /// use hooks_runtime::keep_alive::KeepAlive;
    ///
    /// let buffer = KeepAlive::new(vec![1, 2]);
    /// let lease = buffer.lease();
    /// let buffer = buffer.into_inner().expect_err("the foreign side still has it");
    /// lease.release();
    /// assert_eq!(buffer.into_inner().expect("released"), [1, 2]);
    /// ```
    pub fn into_inner(self) -> Result<T, Self> {
        Arc::try_unwrap(self.value).map(|cell| cell.0.into_inner()).map_err(|value| KeepAlive { value })
    }

    /// How many leases of this value are out.
    pub fn leases(&self) -> usize {
        Arc::strong_count(&self.value) - 1
    }

    /// Lends the value to the foreign side: it stays until the lease is released, whatever becomes of the owner.
    ///
    /// # Panics
    /// With more leases than can be told apart: 2^32 at once on 64-bit machines.
    #[track_caller]
    pub fn lease(&self) -> Lease
    where
        T: Send + 'static,
    {
        let share = Box::new(Share(Arc::clone(&self.value)));
        Lease::new(share, std::any::type_name::<T>(), std::panic::Location::caller())
    }
}

impl<T> Deref for KeepAlive<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the value lives as long as `self`; `&mut` needs `&mut self`; foreign writers answer for themselves
        // (`as_ptr`).
        unsafe { &*self.value.0.get() }
    }
}

/// A leased file is closed when its last lease is released.
#[cfg(unix)]
impl<T: std::os::fd::AsFd> std::os::fd::AsFd for KeepAlive<T> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.deref().as_fd()
    }
}

/// Without the value, which the foreign side may be writing.
impl<T> fmt::Debug for KeepAlive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepAlive").field("leases", &self.leases()).finish_non_exhaustive()
    }
}
