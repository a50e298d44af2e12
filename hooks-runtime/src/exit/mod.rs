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
//! What runs in which order, and what does not run at all, is told by the two attributes.
//!
//! The Go hooks: `os.Exit`, which runs no `defer`, and `runtime.Goexit`.

// In: flushers that expansions register (`flusher`), an exit code (`process`) or a deadline (`run_flushers`), and
// values that tasks end with (`task`).
// Out: one run of all flushers (`run`), let in once (`gate`), each on a thread of its own (`job`); then the end of the
// process (`ending`), a `report` and its faults at the program's hooks. A task's value goes to its root by unwinding.

pub(crate) mod ending;
mod fault;
pub(crate) mod flusher;
mod gate;
mod job;
mod missed;
pub(crate) mod process;
mod report;
mod run;
pub(crate) mod task;

pub use fault::{Counters, Fault, FaultKind, counters, on_fault};
pub use flusher::{Flusher, flushers};
pub use process::exit;
pub use report::{Flushed, Report, on_report};
pub use run::run_flushers;
pub use task::{TaskScope, exit_task, innermost_scope};
