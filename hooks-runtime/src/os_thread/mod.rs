//! Locked OS threads: their own state given back as it was found, and async bodies on a thread of their own.
//!
//! [`#[lock_os_thread]`](crate::lock_os_thread) locks; this module has what goes with it: proof that the thread is
//! locked ([`LockedThread`]), what was left changed on a thread ([`on_leak`], [`leaks`]), which threads are locked and
//! why ([`locked`]), what became of the dedicated threads of async fns ([`counters`], [`keep_idle`]), and the loop for
//! the main thread ([`run_main`]).
//!
//! The Go hook: `runtime.LockOSThread` and `UnlockOSThread`.

mod bits;
mod cache;
mod context;
mod counters;
mod cpu;
mod dedicated;
mod error;
mod exchange;
pub(crate) mod future;
mod held;
mod lane;
mod leak;
mod lock;
mod main_thread;
mod named;
mod piece;
pub(crate) mod plan;
mod scope;
pub(crate) mod sendable;
mod spawner;
mod state;
mod task;
mod waited;
mod waiting;
mod work;

pub use cache::keep_idle;
pub use counters::{Counters, Retired, counters};
pub use held::{Held, locked};
pub use leak::{Change, Leak, LeakCount, leaks, on_leak};
pub use lock::LockedThread;
pub use main_thread::run_main;
pub use piece::Piece;
