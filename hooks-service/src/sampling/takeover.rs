//! Notices when someone else takes `SIGPROF` over while a profile is being taken.

use super::handler;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What was seen of it.
#[derive(Default)]
pub(super) struct Takeover(Mutex<State>);

#[derive(Default)]
struct State {
    last_look: Option<Instant>,
    handler: usize,
    time: Duration,
}

impl Takeover {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handler was installed: looks count from now on.
    pub(super) fn begin(&self) {
        self.lock().last_look = Some(Instant::now());
    }

    /// Looks whose the signal is. The time since the last look goes to whoever has it now.
    pub(super) fn look(&self) {
        let now = Instant::now();
        let mut state = self.lock();
        let Some(before) = state.last_look else { return };
        state.last_look = Some(now);
        if let Ok(Some(handler)) = handler::other() {
            state.handler = handler;
            state.time += now - before;
        }
    }

    /// What the profile says of it.
    pub(super) fn comment(&self) -> Option<String> {
        let State { handler, time, .. } = *self.lock();
        (!time.is_zero()).then(|| {
            format!(
                "SIGPROF had a handler that is not ours (at {handler:#x}) for up to {:.1} s of this profile: what it did \
                 not pass on is missing",
                time.as_secs_f64()
            )
        })
    }
}
