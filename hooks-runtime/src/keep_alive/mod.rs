//! Memory that outlives the call, and the future, that lent it to C or to the kernel.
//!
//! [`#[keep_alive(..)]`](macro@crate::keep_alive) holds an *argument* until every way out of a fn. That is enough for a
//! foreign call that is done when it returns. It is not for one that goes on after: a submitted read, a registered
//! callback, an `async fn` whose future is dropped half way. For those there are leases:
//!
//! ```
//! use hooks_runtime::keep_alive::{self, KeepAlive};
//!
//! let mut buffer = KeepAlive::new(vec![0_u8; 4096]);
//! let bytes = buffer.get_mut().expect("nothing is leased yet").as_mut_ptr();
//! let lease = buffer.lease();
//! // .. submit(bytes, 4096, lease.into_raw()) ..
//! drop(buffer); // also what happens when a future is cancelled: the memory stays
//!
//! // SAFETY: `buffer` is leased, and nobody else uses its bytes.
//! unsafe { bytes.write(1) }; // the kernel, late
//! assert_eq!(keep_alive::outstanding().len(), 1);
//! lease.release(); // now it is freed
//! assert!(keep_alive::outstanding().is_empty());
//! ```
//!
//! A lease that nobody releases keeps its memory for ever. It is never a use after free, and
//! [`outstanding`] names the place that took it.
//!
//! **Go's hook**: `runtime.KeepAlive`, and `runtime.Pinner`, whose `Unpin` is the release.

// In: a borrow of an argument, from expansions (`hold`), or a value that is moved to where it stays (`owner`) and lent
// to C or the kernel (`lease`).
// Out: a compile error for what would move the argument too early; a handle for the foreign side (`table`), the memory
// for as long as that has it, and a `report` of who has what since when.

pub(crate) mod hold;
mod lease;
mod owner;
mod report;
mod table;

pub use hold::OutlastsFuture;
pub use lease::{Lease, release_lease};
pub use owner::KeepAlive;
pub use report::{Outstanding, SiteLeases, outstanding, outstanding_by_site};
pub use table::{Counts, counts};
