//! A queue of work that one thread does in order.

use super::error::Error;
use super::plan::Place;
use super::work::{self, Work};
use crate::mutex::lock;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

pub(super) struct Lane {
    place: Place,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Box<dyn Work>>,
    closed: bool,
}

impl Lane {
    pub(super) fn new(place: Place) -> Lane {
        Lane { place, queue: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts `work` at the end of the queue; gives it back where the lane is closed.
    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(work);
        }
        queue.waiting.push_back(work);
        drop(queue);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes no more work, and returns what has not been begun.
    pub(super) fn close(&self) -> VecDeque<Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let left = std::mem::take(&mut queue.waiting);
        drop(queue);
        self.changed.notify_all();
        left
    }

    /// Does the work on this thread until the lane is closed.
    pub(super) fn serve(&self) {
        while let Some(mut work) = self.next() {
            match work.plan().try_scope() {
                Ok(_scope) => work::perform(&mut *work, self.place),
                Err(error) => work.refuse(error),
            }
        }
    }

    fn next(&self) -> Option<Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(work) = queue.waiting.pop_front() {
                return Some(work);
            }
            if queue.closed {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Ends all that is left unrun.
pub(super) fn refuse(left: impl IntoIterator<Item = Box<dyn Work>>, error: impl Fn() -> Error) {
    for mut work in left {
        work.refuse(error());
    }
}
