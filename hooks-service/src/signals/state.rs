//! What tokens of a shutdown share: whether it is cancelled, and who waits for that.

use super::Cause;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

pub(super) type Callback = Box<dyn FnOnce(Cause) + Send>;

#[derive(Default)]
pub(super) struct State {
    /// A [`Cause`] by its number. Written under the lock of `waiting`, so that nobody waits for what has happened.
    cause: AtomicI32,
    waiting: Mutex<Waiting>,
    cancelled: Condvar,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
    callbacks: Vec<Callback>,
}

impl State {
    pub(super) fn cause(&self) -> Option<Cause> {
        Cause::decode(self.cause.load(Ordering::Acquire))
    }

    /// The first cause stands; everyone who waits is told, on this thread. False: there was a cause.
    pub(super) fn cancel(&self, cause: Cause) -> bool {
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

    /// Calls `callback` once there is a cause, at once if there is.
    pub(super) fn call(&self, callback: Callback) {
        let mut waiting = self.lock();
        match self.cause() {
            None => waiting.callbacks.push(callback),
            Some(cause) => {
                drop(waiting);
                callback(cause);
            }
        }
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
