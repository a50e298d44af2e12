//! What the tokens of a shutdown hold together: the signals, caught, and the thread that watches.

use super::overdue::Overdue;
use super::state::State;
use super::watcher::{self, Watcher};
use super::{Cause, Error, handler, one};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(super) struct Running {
    state: Arc<State>,
    watcher: Watcher,
    signals: Vec<i32>,
    live: AtomicBool,
    /// A forked child has the tokens of its parent, and nothing to give back.
    owner: u32,
    #[cfg(feature = "tokio")]
    token: std::sync::OnceLock<tokio_util::sync::CancellationToken>,
}

impl Running {
    pub(super) fn start(
        signals: &[i32],
        same_request: Duration,
        overdue: Option<Overdue>,
    ) -> Result<Self, Error> {
        let kernel = |call| move |source| Error::Kernel { call, source };
        let state = Arc::new(State::default());
        handler::open(watcher::write_end().map_err(kernel("pipe"))?, same_request);
        let watcher = Watcher::start(Arc::clone(&state), overdue).map_err(kernel("pthread_create"))?;
        let caught = catch(signals).inspect_err(|_| watcher.stop())?;
        Ok(Self {
            state,
            watcher,
            signals: caught,
            live: AtomicBool::new(true),
            owner: std::process::id(),
            #[cfg(feature = "tokio")]
            token: std::sync::OnceLock::new(),
        })
    }

    pub(super) fn state(&self) -> &Arc<State> {
        &self.state
    }

    pub(super) fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    pub(super) fn request(&self) {
        self.watcher.request();
    }

    pub(super) fn stop(&self) {
        if self.owner == std::process::id() && self.live.swap(false, Ordering::AcqRel) {
            give_back(&self.signals);
            self.watcher.stop();
            // Before the wait: a callback on the watcher may want to start the next one.
            one::release();
            self.watcher.join();
            self.state.cancel(Cause::Stopped);
        }
    }

    #[cfg(feature = "tokio")]
    pub(super) fn cancellation_token(&self) -> &tokio_util::sync::CancellationToken {
        self.token.get_or_init(|| {
            let token = tokio_util::sync::CancellationToken::new();
            let cancelled = token.clone();
            self.state.call(Box::new(move |_| cancelled.cancel()));
            token
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Catches all of them or none.
fn catch(signals: &[i32]) -> Result<Vec<i32>, Error> {
    for (count, &signal) in signals.iter().enumerate() {
        if let Err(source) = handler::CHAIN.install(signal) {
            give_back(&signals[..count]);
            return Err(Error::Signal { signal, source });
        }
    }
    Ok(signals.to_vec())
}

fn give_back(signals: &[i32]) {
    for &signal in signals {
        handler::CHAIN.restore(signal);
    }
    handler::close();
}
