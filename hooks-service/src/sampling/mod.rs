//! The sampler: one engine a process, which any number of readers share.
//!
//! In: `SIGPROF`, sent to each thread by a timer on its own clock, one for each rate (a clock and a frequency) that someone
//! reads. A handler walks the interrupted stack, reads the labels in force and leaves a record in the rate's ring. Out: the
//! [`engine`]'s thread hands each record to all [`Reader`]s of its rate. Who they are, and what a profile is, it does not
//! know. Each `Subscription` starts and stops by itself; the engine runs while there is one.

mod error;
mod stats;

#[cfg(all(feature = "profile", sampler))]
mod engine;
#[cfg(all(feature = "profile", not(sampler)))]
#[path = "unsupported.rs"]
mod engine;

#[cfg(feature = "profile")]
pub(crate) use engine::{Span, Subscription, in_handler, sample_now};
pub use error::{Error, FREQUENCIES};
pub use stats::{Lost, Source, Stats};

/// The clock that a profile is taken by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Processor time of each thread, in user and kernel mode: a thread that waits is not sampled. What Go's CPU
    /// profile shows.
    #[default]
    Cpu,
    /// Time, of every thread, waiting or running: shows what requests wait for.
    ///
    /// Each sample interrupts the thread: a blocking call is restarted by the kernel where it can be (`SA_RESTART`),
    /// and returns `EINTR` where it cannot (`epoll_wait`, `nanosleep`, `poll`: std and mio handle that, C code must).
    Wall,
}

impl Clock {
    /// As it stands in a profile: `"cpu"` or `"wall"`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wall => "wall",
        }
    }
}

/// One sample, as a reader gets it.
#[cfg_attr(not(sampler), allow(dead_code, reason = "there are none"))]
pub(crate) struct Sampled<'a> {
    /// Periods of the clock that it stands for.
    pub(crate) weight: u32,
    /// Program counters, leaf first.
    pub(crate) stack: &'a [u64],
    /// Encoded: see `decode_labels`.
    pub(crate) labels: &'a [u8],
    /// Name of the thread, `None` if it has none, or had ended when somebody asked.
    pub(crate) thread: Option<&'a str>,
    /// The stack reaches the thread's first function.
    pub(crate) complete: bool,
    /// Frames that the stack was cut at, if it was.
    pub(crate) cut_at: Option<usize>,
}

/// Who gets samples. Called on the engine's thread, or on one that asks for what there is so far.
#[cfg_attr(not(sampler), allow(dead_code, reason = "there are none"))]
pub(crate) trait Reader: Send {
    fn add(&mut self, sample: &Sampled<'_>);
}
