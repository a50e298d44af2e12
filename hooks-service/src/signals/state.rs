//! The one state of a shutdown, which its tokens share: whether it is cancelled, who waits for that, and who holds it. A
//! process has one at a time.

use super::cause::{Cause, Error};
use super::handler;
use crate::process::PerProcess;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::Duration;

type Callback = Box<dyn FnOnce(Cause) + Send>;

/// The one that catches the signals. A forked child has a copy of its parent's; or none, where it was forked while somebody was
/// at it.
static CURRENT: PerProcess<Option<Arc<State>>> = PerProcess::new();

pub(super) struct State {
    /// A [`Cause`] by its number. Written under the lock of `waiting`, so that nobody waits for what has happened.
    cause: AtomicI32,
    waiting: Mutex<Waiting>,
    cancelled: Condvar,
    /// Tokens and futures. From zero it rises only under the lock of [`CURRENT`].
    holders: AtomicUsize,
    /// Somebody waits who is no token and cannot be seen to go: a callback, a token of tokio-util.
    kept: AtomicBool,
    /// The program itself has asked for the end.
    requested: AtomicBool,
    /// The watcher is to end.
    stopped: AtomicBool,
    watcher: Mutex<Option<JoinHandle<()>>>,
    process: u32,
    #[cfg(feature = "tokio")]
    token: std::sync::OnceLock<tokio_util::sync::CancellationToken>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
    callbacks: Vec<Callback>,
}

/// Has the signals caught and watched for a state.
pub(super) trait Start: FnOnce(&Arc<State>) -> Result<JoinHandle<()>, Error> {}

impl<F: FnOnce(&Arc<State>) -> Result<JoinHandle<()>, Error>> Start for F {}

/// The shutdown that runs, or one whose watcher `start` starts.
pub(super) fn join_or_start(start: impl Start) -> Result<Hold, Error> {
    CURRENT.with(|current| match running(current.as_ref()) {
        Some(running) => Ok(Hold::new(running)),
        None => begin(current, start),
    })
}

pub(super) fn start(start: impl Start) -> Result<Hold, Error> {
    CURRENT.with(|current| match running(current.as_ref()) {
        Some(_) => Err(Error::AlreadyRunning),
        None => begin(current, start),
    })
}

fn running(current: Option<&Arc<State>>) -> Option<&Arc<State>> {
    current.filter(|state| state.is_of_this_process())
}

fn begin(current: &mut Option<Arc<State>>, start: impl Start) -> Result<Hold, Error> {
    let state = Arc::new(State::new());
    let watcher = start(&state)?;
    *state.watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
    let hold = Hold::new(&state);
    // What a forked child has of its parent's is a thread that is not there to be detached.
    std::mem::forget(current.replace(state));
    Ok(hold)
}

/// One of those for whom the signals are caught. When the last one goes they are given back, unless the shutdown has begun.
pub(super) struct Hold(Arc<State>);

impl Hold {
    fn new(state: &Arc<State>) -> Self {
        state.holders.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(state))
    }

    /// Gives the signals back, for all who hold it.
    pub(super) fn stop(&self) {
        self.0.end(|_| true);
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Deref for Hold {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.0.holders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.end(State::is_for_nobody);
        }
    }
}

impl State {
    fn new() -> Self {
        Self {
            cause: AtomicI32::new(0),
            waiting: Mutex::default(),
            cancelled: Condvar::new(),
            holders: AtomicUsize::new(0),
            kept: AtomicBool::new(false),
            requested: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            watcher: Mutex::new(None),
            process: std::process::id(),
            #[cfg(feature = "tokio")]
            token: std::sync::OnceLock::new(),
        }
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        Cause::decode(self.cause.load(Ordering::Acquire))
    }

    /// A forked child has the tokens of its parent, and nothing to give back.
    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// What a signal has set off goes on without tokens: the deadline, and the second signal.
    fn is_for_nobody(&self) -> bool {
        let held = self.holders.load(Ordering::Acquire) > 0 || self.kept.load(Ordering::Acquire);
        let begun = self.cause().is_some() || self.is_requested() || handler::asked().is_some();
        !held && !begun
    }

