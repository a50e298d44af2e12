//! Starting and stopping a profile.

use super::{Clock, Error, FREQUENCIES, Profile};
use crate::sampling::Sampler;
use std::fmt;
use std::time::Duration;

/// A CPU or wall-clock profile that is being taken. Go: `pprof.StartCPUProfile` and `StopCPUProfile`.
///
/// A process takes one at a time. Dropping it stops the timers and discards the profile.
///
/// # Cost
/// A sample costs 2 to 5 µs at a depth of 20 frames, most of which is the kernel's delivery of a signal: 0.05 % of a
/// processor at 100 Hz. Memory: 2 KiB for each sample that a second can bring (at least 512 KiB, at most 8 MiB), the
/// unwind tables of loaded libraries, and at most 32 MiB of distinct stacks and label sets, beyond which samples are
/// counted as lost.
///
/// # What it asks of the process
/// `SIGPROF` is the profiler's while it runs, and is ignored afterwards: a late signal must not end the process. A
/// thread that blocks `SIGPROF` is not sampled; the profile's comments say so if much is missing, and if someone else
/// has taken the signal over. A `fork` that takes longer than the period is begun again by the kernel
/// at each signal: a large process that forks is profiled at a low frequency. A program that replaces itself by `exec`
/// stops the profile first: the kernel keeps one of the timers running across it.
///
/// # Programs started later
/// An ignored signal stays ignored across `exec`, and of all signals `std::process::Command` gives a child only
/// `SIGPIPE` back. So programs that are started after [`stop`](CpuProfile::stop) have `SIGPROF` ignored. One that
/// profiles itself does not mind, since it installs a handler; for one that wants the signal's default, to be ended by
/// it, put it back:
///
/// ```
/// use std::os::unix::process::CommandExt;
///
/// let mut command = std::process::Command::new("true");
/// // SAFETY: `signal` is async-signal-safe, as everything between fork and exec has to be.
/// unsafe {
///     command.pre_exec(|| {
///         libc::signal(libc::SIGPROF, libc::SIG_DFL);
///         Ok(())
///     });
/// }
/// assert!(command.status()?.success());
/// # Ok::<(), std::io::Error>(())
/// ```
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
    /// A builder: 100 Hz, processor time, as Go's `pprof.StartCPUProfile`.
    ///
    /// ```
    /// use hooks_service::profile::{Clock, CpuProfile};
    ///
    /// let builder = CpuProfile::builder().hz(19).clock(Clock::Wall);
    /// assert!(format!("{builder:?}").contains("hz: 19"));
    /// ```
    pub fn builder() -> CpuProfileBuilder {
        CpuProfileBuilder { hz: 100, clock: Clock::Cpu }
    }

    /// Stops and returns the profile. Go: `pprof.StopCPUProfile`.
    ///
    /// Waits for signal handlers that are under way, some microseconds, and joins the profiler's thread. Not to be
    /// called from the constructor or destructor of a library (nor may the [`CpuProfile`] be dropped there): the
    /// dynamic linker holds its lock around these, and the thread that is waited for may be waiting for that lock.
    /// `SIGPROF` is ignored from then on, see [`CpuProfile`].
    ///
    /// # Cost
    /// That of a [`snapshot`](Self::snapshot), and up to 0.1 ms for each thread. Names are looked up later, by whoever
    /// writes the profile.
    ///
    /// # Errors
    /// [`Error::Forked`] in a forked child of the process that started it.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().start()?;
    /// let profile = running.stop()?;
    /// assert_eq!(profile.clock(), "cpu");
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn stop(self) -> Result<Profile, Error> {
        self.0.stop()
    }

    /// What was sampled so far; sampling goes on. Each snapshot holds everything since the start.
    ///
    /// Go has no such call: its profile is seen once it is stopped.
    ///
    /// # Cost
    /// A copy of what was sampled, 1 ms for two thousand distinct stacks; no name is looked up yet.
    ///
    /// # Errors
    /// [`Error::Forked`] in a forked child of the process that started it.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().start()?;
    /// let first = running.snapshot()?;
    /// let second = running.snapshot()?;
    /// assert!(first.duration() <= second.duration());
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
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
    /// The kernel looks at processor time timers on its tick (100 to 1,000 times a second). More than that takes perf
    /// events, which are used where they are allowed; where not, a sample stands for all periods of its tick: the sums
    /// are right, the resolution is the tick's. [Comments](Profile::comments) in the profile say which it was.
    ///
    /// Go: `runtime.SetCPUProfileRate`. Cost: that many samples a second of each busy thread, see [`CpuProfile`].
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what is out of range.
    ///
    /// ```
    /// use hooks_service::profile::{CpuProfile, Error};
    ///
    /// let refused = CpuProfile::builder().hz(0).start();
    /// assert!(matches!(refused, Err(Error::Frequency { hz: 0 })));
    /// ```
    pub fn hz(mut self, hz: u32) -> Self {
        self.hz = hz;
        self
    }

    /// What is counted: processor time, or all of the time. Go's profile has the first only.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::{Clock, CpuProfile};
    ///
    /// let profile = CpuProfile::builder().clock(Clock::Wall).start()?.stop()?;
    /// assert_eq!(profile.clock(), "wall");
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Counts time rather than processor time: short for `.clock(Clock::Wall)`. Go: what the package `fgprof` is for.
    ///
    /// Cost: a sample of each thread, waiting or not, at each period. A program of many threads takes a low frequency.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().wall().hz(50).start()?;
    /// std::thread::sleep(std::time::Duration::from_millis(100)); // seen, unlike in a CPU profile
    /// assert!(running.stop()?.total() > 0);
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn wall(self) -> Self {
        self.clock(Clock::Wall)
    }

    /// Starts the profile. Go: `pprof.StartCPUProfile`. All threads are attached when this returns; later ones within
    /// 100 ms, or at once if they enter a label scope, are started by one of the spawn helpers or call
    /// `labels::observe::thread_started`.
    ///
    /// # Errors
    /// [`Error::Frequency`], [`Error::AlreadyRunning`], [`Error::ForeignHandler`] and [`Error::TimerLimit`] as their
    /// names say, [`Error::Unsupported`] on other systems, [`Error::Kernel`] if a call fails.
    ///
    /// # Cost
    /// Some 0.8 ms of processor time and 2 MiB for a small program, and 50 µs for each thread.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::{CpuProfile, Error};
    ///
    /// let running = CpuProfile::builder().start()?;
    /// assert!(matches!(CpuProfile::builder().start(), Err(Error::AlreadyRunning)));
    /// # drop(running);
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn start(self) -> Result<CpuProfile, Error> {
        if !FREQUENCIES.contains(&self.hz) {
            return Err(Error::Frequency { hz: self.hz });
        }
        Sampler::start(self.clock, self.hz).map(CpuProfile)
    }
}

/// Profiles the processor time of the whole process for a while, at 100 Hz: for a request handler or a signal of the
/// operator. Go: `/debug/pprof/profile?seconds=..` of `net/http/pprof`.
///
/// Blocks the calling thread. Cost: that of a [`CpuProfile`].
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
