//! The way out of the process, of a thread, of a task.
//!
//! * [`#[at_exit(order = 10, timeout = "2s")]`](macro@crate::at_exit) on a fn makes it a *flusher*: called once before
//!   the process ends, in its turn and for a bounded time.
//! * [`exit`](fn@crate::exit) takes the place of `std::process::exit`, and [`#[exit_scope]`](macro@crate::exit_scope)
//!   on `main` sees to returning from it: both run the flushers. [`run_flushers`] does only that, for a shutdown that
//!   has a deadline.
//! * [`#[exit_scope]`](macro@crate::exit_scope) on the root fn of a thread or task lets [`exit_task`] end that one from
//!   any depth, with its destructors.
//!
//! # The order of things
//!
//! 1. The cleanup thread is drained, for as long as [`set_exit_timeout`](crate::cleanup::background::set_exit_timeout)
//!    says. Cleanups write and log: they come before what flushes.
//! 2. The flushers run one after the other, each on a thread of its own, so that one that hangs can be left behind. One
//!    that panics, fails or takes longer than its timeout is a [`Fault`]: counted, given to [`on_fault`], passed over.
//! 3. The [`Report`] goes to [`on_report`], with the owners that still have cleanups
//!    ([`cleanup::outstanding`](crate::cleanup::outstanding)).
//! 4. `exit` calls `std::process::exit`: C's `atexit` handlers, and whatever flushers gave to the cleanup thread.
//!
//! It happens once. Whoever comes second, a signal's thread for instance, waits for the first and then for the end of
//! the process: the first code stands.
//!
//! # Signal handlers
//!
//! `exit` locks, allocates and starts threads, so it is not for a signal *handler*; it is for the thread that a handler
//! wakes (`sigwait`, `signal-hook`, `tokio::signal`).
//!
//! # After `fork`
//!
//! A forked child is a process of its own and runs the flushers at its own exit, as C's `exit` runs `atexit` handlers:
//! a daemon needs that. A child that should not (what is buffered would be written twice) ends with `libc::_exit`. A
//! child that is forked while the exit is under way, by a flusher for instance, runs none: [`exit`](fn@crate::exit) is
//! `_exit` there, and [`run_flushers`] reports every flusher as not run.
//!
//! # Where nothing runs
//!
//! `std::process::exit`, `abort`, `_exit`, a signal that kills, and a `main` without `#[exit_scope]` that returns.
//! Clippy's `disallowed-methods` can refuse the first.
//!
//! The Go hooks: `os.Exit`, which runs no `defer`, and `runtime.Goexit`.

mod counters;
pub(crate) mod ending;
mod fault;
pub(crate) mod flusher;
pub(crate) mod future;
mod gate;
mod job;
pub(crate) mod process;
mod report;
mod run;
pub(crate) mod task;

pub use counters::{Counters, counters};
pub use fault::{Fault, FaultKind, on_fault};
pub use flusher::{Flusher, flushers};
pub use process::exit;
pub use report::{Flushed, Report, on_report};
pub use run::run_flushers;
pub use task::{TaskScope, exit_task, innermost_scope};
