// Documented where it is declared, by docs/trace.md.
//
// In: what threads record into the area of `hooks_runtime::trace`. `memory` is what the area lies in, `clock` tells its ticks in
// nanoseconds, `engine` starts and stops recording for those who read.
// Out: what is read is followed by a `cursor`, and becomes packets in `export`, by `perfetto`. A `trace` is written by the thread
// of `stream`, and ends with a `summary`, also at the exit, by the `flusher`; `flight` keeps the last seconds; `recover` reads what
// a process has left. A `layer` records what `tracing` tells, with its `fields`; `call` is what the attribute `capture` calls.
// What no thread records comes from a `source`: `cpu_samples`, `thread_states`. `numbers` are what was there before.

pub(crate) mod call;
mod clock;
#[cfg(all(feature = "profile", sampler))]
mod cpu_samples;
mod cursor;
pub(crate) mod engine;
mod error;
mod export;
#[cfg(feature = "tracing")]
mod fields;
mod flight;
mod flusher;
#[cfg(feature = "tracing")]
mod layer;
pub(crate) mod memory;
mod numbers;
mod perfetto;
pub(crate) mod recover;
mod ring_file;
mod source;
mod stream;
mod summary;
#[cfg(sampler)]
mod thread_states;
#[allow(clippy::module_inception, reason = "a `Trace` is one of the things that there are of it")]
mod trace;

pub use error::Error;
pub use flight::{FlightCounts, FlightRecorder, FlightRecorderBuilder, Snapshot};
pub use hooks_runtime::trace::observe::Clock;
#[cfg(feature = "tracing")]
pub use layer::{TracingLayer, layer};
pub use recover::{Recovered, recover};
pub use summary::{ClockUsed, Ended, Summary};
pub use trace::{Trace, TraceBuilder, capture_for};
