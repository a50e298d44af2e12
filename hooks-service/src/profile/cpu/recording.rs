//! A profile of the next while, as a future.

use super::builder::CpuProfileBuilder;
use super::cpu_profile::CpuProfile;
use super::error::Error;
use crate::profile::Profile;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A profile that is being recorded, see [`CpuProfileBuilder::record_for`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct Recording {
    duration: Duration,
    state: State,
}

enum State {
    Unpolled(CpuProfileBuilder),
    /// Until then; without an end where that is beyond what the clock counts.
    Running(Box<CpuProfile>, Option<Instant>),
    Done,
}

impl CpuProfileBuilder {
    /// Profiles for a while and returns the profile: for a request handler. It needs no runtime of a certain kind: the
    /// profiler's own thread wakes the task.
    ///
    /// Sampling starts at the first poll. A duration beyond what the clock counts, as [`Duration::MAX`], has no end. The end is on time to the millisecond on an idle machine; what comes later, because
    /// the task is not polled, is in the profile too.
    ///
    /// # Cancellation
    /// Dropping the future, as `select!` and timeouts do, stops sampling and discards the samples, unless they are to
    /// be [written then](CpuProfileBuilder::write_on_drop). Nothing is left behind.
    ///
    /// # Cost
    /// That of a [`CpuProfile`]. The first poll and the last each take up to a millisecond and 0.1 ms for each thread, on the
    /// thread that polls.
    ///
    /// # Errors
    /// Those of [`start`](CpuProfileBuilder::start) and [`stop`](CpuProfile::stop): it is one of a
    /// [fork](crate::profile::SamplerError::Forked) at once if it is polled in a forked child of the process that polled it first.
    ///
    /// # Panics
    /// The future does if it is polled after it was ready, as those of async functions do.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::CpuProfile;
    /// use std::time::Duration;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let profile = CpuProfile::builder().frequency(100).record_for(Duration::from_millis(50)).await?;
    /// assert!(profile.duration() >= Duration::from_millis(50));
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Go: `/debug/pprof/profile?seconds=..` of `net/http/pprof`, which ends with the request's context.
    pub fn record_for(self, duration: Duration) -> Recording {
        Recording { duration, state: State::Unpolled(self) }
    }
}

impl Future for Recording {
    type Output = Result<Profile, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (profile, end) = match std::mem::replace(&mut this.state, State::Done) {
            State::Unpolled(builder) => {
                (Box::new(builder.start()?), Instant::now().checked_add(this.duration))
            }
            State::Running(profile, end) => (profile, end),
            State::Done => panic!("a `Recording` is polled after it was ready"),
        };
        if end.is_some_and(|end| Instant::now() >= end) {
            return Poll::Ready(profile.stop());
        }
        profile.wake_at(end, context.waker())?;
        this.state = State::Running(profile, end);
        Poll::Pending
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (running, duration) = (matches!(self.state, State::Running(..)), self.duration);
        f.debug_struct("Recording")
            .field("duration", &duration)
            .field("running", &running)
            .finish_non_exhaustive()
    }
}

/// Profiles the processor time of the whole process for a while, at 100 Hz: for a signal of the operator, or a program that
/// has no async runtime. Go: `/debug/pprof/profile?seconds=..` of `net/http/pprof`.
///
/// Blocks the calling thread; [`CpuProfileBuilder::record_for`] does not. Cost: that of a [`CpuProfile`].
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
