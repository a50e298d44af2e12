//! The token that the foreign side holds while it uses memory of ours.

use super::table::{self, Entry, Fault, Handle, Memory};
use crate::hook::say;
use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::time::Instant;

/// A right to memory, for whoever works on it after we are gone: taken by
/// [`KeepAlive::lease`](super::KeepAlive::lease), given back by [`release`](Self::release), on any thread.
///
/// **Dropping a lease does not release it.** A lease in a future that is cancelled says nothing about the kernel, which
/// may still write. What is dropped unreleased stays, and is listed as lost.
///
/// For C it is a `void *`, by [`into_raw`](Self::into_raw), released with [`release_lease`].
#[must_use = "a lease that is not released keeps its memory for ever"]
pub struct Lease {
    handle: Handle,
}

impl Lease {
    pub(super) fn new(memory: Memory, type_name: &'static str, site: &'static Location<'static>) -> Self {
        let since = Instant::now();
        Lease { handle: table::insert(Entry { memory, site, type_name, since, lost: false }) }
    }

    /// Ends the lease: the foreign side is done. The last of the owner and the leases frees the memory, here. The Go
    /// hook: `runtime.Pinner.Unpin`. Cost: a lock.
    ///
    /// ```
    /// use hooks_runtime::keep_alive::{KeepAlive, counts};
    ///
    /// let lease = KeepAlive::new(vec![0_u8; 64]).lease(); // the owner is gone, the bytes are not
    /// std::thread::spawn(move || lease.release()).join().unwrap();
    /// assert_eq!(counts().outstanding(), 0);
    /// ```
    ///
    /// # Panics
    /// Where the destructor of the memory does.
    pub fn release(self) {
        release(ManuallyDrop::new(self).handle);
    }

    /// The lease as C carries it, `user_data` of a callback for instance. Not an address of anything.
    ///
    /// ```
    /// use hooks_runtime::keep_alive::{KeepAlive, release_lease};
    ///
    /// let raw = KeepAlive::new([0_u8; 64]).lease().into_raw();
    /// // SAFETY: `raw` is a lease of ours, and nothing uses its memory.
    /// unsafe { release_lease(raw) };
    /// ```
    pub fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).handle.into_raw()
    }

    /// The lease back from C.
    ///
    /// ```
    /// use hooks_runtime::keep_alive::{KeepAlive, Lease};
    ///
    /// let raw = KeepAlive::new([0_u8; 64]).lease().into_raw();
    /// // SAFETY: of the line above, and used nowhere else.
    /// unsafe { Lease::from_raw(raw) }.release();
    /// ```
    ///
    /// # Safety
    /// `raw` came from [`into_raw`](Self::into_raw), and no other `Lease` is made of it or released with it: the
    /// memory would be freed under those who still use it. (Releasing it twice is found out, and aborts.)
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        Lease { handle: Handle::from_raw(raw) }
    }
}

/// Listed as lost: see the type.
impl Drop for Lease {
    fn drop(&mut self) {
        table::mark_lost(self.handle);
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lease({:p})", self.handle.into_raw())
    }
}

/// Ends a lease from C: pass it as the `void (*release)(void *)` that goes with
/// [`Lease::into_raw`]'s `void *`. Any thread may call it, a signal handler may not (it takes a lock and frees).
///
/// Aborts the process with a message that names the place of the lease if that was released already, because then
/// somebody may be using freed memory; and if `raw` is no lease.
///
/// # Safety
/// `raw` came from [`Lease::into_raw`], and the foreign side no longer uses the memory.
pub unsafe extern "C" fn release_lease(raw: *mut c_void) {
    release(Handle::from_raw(raw));
}

fn release(handle: Handle) {
    match table::remove(handle) {
        Ok(entry) => drop(entry.memory),
        Err(fault) => abort(handle, &fault),
    }
}

#[cold]
fn abort(handle: Handle, fault: &Fault) -> ! {
    let raw = handle.into_raw();
    match fault {
        Fault::ReleasedBefore(site) => {
            say(format_args!("lease {raw:p}, taken at {site}, was released twice: aborting"));
        }
        Fault::ReleasedLongBefore => {
            say(format_args!("lease {raw:p} was released twice, long after the first: aborting"));
        }
        Fault::NoLease => say(format_args!("{raw:p} was released and is no lease: aborting")),
    }
    std::process::abort()
}
