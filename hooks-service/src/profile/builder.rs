//! Starting and stopping a profile.

use super::sampler::Sampler;
use super::{Clock, Error, FREQUENCIES, Profile};
use std::fmt;
use std::time::Duration;

/// A CPU or wall-clock profile that is being taken. Go: `pprof.StartCPUProfile` and `StopCPUProfile`.
///
/// A process takes one at a time. Dropping it stops the timers and discards the profile.
///
/// # Cost
/// A sample costs 2 to 5 µs at a depth of 20 frames, most of which is the kernel's delivery of a signal: 0.05 % of a processor
/// at 100 Hz. Memory: 2 KiB for each sample that a second can bring (at least 512 KiB, at most 8 MiB), the unwind tables of loaded
/// libraries, and at most 32 MiB of distinct stacks and label sets, beyond which samples are counted as lost.
///
/// # What it asks of the process
/// `SIGPROF` is the profiler's while it runs, and is ignored afterwards: a late signal must not end the process. A thread that blocks
/// `SIGPROF` is not sampled. A `fork` that takes longer than the period is begun again by the kernel at each signal: a large process
/// that forks is profiled at a low frequency. A program that replaces itself by `exec` stops the profile first: the kernel keeps one of the timers running across it.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::profile::CpuProfile;
///
/// let running = CpuProfile::builder().hz(100).start()?;
/// let sum: u64 = std::hint::black_box((0..1_000_000).sum());
/// let profile = running.stop()?;
/// # let _ = (sum, profile);
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
#[must_use = "dropping a running profile stops and discards it"]
pub struct CpuProfile(Sampler);

impl CpuProfile {
    /// A builder: 100 Hz, processor time.
    pub fn builder() -> CpuProfileBuilder {
        CpuProfileBuilder { hz: 100, clock: Clock::Cpu }
    }

    /// Stops and returns the profile. Waits for signal handlers that are under way, some microseconds.
    ///
    /// # Errors
    /// [`Error::Forked`] in a forked child of the process that started it.
    pub fn stop(self) -> Result<Profile, Error> {
        self.0.stop()
    }

    /// What was sampled so far; sampling goes on.
    ///
    /// # Errors
    /// [`Error::Forked`] in a forked child of the process that started it.
    pub fn snapshot(&self) -> Result<Profile, Error> {
        self.0.snapshot()
    }
}

impl fmt::Debug for CpuProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuProfile").finish_non_exhaustive()
    }
}

/// How a profile is to be taken, see [`CpuProfile::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `start`"]
pub struct CpuProfileBuilder {
    hz: u32,
    clock: Clock,
}

impl CpuProfileBuilder {
    /// Samples for each second of the clock and thread, 1 to 10,000.
    ///
    /// The kernel looks at processor time timers on its tick (100 to 1,000 times a second). More than that takes perf events, which are
    /// used where they are allowed; where not, a sample stands for all periods of its tick: the sums are right, the resolution is the
    /// tick's. Comments in the profile say which it was.
    pub fn hz(mut self, hz: u32) -> Self {
        self.hz = hz;
        self
    }

    /// What is counted.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Counts time rather than processor time: short for `.clock(Clock::Wall)`.
    pub fn wall(self) -> Self {
        self.clock(Clock::Wall)
    }

    /// Starts the profile. All threads are attached when this returns; later ones within 100 ms, or at once if they
    /// enter a label scope, are started by one of the spawn helpers or call `labels::observe::thread_started`.
    ///
    /// # Errors
    /// [`Error::Frequency`], [`Error::AlreadyRunning`], [`Error::ForeignHandler`] and [`Error::TimerLimit`] as their names say,
    /// [`Error::Unsupported`] on other systems, [`Error::Kernel`] if a call fails.
    pub fn start(self) -> Result<CpuProfile, Error> {
        if !FREQUENCIES.contains(&self.hz) {
            return Err(Error::Frequency { hz: self.hz });
        }
        Sampler::start(self.clock, self.hz).map(CpuProfile)
    }
}

/// Profiles the processor time of the whole process for a while, at 100 Hz: for a request handler or a signal of the operator.
///
/// Blocks the calling thread.
///
/// # Errors
/// Those of [`CpuProfileBuilder::start`].
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(50))?;
/// # let _ = profile;
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
pub fn cpu_for(time: Duration) -> Result<Profile, Error> {
    let running = CpuProfile::builder().start()?;
    std::thread::sleep(time);
    running.stop()
}
