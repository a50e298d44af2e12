//! The sampler: one a process, which any number of readers share.
//!
//! In: `SIGPROF`, sent to each thread by a timer on its own clock, one for each rate (a clock and a frequency) that someone
//! reads. A handler walks the interrupted stack, reads the labels in force and leaves a record in the rate's ring. Out: the
//! collector's thread hands each record to all `Reader`s of its rate. Who they are, and what a profile is, it does not
//! know. Each `Subscription` starts and stops by itself; the collector runs while there is one.

mod clock;
#[cfg(feature = "profile")]
mod error;
#[cfg(feature = "profile")]
mod reader;
mod stats;

#[cfg(all(feature = "profile", sampler))]
mod engine;
#[cfg(all(feature = "profile", not(sampler)))]
#[path = "unsupported.rs"]
mod engine;

pub use clock::Clock;
#[cfg(feature = "profile")]
pub(crate) use engine::{KeptOut, Span, Subscription, in_handler, sample_now};
#[cfg(feature = "profile")]
pub use error::{Error, FRAMES, FREQUENCIES};
#[cfg(feature = "profile")]
pub(crate) use reader::{Reader, TakenStack};
pub use stats::{Lost, Missed, Source, Stats};
