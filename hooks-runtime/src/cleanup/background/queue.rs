//! The queue of the cleanup thread.

use crate::mutex::{lock, wait};
use crate::origin::Origin;
use crate::process;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What happens to a cleanup for which the queue has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhenFull {
    /// The caller waits until there is room.
    Wait,
    /// The caller runs the cleanup itself.
    Inline,
}

/// A cleanup with what it needs; it reports its own faults and never panics.
pub(super) struct Job {
    pub(super) origin: Origin,
    pub(super) run: Box<dyn FnOnce() + Send>,
}

pub(super) struct State {
    jobs: VecDeque<Job>,
    /// One; more for a moment, where another thread takes over.
    running: Vec<Origin>,
    capacity: usize,
    pub(super) is_started: bool,
    /// The exit has begun: whatever comes now runs where it comes from.
    is_closed: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

pub(super) static QUEUE: Queue = Queue {
    state: Mutex::new(State {
        jobs: VecDeque::new(),
        running: Vec::new(),
        capacity: 1024,
        is_started: false,
        is_closed: false,
    }),
    changed: Condvar::new(),
};

/// Sets how many cleanups may wait; 1024 unless it is called. More than that may be waiting already.
///
/// ```
/// use hooks_runtime::cleanup::background;
/// use std::num::NonZero;
///
/// background::set_capacity(NonZero::new(64).unwrap());
/// ```
pub fn set_capacity(capacity: NonZeroUsize) {
    lock(&QUEUE.state).capacity = capacity.get();
    QUEUE.changed.notify_all();
}

/// How many cleanups wait, or run on the cleanup thread. Cost: a lock.
///
/// ```
/// assert_eq!(hooks_runtime::cleanup::background::waiting(), 0);
/// ```
pub fn waiting() -> usize {
    if process::is_child() { 0 } else { lock(&QUEUE.state).left() }
}

impl State {
    fn left(&self) -> usize {
        self.jobs.len() + self.running.len()
    }

    fn has_room(&self) -> bool {
        self.is_closed || self.jobs.len() < self.capacity
    }
}

impl Queue {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Gives `job` back where it should run in its own place.
    pub(super) fn push(&self, job: Job, when_full: WhenFull) -> Result<(), Job> {
        let mut state = self.lock();
        while when_full == WhenFull::Wait && !state.has_room() {
            state = wait(&self.changed, state, None);
        }
        if state.is_closed || !state.has_room() {
            return Err(job);
        }
        state.jobs.push_back(job);
        self.changed.notify_all();
        Ok(())
    }

    /// The next job, whenever it comes; [`done`](Self::done) has to be told afterwards.
    pub(super) fn next(&self) -> Job {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.running.push(job.origin);
                self.changed.notify_all();
                return job;
            }
            state = wait(&self.changed, state, None);
        }
    }

    /// The next job, if one waits.
    pub(super) fn take(&self) -> Option<Job> {
        self.lock().jobs.pop_front()
    }

    pub(super) fn done(&self, origin: Origin) {
        let mut state = self.lock();
        if let Some(index) = state.running.iter().position(|running| *running == origin) {
            state.running.swap_remove(index);
        }
        self.changed.notify_all();
    }

    /// Waits until nothing is left, and says how much is.
    pub(super) fn wait_until_empty(&self, timeout: Duration) -> usize {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        while state.left() > 0 && deadline.is_none_or(|deadline| Instant::now() < deadline) {
            state = wait(&self.changed, state, deadline);
        }
        state.left()
    }

    /// Lets nothing more in.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Where the jobs that run or wait come from.
    pub(super) fn origins(&self) -> Vec<Origin> {
        let state = self.lock();
        let mut origins = state.running.clone();
        for job in &state.jobs {
            origins.push(job.origin);
        }
        origins
    }
}
