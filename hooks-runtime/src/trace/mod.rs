//! The execution trace: what this thread did, and when, in memory that a recorder of the application reads.
//!
//! The recorder is in `hooks-service` (`Trace`, `FlightRecorder`). While none runs an event costs one load.
//!
//! The Go hook: `runtime/trace`.

// In: events of annotated fns and of the program. `writer` puts each as a `record` with its `payload` into a `chunk` of the
// `area` that the recorder gave, where it has a `slot`, with the time of the `clock`, if the `switch` is on. Sync code is a
// `region`, which may be `slow`; a `log` is what the program says. A future is a `span`, a `task` has a `waker` of its own, and
// `current` is the one that the thread is in.
// Out: `observe` is what a recorder calls, in this process or, with the area of one that is gone, in another.

pub(crate) mod area;
pub(crate) mod chunk;
mod clock;
pub(crate) mod current;
mod log;
#[cfg(all(test, loom))]
mod models;
pub mod observe;
pub(crate) mod payload;
pub(crate) mod record;
pub(crate) mod region;
mod slot;
mod slow;
pub(crate) mod span;
pub(crate) mod switch;
mod task;
mod waker;
pub(crate) mod writer;

pub use log::{CounterValue, counter, log};
pub use region::region;
pub use switch::is_on;
pub use task::{Task, task};
