//! What the tokens of a shutdown hold together: the signals, caught, and the thread that watches.

use super::overdue::Overdue;
use super::state::{Callback, State};
use super::watcher::{self, Watcher};
use super::{Cause, Error, handler, one};
use crate::process::chain::is_default;
use crate::process::handler::tells_of_a_fault;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

pub(super) struct Running {
    state: Arc<State>,
    watcher: Watcher,
    signals: Vec<i32>,
    live: AtomicBool,
    /// Tokens and futures. From zero it rises only under the lock of `one`.
    holders: AtomicUsize,
    /// Somebody waits who is no token and cannot be seen to go: a callback, a token of tokio-util.
    kept: AtomicBool,
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
        refuse_faults(signals)?;
        let kernel = |call| move |source| Error::Kernel { call, source };
        let state = Arc::new(State::default());
        handler::open(watcher::write_end().map_err(kernel("pipe"))?, same_request);
        catch(signals)?;
        // It lets the signals through, so only now: one that waits already would end the process.
        let watcher = Watcher::start(Arc::clone(&state), signals.to_vec(), overdue)
            .inspect_err(|_| deliver(give_back(signals)))
            .map_err(kernel("pthread_create"))?;
        Ok(Self {
            state,
            watcher,
            signals: signals.to_vec(),
            live: AtomicBool::new(true),
            holders: AtomicUsize::new(0),
            kept: AtomicBool::new(false),
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

    pub(super) fn add_holder(&self) {
        self.holders.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends it if that was the last one and nobody has asked for the end yet.
    pub(super) fn remove_holder(&self) {
        let last = self.holders.fetch_sub(1, Ordering::AcqRel) == 1;
        if last && self.is_ours() && one::decide(|| self.is_for_nobody() && self.retire()) {
            self.end();
        }
    }

    fn is_for_nobody(&self) -> bool {
        let held = self.holders.load(Ordering::Acquire) > 0 || self.kept.load(Ordering::Acquire);
        !held && !self.has_begun()
    }

    /// What a signal has set off goes on without tokens: the deadline, and the second signal.
    fn has_begun(&self) -> bool {
        self.state.cause().is_some() || self.watcher.is_requested() || handler::asked().is_some()
    }

    /// Calls `callback` at the end, and catches the signals for it until `stop`.
    pub(super) fn call(&self, callback: Callback) {
        self.kept.store(true, Ordering::Release);
        self.state.call(callback);
    }

    pub(super) fn request(&self) {
        self.watcher.request();
    }

    pub(super) fn stop(&self) {
        if self.is_ours() && self.retire() {
            self.end();
        }
    }

    fn is_ours(&self) -> bool {
        self.owner == std::process::id()
    }

    /// True for one caller, who is to end it.
    fn retire(&self) -> bool {
        self.live.swap(false, Ordering::AcqRel)
    }

    fn end(&self) {
        let asked = give_back(&self.signals);
        self.watcher.stop();
        // Before the wait: a callback may want to start the next one.
        one::release();
        self.watcher.join();
        if self.state.cancel(Cause::Stopped) {
            // Nobody has heard of it.
            deliver(asked);
        }
    }

    #[cfg(feature = "tokio")]
    pub(super) fn cancellation_token(&self) -> &tokio_util::sync::CancellationToken {
        self.token.get_or_init(|| {
            let token = tokio_util::sync::CancellationToken::new();
            let cancelled = token.clone();
            self.call(Box::new(move |_| cancelled.cancel()));
            token
        })
    }
}

fn refuse_faults(signals: &[i32]) -> Result<(), Error> {
    let Some(&signal) = signals.iter().find(|&&signal| tells_of_a_fault(signal)) else { return Ok(()) };
    let source = io::Error::new(io::ErrorKind::InvalidInput, "it tells of a fault of the program");
    Err(Error::Signal { signal, source })
}

/// Catches all of them or none.
fn catch(signals: &[i32]) -> Result<(), Error> {
    for (count, &signal) in signals.iter().enumerate() {
        if let Err(source) = handler::CHAIN.install(signal) {
            deliver(give_back(&signals[..count]));
            return Err(Error::Signal { signal, source });
        }
    }
    Ok(())
}

/// Returns the signal that asked meanwhile.
fn give_back(signals: &[i32]) -> Option<i32> {
    for &signal in signals {
        handler::CHAIN.restore(signal);
    }
    handler::close();
    handler::asked()
}

/// Sends a signal again that we took for ourselves: where it would end the process, it does. Other handlers have had it.
fn deliver(signal: Option<i32>) {
    if let Some(signal) = signal.filter(|&signal| is_default(signal)) {
        // SAFETY: no memory is passed.
        unsafe { libc::kill(libc::getpid(), signal) };
    }
}
