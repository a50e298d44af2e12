//! CPU and wall-clock profiles with labels.
#[cfg(feature = "profile")]
mod builder;
mod clock;
mod data;
mod error;
pub(crate) mod folded;
pub(crate) mod pprof;
mod stacks;
mod top;

#[cfg(test)]
mod test_profile;

#[cfg(feature = "profile")]
pub use builder::{CpuProfile, CpuProfileBuilder, cpu_for};
pub use clock::Clock;
pub use data::{Label, LabelValue, Profile, Sample};
pub use error::{Error, FREQUENCIES};
pub use top::{LabelRow, LabelTop, Top, TopRow};

/// Whether the caller runs inside of the profiler's signal handler: for a test's allocator that must not be called
/// there.
#[cfg(feature = "profile")]
#[doc(hidden)]
pub fn in_handler() -> bool {
    crate::sampling::in_handler()
}

/// Has the calling thread sampled now, if a profile is being taken: for benchmarks. With `empty`, the signal is
/// delivered and the handler finds nothing to do.
#[cfg(feature = "profile")]
#[doc(hidden)]
pub fn sample_now(empty: bool) -> bool {
    crate::sampling::sample_now(empty)
}
