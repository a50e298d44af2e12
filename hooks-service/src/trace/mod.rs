// Documented where it is declared, by docs/trace.md.
//
// In: what threads record into the area of `hooks_runtime::trace`. `memory` is what the area lies in, `clock` tells its ticks in
// nanoseconds, `engine` starts and stops recording for those who read.
// Out: a `trace` is written by the thread of `stream`, and ends with a `summary`.

mod clock;
mod engine;
mod error;
mod memory;
mod summary;

pub use error::Error;
pub use hooks_runtime::trace::observe::Clock;
pub use summary::{ClockUsed, Ended, Summary};
