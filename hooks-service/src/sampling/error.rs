//! Why threads could not be sampled.

use std::io;
use std::ops::RangeInclusive;

/// The range of sampling frequencies that [`CpuProfileBuilder::frequency`](crate::profile::CpuProfileBuilder::frequency) takes.
pub const FREQUENCIES: RangeInclusive<u32> = 1..=10_000;

/// The range of frames that [`CpuProfileBuilder::most_frames`](crate::profile::CpuProfileBuilder::most_frames) takes.
pub const FRAMES: RangeInclusive<u32> = 1..=1_024;

/// How many different clocks, frequencies and numbers of frames can be sampled at once.
pub(crate) const MOST_RATES: usize = 8;

/// Why threads cannot be sampled, or not any more.
///
/// ```
/// use hooks_service::profile::{CpuProfile, FREQUENCIES};
///
/// let error = CpuProfile::builder().frequency(FREQUENCIES.end() + 1).start().unwrap_err();
/// assert_eq!(error.to_string(), "a sampling frequency of 10001 Hz is out of range, it must be 1 to 10000 Hz");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Profiles share the timers of their clock, frequency and number of frames, but of different ones there are eight at most
    /// at once: each is a timer of every thread.
    #[error(
        "profiles of {MOST_RATES} different clocks, frequencies and numbers of frames are being taken in this process, and no \
         more are possible"
    )]
    TooManyRates,
    /// The frequency asked for is outside of [`FREQUENCIES`].
    #[error("a sampling frequency of {hz} Hz is out of range, it must be {} to {} Hz", FREQUENCIES.start(), FREQUENCIES.end())]
    Frequency {
        /// What was asked for, in samples a second.
        hz: u32,
    },
    /// The number of frames asked for is outside of [`FRAMES`].
    #[error("stacks of {frames} frames are out of range, they must be of {} to {} frames", FRAMES.start(), FRAMES.end())]
    Frames {
        /// What was asked for.
        frames: u32,
    },
    /// Someone else in this process (another profiler, most likely) handles `SIGPROF`.
    #[error("SIGPROF has a handler (at {handler:#x}) that is not ours: another profiler owns it")]
    ForeignHandler {
        /// Address of that handler.
        handler: usize,
    },
    /// The kernel gives this user no more timers: each thread needs one.
    #[error("the kernel refused a timer for thread {threads} of this process: RLIMIT_SIGPENDING is {limit}")]
    TimerLimit {
        /// `RLIMIT_SIGPENDING` of this process: pending signals and timers that its user may have.
        limit: u64,
        /// Which thread, by number, could not have a timer.
        threads: usize,
    },
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The profile was started by the parent of this forked process, which is the one to stop it.
    #[error("this profile belongs to process {parent}, of which this process is a fork")]
    Forked {
        /// Process id of the one that takes the profile.
        parent: u32,
    },
    /// The sampler needs Linux on x86-64 or aarch64.
    #[error("profiles are taken on Linux on x86-64 and aarch64 only")]
    Unsupported,
}

impl Error {
    /// The last error of the C library, as the failure of `call`.
    pub(crate) fn last(call: &'static str) -> Self {
        Self::Kernel { call, source: io::Error::last_os_error() }
    }

    /// The failure of `call`, of which the kernel's reason is to come.
    pub(crate) fn kernel(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Kernel { call, source }
    }
}
