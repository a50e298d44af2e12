//! CPU and wall-clock profiles: what the sampler hands out, added up.
//!
//! In: samples. Out: a [`Profile`](super::Profile) of the types `samples` and `cpu` (or `wall`). A [`CpuProfile`] is one
//! reader of the sampler; any number of them run at once. [`Continuous`] and [`Recording`] are made of it.

mod builder;
mod comments;
mod continuous;
mod cpu_profile;
mod error;
mod recording;
mod sums;

pub use builder::CpuProfileBuilder;
pub use continuous::Continuous;
pub use cpu_profile::CpuProfile;
pub use error::Error;
pub use recording::{Recording, cpu_for};

/// Whether the caller runs inside of the profiler's signal handler: for a test's allocator that must not be called
/// there.
#[doc(hidden)]
pub fn in_handler() -> bool {
    crate::sampling::in_handler()
}

/// Has the calling thread sampled now, if a profile is being taken: for benchmarks. With `empty`, the signal is
/// delivered and the handler finds nothing to do.
#[doc(hidden)]
pub fn sample_now(empty: bool) -> bool {
    crate::sampling::sample_now(empty)
}
