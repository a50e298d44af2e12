//! How a profile is to be taken.

use super::cpu_profile::CpuProfile;
use super::error::Error;
use super::sums::Sums;
use crate::profile::Clock;
use crate::profile::file::Format;
use crate::sampling::Subscription;
use std::path::PathBuf;
use std::time::Duration;

/// How a profile is to be taken, see [`CpuProfile::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `start`"]
pub struct CpuProfileBuilder {
    frequency: u32,
    clock: Clock,
    most_frames: u32,
    thread_names: bool,
    write_on_drop: Option<PathBuf>,
}

impl Default for CpuProfileBuilder {
    fn default() -> Self {
        Self { frequency: 100, clock: Clock::Cpu, most_frames: 128, thread_names: true, write_on_drop: None }
    }
}

impl CpuProfile {
    /// A builder: 100 Hz, processor time, as Go's `pprof.StartCPUProfile`.
    ///
    /// ```
    /// use hooks_service::profile::{Clock, CpuProfile};
    ///
    /// let builder = CpuProfile::builder().frequency(19).clock(Clock::Wall);
    /// assert!(format!("{builder:?}").contains("frequency: 19"));
    /// ```
    pub fn builder() -> CpuProfileBuilder {
        CpuProfileBuilder::default()
    }
}

impl CpuProfileBuilder {
    /// Samples for each second of the clock and thread, 1 to 10,000.
    ///
    /// The kernel looks at processor time timers on its tick (100 to 1,000 times a second). More than that takes perf
    /// events, which are used where they are allowed; where not, a sample stands for all periods of its tick: the sums
    /// are right, the resolution is the tick's. [Comments](crate::profile::Profile::comments) in the profile say which it was.
    ///
    /// Go: `runtime.SetCPUProfileRate`. Cost: that many samples a second of each busy thread, see [`CpuProfile`].
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what is out of range.
    ///
    /// ```
    /// let refused = hooks_service::profile::CpuProfile::builder().frequency(0).start();
    /// assert!(refused.unwrap_err().to_string().ends_with("out of range, it must be 1 to 10000 Hz"));
    /// ```
    pub fn frequency(mut self, hz: u32) -> Self {
        self.frequency = hz;
        self
    }

    /// Short for [`frequency`](Self::frequency).
    ///
    /// ```
    /// let builder = hooks_service::profile::CpuProfile::builder().hz(99);
    /// assert!(format!("{builder:?}").contains("frequency: 99"));
    /// ```
    pub fn hz(self, hz: u32) -> Self {
        self.frequency(hz)
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
    /// Cost: a sample of each thread, waiting or not, at each period, and for one that waits a wake-up and a switch back;
    /// 4,000 a second at most: of more threads each is sampled less often.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().wall().frequency(50).start()?;
    /// std::thread::sleep(std::time::Duration::from_millis(100)); // seen, unlike in a CPU profile
    /// assert!(running.stop()?.total() > 0);
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn wall(self) -> Self {
        self.clock(Clock::Wall)
    }

    /// Frames of a stack that are kept, from the leaf on: 128 by default, 1 to 1,024. A deeper stack is cut, has the label
    /// `stack_truncated`, and is counted ([`Stats::truncated`](crate::profile::Stats::truncated)). Deep recursion and layers of
    /// middleware take more.
    ///
    /// Go: 64 in a CPU profile. Cost: a deeper stack takes longer to walk, and each sample that a second can bring has 8 bytes a
    /// frame. Profiles of the same clock and frequency with another number of frames have timers of their own.
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what is out of range.
    ///
    /// ```
    /// let builder = hooks_service::profile::CpuProfile::builder().most_frames(512);
    /// # #[cfg(target_os = "linux")]
    /// drop(builder.start()?);
    /// let refused = hooks_service::profile::CpuProfile::builder().most_frames(0).start();
    /// assert!(refused.unwrap_err().to_string().ends_with("out of range, they must be of 1 to 1024 frames"));
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn most_frames(mut self, frames: u32) -> Self {
        self.most_frames = frames;
        self
    }

    /// Whether each sample has its thread's name as the label `thread`: it does by default. Without, the same stack in
    /// different threads is one sample.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().thread_names(false).start()?;
    /// assert!(running.stop()?.samples().iter().all(|sample| sample.label("thread").is_none()));
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn thread_names(mut self, on: bool) -> Self {
        self.thread_names = on;
        self
    }

    /// Has the profile written to the file at `path` when the running [`CpuProfile`] is dropped: whichever way `main` ends, by
    /// `?` or by a panic that unwinds. The file's name says in which format, see
    /// [`Profile::write_to_path`](crate::profile::Profile::write_to_path).
    ///
    /// An error then goes to stderr, since nobody is left to get it. What is [taken](CpuProfile::take),
    /// [stopped](CpuProfile::stop) or handed out is not written; what a [`Recording`](super::Recording) or a
    /// [`Continuous`](super::Continuous) has when it is dropped is. Neither `exit`, nor an abort, nor a signal drops anything.
    ///
    /// # Errors
    /// [`start`](Self::start) refuses a name that no format has.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// # std::env::set_current_dir(std::env::temp_dir())?;
    /// use hooks_service::profile::CpuProfile;
    ///
    /// let running = CpuProfile::builder().write_on_drop("hooks-doc.svg").start()?;
    /// let number: u32 = "42".parse()?; // if this fails, the profile is written all the same
    /// drop(running);
    /// assert!(std::fs::exists("hooks-doc.svg")?);
    /// # std::fs::remove_file("hooks-doc.svg")?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Go: `defer pprof.StopCPUProfile()`, which `log.Fatal` skips.
    pub fn write_on_drop(mut self, path: impl Into<PathBuf>) -> Self {
        self.write_on_drop = Some(path.into());
        self
    }

    /// Starts the profile. Go: `pprof.StartCPUProfile`. All threads are attached when this returns; later ones within
    /// 100 ms, or at once if they enter a label scope, are started by one of the spawn helpers or call
    /// `labels::observe::thread_started`.
    ///
    /// # Errors
    /// [`Error::FileName`] if no format has the name that the file is to have, [`Error::Sampler`] for the rest: the
    /// [frequency](crate::profile::SamplerError::Frequency), another
    /// [profiler](crate::profile::SamplerError::ForeignHandler), a [limit](crate::profile::SamplerError::TimerLimit).
    ///
    /// # Cost
    /// Some 0.8 ms of processor time and 2 MiB for a small program, and 50 µs for each thread. Next to nothing if another
    /// profile of this clock and frequency runs.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::CpuProfile;
    ///
    /// let continuous = CpuProfile::builder().frequency(19).start()?;
    /// let other = CpuProfile::builder().start()?; // beside it
    /// # drop((continuous, other));
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn start(self) -> Result<CpuProfile, Error> {
        if let Some(path) = &self.write_on_drop {
            Format::of(path).map_err(Error::FileName)?;
        }
        let period = Duration::from_nanos(1_000_000_000 / u64::from(self.frequency.max(1)));
        let sums = Sums::new(period, self.thread_names);
        let subscription = Subscription::start(self.clock, self.frequency, self.most_frames, sums)?;
        Ok(CpuProfile::new(subscription, self.write_on_drop))
    }
}
