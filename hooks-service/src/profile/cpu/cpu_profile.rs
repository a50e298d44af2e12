//! A profile that is being taken.

use super::error::Error;
use super::sums::Sums;
use crate::process::say;
use crate::profile::{Profile, SamplerError};
use crate::sampling::{KeptOut, Subscription};
use std::fmt;
use std::path::PathBuf;
use std::task::Waker;
use std::time::Instant;

/// A CPU or wall-clock profile that is being taken. Go: `pprof.StartCPUProfile` and `StopCPUProfile`.
///
/// Dropping it stops and discards the profile, unless it is to be [written then](super::CpuProfileBuilder::write_on_drop).
///
/// # Cost
/// A sample costs 2 to 5 µs at a depth of 20 frames, 0.05 % of a processor at 100 Hz; the [module](crate::profile) has the
/// memory that it takes.
///
/// What it asks of the process, and of programs that are started later, is told by the [module](crate::profile).
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::profile::CpuProfile;
///
/// let running = CpuProfile::builder().frequency(100).start()?;
/// let sum: u64 = std::hint::black_box((0..1_000_000).sum());
/// let profile = running.stop()?;
/// # let _ = (sum, profile);
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
#[must_use = "dropping a running profile stops and discards it"]
pub struct CpuProfile {
    subscription: Subscription<Sums>,
    /// `None` when it was stopped.
    write_on_drop: Option<PathBuf>,
}

impl CpuProfile {
    pub(super) fn new(subscription: Subscription<Sums>, write_on_drop: Option<PathBuf>) -> Self {
        Self { subscription, write_on_drop }
    }

    /// Wakes at about this time, if there is one.
    pub(super) fn wake_at(&self, time: Option<Instant>, waker: &Waker) -> Result<(), Error> {
        Ok(self.subscription.wake_at(time, waker)?)
    }

    /// Has the calling thread, which is the profiler's, not sampled by the wall clock until what is returned is dropped
    /// there.
    pub(super) fn keep_out(&self) -> KeptOut {
        self.subscription.keep_out()
    }

    /// Stops and returns the profile. Go: `pprof.StopCPUProfile`.
    ///
    /// Waits for signal handlers that are under way, some microseconds, and joins the profiler's thread if this was the last
    /// profile. Not to be called from the constructor or destructor of a library (nor may the [`CpuProfile`] be dropped there):
    /// the dynamic linker holds its lock around these, and the thread that is waited for may be waiting for that lock.
    /// `SIGPROF` is ignored from then on, see [`CpuProfile`].
    ///
    /// # Cost
    /// That of a [`snapshot`](Self::snapshot), and up to 0.1 ms for each thread. Names are looked up later, by whoever
    /// writes the profile.
    ///
    /// # Errors
    /// [`SamplerError::Forked`] in a forked child of the process that started it.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().start()?;
    /// let profile = running.stop()?;
    /// assert_eq!(profile.clock(), "cpu");
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn stop(mut self) -> Result<Profile, Error> {
        self.write_on_drop = None;
        self.end()
    }

    /// Once.
    fn end(&mut self) -> Result<Profile, Error> {
        Ok(self.subscription.stop(|sums, span| sums.profile(span))?)
    }

    /// What was sampled so far; sampling goes on. Each snapshot holds everything since the start, or the last
    /// [`take`](Self::take).
    ///
    /// Go has no such call: its profile is seen once it is stopped.
    ///
    /// # Cost
    /// A copy of what was sampled, 1 ms for two thousand distinct stacks; no name is looked up yet.
    ///
    /// # Errors
    /// [`SamplerError::Forked`] in a forked child of the process that started it.
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
        Ok(self.subscription.look(|sums, span| sums.profile(span))?)
    }

    /// What was sampled since the start, or since the last `take`; sampling goes on and the sums begin anew. Each sample is
    /// in one of the profiles: none is lost or seen twice where one ends and the next begins.
    ///
    /// Go has no such call: between a stop and a start it misses what runs.
    ///
    /// # Cost
    /// That of a [`snapshot`](Self::snapshot). Samples go on to be added up meanwhile.
    ///
    /// # Errors
    /// [`SamplerError::Forked`] in a forked child of the process that started it.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let running = hooks_service::profile::CpuProfile::builder().start()?;
    /// let warm_up = running.take()?;
    /// // .. what is to be measured ..
    /// let measured = running.stop()?;
    /// assert!(measured.started() >= warm_up.started());
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn take(&self) -> Result<Profile, Error> {
        let (sums, span) = self.subscription.take(|sums, span| (sums.take(), span))?;
        Ok(sums.profile(span))
    }
}

/// Nobody is left to get an error: it goes to stderr.
impl Drop for CpuProfile {
    fn drop(&mut self) {
        let Some(path) = self.write_on_drop.take() else { return };
        match self.end().map(|profile| profile.write_to_path(path)) {
            Ok(Ok(())) | Err(Error::Sampler(SamplerError::Forked { .. })) => {}
            Ok(Err(error)) => say(format_args!("the profile could not be written: {error}")),
            Err(error) => say(format_args!("the profile could not be taken: {error}")),
        }
    }
}

impl fmt::Debug for CpuProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuProfile").finish_non_exhaustive()
    }
}
