//! Labels: what a piece of work is for, readable by every observer.
//!
//! [`#[labeled]`](crate::labeled) puts labels on fns. This module has them as values: [`labels!`](crate::labels!) makes
//! a set, [`Labels::scope`] and [`Labeled::labeled`] put one in force for a closure or a future, [`Labels::current`]
//! takes what is in force along, and [`spawn`] does so at the places where work changes threads.
//!
//! A scope is a *frame* on the stack, linked to the one outside it. Nothing is allocated, counted or locked on the way
//! in or out, and a signal handler on the same thread sees a whole chain at every instruction.
//!
//! The Go hook: `pprof.Do`, `pprof.Labels`, `pprof.SetGoroutineLabels`.
//!
//! Stackful coroutines that switch stacks inside a scope keep their scopes apart with
//! [`coroutine::Scopes`](crate::coroutine::Scopes).

// In: what expansions found in arguments (`scope`), sets that the program makes (`set`), threads and tasks that it
// starts (`spawn`), jobs that it sends (`carried`), what is polled (`labeled`: futures, `polls`: all else, `parallel`).
// Spans are entered and left by calls (`entered`).
// Out: frames of the thread's chain, or of a future's polls, while they are in force. Observers read them back as keys
// and values by `observe`, which goes along the chain (`walk`).

mod carried;
pub(crate) mod entered;
mod labeled;
pub mod observe;
#[cfg(feature = "rayon")]
mod parallel;
#[cfg(any(feature = "futures", feature = "http-body", feature = "tokio"))]
mod polls;
pub(crate) mod scope;
pub(crate) mod set;
pub mod spawn;
mod walk;

pub use crate::values::ValueRef;
pub use crate::values::bounds::{MAX_KEY, MAX_VALUE, MOST_KEYS, truncated};
pub use crate::values::distinct::{Overflow, bound, on_overflow, overflows};
pub use crate::values::value::LabelValue;
pub use carried::Carried;
pub use labeled::{Labeled, WithLabels};
pub use set::Labels;
