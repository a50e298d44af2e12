//! A process has one shutdown at a time.

use super::running::Running;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

static ONE: Mutex<One> = Mutex::new(One { current: Weak::new(), owner: None });
static RELEASED: Condvar = Condvar::new();

struct One {
    current: Weak<Running>,
    /// The process that catches signals. Set until the last of them is given back, which is after `current` has gone. A
    /// forked child has a copy of what is its parent's.
    owner: Option<u32>,
}

pub(super) enum Claim {
    Running(Arc<Running>),
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
        if let Some(current) = one.current.upgrade().filter(|current| current.is_live()) {
            return Claim::Running(current);
        }
        one = RELEASED.wait(one).unwrap_or_else(PoisonError::into_inner);
    }
}

impl Place {
    pub(super) fn fill(self, running: &Arc<Running>) {
        lock().current = Arc::downgrade(running);
        RELEASED.notify_all();
        std::mem::forget(self);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        release();
    }
}

/// All signals were given back.
pub(super) fn release() {
    lock().owner = None;
    RELEASED.notify_all();
}

fn lock() -> MutexGuard<'static, One> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
