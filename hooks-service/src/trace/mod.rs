// Documented where it is declared, by docs/trace.md.
//
// In: what threads record into the area of `hooks_runtime::trace`. `memory` is what the area lies in, `clock` tells its ticks in
// nanoseconds, `engine` starts and stops recording for those who read.
// Out: a `trace` is written by the thread of `stream`, and ends with a `summary`.

mod clock;
mod cursor;
pub(crate) mod engine;
mod error;
mod export;
mod flusher;
pub(crate) mod memory;
mod perfetto;
pub(crate) mod recover;
mod stream;
mod summary;
mod trace;

pub use error::Error;
pub use hooks_runtime::trace::observe::Clock;
pub use recover::{Recovered, recover};
pub use summary::{ClockUsed, Ended, Summary};
pub use trace::{Trace, TraceBuilder, capture_for};
