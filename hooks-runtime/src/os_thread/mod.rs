//! Locked OS threads: their own state given back as it was found, and async bodies on a thread of their own.
//!
//! [`#[lock_os_thread]`](crate::lock_os_thread) locks; this module has what goes with it: proof that the thread is
//! locked ([`LockedThread`]), what was left changed on a thread ([`on_leak`], [`leaks`]), which threads are locked and
//! why ([`locked`]), what became of the dedicated threads of async fns ([`counters`], [`keep_idle`]), and the loop for
//! the main thread ([`run_main`]).
//!
//! The Go hook: `runtime.LockOSThread` and `UnlockOSThread`.

// In: the `plan` of an attribute with the body of its fn, from a `caller` that runs it here or waits for it, with its
// async `runtime`.
// Out: the body on this thread, on one that fns share by name (`worker`) or on one of its own (`dedicated`), sent as a
// `task` and started by the `spawner`. Round it a `lock`, after which the thread's `state` is put back, and what stays
// changed is a `leak`.

pub(crate) mod caller;
mod dedicated;
mod leak;
mod lock;
pub(crate) mod plan;
mod runtime;
mod spawner;
mod state;
mod task;
mod worker;

pub use dedicated::{Counters, Retired, counters, keep_idle};
pub use leak::{Change, Leak, LeakCount, leaks, on_leak};
pub use lock::{Held, LockedThread, locked};
pub use state::Piece;
pub use worker::run_main;
