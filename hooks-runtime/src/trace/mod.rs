//! The execution trace: what this thread did, and when, in memory that a recorder of the application reads.
//!
//! The recorder is in `hooks-service` (`Trace`, `FlightRecorder`). While none runs an event costs one load.
//!
//! The Go hook: `runtime/trace`.

// In: events of annotated fns and of the program. `writer` puts each as a `record` with its `payload` into a `chunk` of the
// `area` that the recorder gave, with the time of the `clock`, if the `switch` is on.
// Out: `observe` is what a recorder calls, in this process or, with the area of one that is gone, in another.

pub(crate) mod area;
pub(crate) mod chunk;
mod clock;
pub mod observe;
pub(crate) mod payload;
pub(crate) mod record;
pub(crate) mod switch;
mod this_thread;
pub(crate) mod writer;

pub use switch::is_on;
