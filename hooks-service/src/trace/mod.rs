// Documented where it is declared, by docs/trace.md.
//
// In: what threads record into the area of `hooks_runtime::trace`. `memory` is what the area lies in, `clock` tells its ticks in
// nanoseconds, `engine` starts and stops recording for those who read.
// Out: a `trace` is written by the thread of `stream`, and ends with a `summary`.

mod clock;
mod cursor;
mod engine;
mod error;
mod export;
mod flusher;
mod memory;
mod perfetto;
mod stream;
mod summary;
mod trace;

pub use error::Error;
pub use hooks_runtime::trace::observe::Clock;
pub use summary::{ClockUsed, Ended, Summary};
pub use trace::{Trace, TraceBuilder, capture_for};