    /// Gives the signals back, if this is the one that has them and `may` say so while nobody can get hold of it.
    fn end(&self, may: impl FnOnce(&Self) -> bool) {
        if !self.is_of_this_process() {
            return;
        }
        let given_back = CURRENT.with(|current| {
            let is_current = current.as_deref().is_some_and(|state| std::ptr::eq(state, self));
            (is_current && may(self)).then(|| (current.take(), handler::give_back()))
        });
        let Some((own, asked)) = given_back else { return };
        self.stopped.store(true, Ordering::Release);
        handler::BELL.ring();
        self.join_watcher();
        if self.cancel(Cause::Stopped) {
            // Nobody has heard of it.
            handler::deliver(asked);
        }
        drop(own);
    }

    fn join_watcher(&self) {
        let thread = self.watcher.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A callback that stops it runs on the watcher itself where there was no other thread to be had.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// As if a signal had come.
    pub(super) fn request(&self) {
        if !self.requested.swap(true, Ordering::AcqRel) {
            handler::BELL.ring();
        }
    }

    /// The first cause stands; everyone who waits is told, on this thread. False: there was a cause.
    fn cancel(&self, cause: Cause) -> bool {
        self.decide(cause).map(Audience::tell).is_some()
    }

    /// The first cause stands, and threads that wait go on. None: there was a cause.
    pub(super) fn decide(&self, cause: Cause) -> Option<Audience> {
        let mut waiting = self.lock();
        if self.cause().is_some() {
            return None;
        }
        self.cause.store(cause.encode(), Ordering::Release);
        let Waiting { wakers, callbacks, .. } = std::mem::take(&mut *waiting);
        drop(waiting);
        self.cancelled.notify_all();
        Some(Audience { cause, wakers, callbacks })
    }

    /// Waits on this thread; none if the time ran out first.
    pub(super) fn wait(&self, limit: Option<Duration>) -> Option<Cause> {
        let waiting = self.lock();
        let undecided = |_: &mut Waiting| self.cause().is_none();
        match limit {
            None => drop(self.cancelled.wait_while(waiting, undecided)),
            Some(limit) => drop(self.cancelled.wait_timeout_while(waiting, limit, undecided)),
        }
        self.cause()
    }

    /// The cause, or none, and then `waker` is woken when there is one. `place` is the number under which it is kept.
    pub(super) fn poll(&self, place: &mut Option<u64>, waker: &Waker) -> Option<Cause> {
        // Code of others runs where a waker is cloned or dropped, and may come here: never under the lock.
        let waker = waker.clone();
        let mut waiting = self.lock();
        if let Some(cause) = self.cause() {
            return Some(cause);
        }
        let number = *place.get_or_insert_with(|| {
            waiting.next += 1;
            waiting.next
        });
        let replaced = waiting.wakers.insert(number, waker);
        drop(waiting);
        drop(replaced);
        None
    }

    pub(super) fn forget(&self, place: u64) {
        let mut waiting = self.lock();
        let forgotten = waiting.wakers.remove(&place);
        drop(waiting);
        drop(forgotten);
    }

    /// Calls `callback` once there is a cause, at once if there is. The signals are caught for it until `stop`.
    pub(super) fn call(&self, callback: Callback) {
        self.kept.store(true, Ordering::Release);
        let mut waiting = self.lock();
        match self.cause() {
            None => waiting.callbacks.push(callback),
            Some(cause) => {
                drop(waiting);
                callback(cause);
            }
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

    /// A waker or callback that panicked left nothing half done: they are called without the lock.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who are to be told.
pub(super) struct Audience {
    cause: Cause,
    wakers: BTreeMap<u64, Waker>,
    callbacks: Vec<Callback>,
}

impl Audience {
    pub(super) fn tell(self) {
        for waker in self.wakers.into_values() {
            apart(|| waker.wake());
        }
        for callback in self.callbacks {
            apart(|| callback(self.cause));
        }
    }
}

/// One that panics does not keep the others from being told; the panic hook has reported it.
fn apart(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_forked_while_another_thread_is_at_it_begins_anew() {
        let mut status = 0;
        CURRENT.with(|_| {
            // SAFETY: the child makes system calls, and looks at atomics.
            let child = unsafe { libc::fork() };
            if child == 0 {
                // SAFETY: takes a number. Where the child waits it is ended by a signal.
                unsafe { libc::alarm(10) };
                let refused =
                    matches!(join_or_start(|_| Err(Error::AlreadyRunning)), Err(Error::AlreadyRunning));
                // SAFETY: ends the child.
                unsafe { libc::_exit(i32::from(refused)) }
            }
            // SAFETY: the call fills the status.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        });
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 1, "{status:#x}");
    }
}
