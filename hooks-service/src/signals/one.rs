//! A process has one shutdown at a time.

use super::hold::Hold;
use super::running::Running;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

static ONE: Mutex<One> = Mutex::new(One { current: None, owner: None });
static RELEASED: Condvar = Condvar::new();

struct One {
    current: Option<Arc<Running>>,
    /// The process that catches signals. Set until the last of them is given back. A forked child has a copy of what is its
    /// parent's.
    owner: Option<u32>,
}

pub(super) enum Claim {
    Running(Hold),
    Free(Place),
}

/// The right to start one. Dropped unfilled, it is given back.
pub(super) struct Place(());

/// Waits where one is just ending.
pub(super) fn claim() -> Claim {
    let mut one = lock();
    loop {
        if one.owner != Some(std::process::id()) {
            one.owner = Some(std::process::id());
            return Claim::Free(Place(()));
        }
        if let Some(current) = one.current.as_ref().filter(|current| current.is_live()) {
            return Claim::Running(Hold::new(current));
        }
        one = RELEASED.wait(one).unwrap_or_else(PoisonError::into_inner);
    }
}

impl Place {
    pub(super) fn fill(self, running: Running) -> Hold {
        let running = Arc::new(running);
        let hold = Hold::new(&running);
        let parents = lock().current.replace(running);
        // What a forked child has of its parent's is a thread that is not there to be detached.
        std::mem::forget(parents);
        RELEASED.notify_all();
        std::mem::forget(self);
        hold
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        release();
    }
}

/// Decides, with nobody able to get hold of one meanwhile, whether it ends because nobody holds it.
pub(super) fn decide<R>(decision: impl FnOnce() -> R) -> R {
    let _nobody_claims = lock();
    decision()
}

/// All signals were given back.
pub(super) fn release() {
    let mut one = lock();
    one.owner = None;
    let ended = one.current.take();
    drop(one);
    RELEASED.notify_all();
    drop(ended);
}

fn lock() -> MutexGuard<'static, One> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
