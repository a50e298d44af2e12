//! Cleanups: what runs when a fn is left, when a value is dropped, when an owner goes.
//!
//! * [`#[cleanup(unlock(m))]`](macro@crate::cleanup) on a fn is Go's `defer unlock(m)`.
//! * [`#[cleanup(close = close_fd, args(fd))]`](macro@crate::cleanup) on a struct gives it a `close` whose error is
//!   seen, and a net for the value that is dropped without.
//! * [`add_cleanup`] is Go's `runtime.AddCleanup`: any number of cleanups, added to an owner at run time.
//! * [`background`] runs cleanups on a thread of their own.
//!
//! What goes wrong in a cleanup has nowhere to be returned to. It is a [`Fault`]: counted in [`faults`], and given to
//! the hook that [`on_fault`] sets.
//!
//! The Go hooks: `defer`, `runtime.AddCleanup`, `runtime.SetFinalizer`.

// In: a call that an expansion leaves in a `guard` or in a struct's `Drop`, or one that `add_cleanup` leaves in the
// `slot` of an `owner`; with what it takes (`argument`) and what it may return (`failure`).
// Out: the call is made once, at the exit, by the `fault` module or on the thread of `background`; what goes wrong
// becomes a `Fault` at the program's hook, and what was added, run and left is in `counts`.

mod add;
pub(crate) mod argument;
pub mod background;
mod counts;
mod failure;
mod fault;
pub(crate) mod guard;
mod owner;
mod slot;

pub use crate::origin::Origin;
pub use add::{Cleanup, add_cleanup};
pub use argument::{Argument, Owned};
pub use counts::{Counters, Outstanding, counters, outstanding, report_at_exit};
pub use failure::{Outcome, Returned};
pub use fault::{Fault, FaultCount, FaultKind, faults, on_fault};
pub use owner::{Owner, WithCleanups};
pub use slot::Slot;
