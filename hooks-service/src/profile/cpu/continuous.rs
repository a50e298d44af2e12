//! A profile each minute, for as long as the service runs.

use super::builder::CpuProfileBuilder;
use super::cpu_profile::CpuProfile;
use super::error::Error;
use crate::process::fork::Owner;
use crate::process::lock;
use crate::profile::Profile;
use std::convert::Infallible;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A profile that is handed out piece by piece, see [`CpuProfileBuilder::every`]. Dropping it stops it; the piece that has
/// begun is discarded, unless it is to be [written then](CpuProfileBuilder::write_on_drop).
#[must_use = "dropping it stops it"]
pub struct Continuous {
    /// A forked child has a copy of this, and not the thread.
    owner: Owner,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    end: Option<End>,
    panics: u64,
}

/// What becomes of the piece that has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    HandedOut,
    Discarded,
}

impl CpuProfileBuilder {
    /// Starts a profile and hands out, each `interval`, what was sampled since the last time: for continuous profiling. Each
    /// sample is in one piece; none is lost between two. An interval beyond what the clock counts, as [`Duration::MAX`], has no
    /// end: there is one piece, which [`Continuous::stop`] hands out.
    ///
    /// `each` runs on a thread of ours, `hooks-profile-every`, which is in profiles of processor time too. While it runs
    /// sampling goes on; if it takes longer than the interval, the next piece is longer. A panic in it is contained: the panic
    /// hook tells it, it is counted ([`Continuous::panics`]), later pieces have a comment, and the next piece comes as if
    /// nothing had been.
    ///
    /// # Cost
    /// That of a [`CpuProfile`], a thread, and a millisecond for each piece of two thousand distinct stacks; what `each` does
    /// with it.
    ///
    /// # Errors
    /// Those of [`start`](CpuProfileBuilder::start), [`Error::Interval`] if the interval is zero, and [`Error::Thread`].
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::profile::CpuProfile;
    /// use std::time::Duration;
    ///
    /// let continuous = CpuProfile::builder().frequency(19).every(Duration::from_secs(60), |profile| {
    ///     // upload it, or keep the last few files
    ///     if let Err(error) = profile.write_to_path("/tmp/hooks-last-minute.pb.gz") {
    ///         eprintln!("{error}");
    ///     }
    /// })?;
    /// // .. the service ..
    /// continuous.stop(); // hands out the rest
    /// # let _ = std::fs::remove_file("/tmp/hooks-last-minute.pb.gz");
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    ///
    /// Go has no such call; it is what the agents of profiling services are for.
    pub fn every(
        self,
        interval: Duration,
        each: impl FnMut(Profile) + Send + 'static,
    ) -> Result<Continuous, Error> {
        if interval.is_zero() {
            return Err(Error::Interval);
        }
        let (running, shared) = (self.start()?, Arc::<Shared>::default());
        let (theirs, thread) =
            (Arc::clone(&shared), thread::Builder::new().name("hooks-profile-every".into()));
        let (told, is_told) = channel();
        let thread = thread.spawn(move || {
            let _out = running.keep_out();
            drop(told);
            theirs.run(running, interval, each);
        });
        let thread = thread.map_err(Error::Thread)?;
        // Until it is kept out.
        let _: Result<Infallible, _> = is_told.recv();
        let owner = Owner::nobody();
        owner.claim();
        Ok(Continuous { owner, shared, thread: Some(thread) })
    }
}

impl Continuous {
    /// Stops, hands out what was sampled since the last time, and returns when that is done. Called by the closure itself, it
    /// does not wait; in a forked child it does nothing.
    pub fn stop(mut self) {
        self.end(End::HandedOut);
    }

    /// How often the closure has panicked.
    ///
    /// ```no_run
    /// use hooks_service::profile::CpuProfile;
    /// use std::time::Duration;
    ///
    /// let profiles = CpuProfile::builder().every(Duration::from_secs(60), |profile| println!("{}", profile.top(10)))?;
    /// // .. the service runs ..
    /// if profiles.panics() > 0 {
    ///     eprintln!("profiles were not handed out");
    /// }
    /// profiles.stop();
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn panics(&self) -> u64 {
        self.shared.state().panics
    }

    fn end(&mut self, end: End) {
        if !self.owner.is_this_process() {
            // Nobody is there to be waited for, and the lock may be held for ever.
            std::mem::forget(self.thread.take());
            return;
        }
        self.shared.state().end.get_or_insert(end);
        self.shared.changed.notify_all();
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != thread::current().id() {
            let _ = thread.join();
        }
    }
}

impl Drop for Continuous {
    fn drop(&mut self) {
        self.end(End::Discarded);
    }
}

impl fmt::Debug for Continuous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Continuous").field("panics", &self.panics()).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn run(&self, running: CpuProfile, interval: Duration, mut each: impl FnMut(Profile)) {
        let end = self.pieces(&running, interval, &mut each);
        // None: a forked child, which has no such thread.
        let Some(end) = end else { return };
        match end {
            End::Discarded => drop(running),
            End::HandedOut => _ = running.stop().map(|profile| self.hand_out(profile, &mut each)),
        }
    }

    /// Hands out pieces until the end comes.
    fn pieces(
        &self,
        running: &CpuProfile,
        interval: Duration,
        each: &mut impl FnMut(Profile),
    ) -> Option<End> {
        let mut next = Instant::now().checked_add(interval);
        loop {
            if let Some(end) = self.sleep_until(next) {
                return Some(end);
            }
            next = next.and_then(|next| next.checked_add(interval)).map(|next| next.max(Instant::now()));
            self.hand_out(running.take().ok()?, each);
        }
    }

    /// How it is to end, if it is to end before that time. Without one it sleeps until then.
    fn sleep_until(&self, time: Option<Instant>) -> Option<End> {
        let mut state = self.state();
        loop {
            let left = time.map_or(Duration::MAX, |time| time.saturating_duration_since(Instant::now()));
            if state.end.is_some() || left.is_zero() {
                return state.end;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn hand_out(&self, mut profile: Profile, each: &mut impl FnMut(Profile)) {
        let panics = self.state().panics;
        if panics > 0 {
            profile.comments.push(format!("who gets these profiles has panicked {panics} times"));
        }
        // What the closure captured is the user's: after a panic it may be halfway, as behind any lock of std.
        if catch_unwind(AssertUnwindSafe(|| each(profile))).is_err() {
            self.state().panics += 1;
        }
    }
}
