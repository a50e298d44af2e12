//! CPU and wall-clock profiles with labels.
mod builder;
mod clock;
mod data;
mod error;
mod folded;
mod pprof;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod sampler;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
#[path = "unsupported.rs"]
mod sampler;
mod stacks;
mod top;

#[cfg(test)]
mod test_profile;

pub use builder::{CpuProfile, CpuProfileBuilder, cpu_for};
pub use clock::Clock;
pub use data::{Label, LabelValue, Profile, Sample};
pub use error::{Error, FREQUENCIES};
pub use top::{LabelRow, LabelTop, Top, TopRow};

/// Whether the caller runs inside of the profiler's signal handler: for a test's allocator that must not be called
/// there.
#[doc(hidden)]
pub fn in_handler() -> bool {
    sampler::in_handler()
}

/// Has the calling thread sampled now, if a profile is being taken: for benchmarks. With `empty`, the signal is
/// delivered and the handler finds nothing to do.
#[doc(hidden)]
pub fn sample_now(empty: bool) -> bool {
    sampler::sample_now(empty)
}
