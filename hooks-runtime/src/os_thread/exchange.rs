//! What the future that is awaited and the one on the other thread share.

use super::error::Error;
use crate::mutex::lock;
use std::any::Any;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// How the work ended.
pub(super) enum Outcome<R> {
    Value(R),
    Panicked(Box<dyn Any + Send>),
    Refused(Error),
}

pub(super) struct Exchange<R>(Mutex<State<R>>);

struct State<R> {
    outcome: Option<Outcome<R>>,
    /// The thread has been looked after, and whoever waits may go on.
    announced: bool,
    cancelled: bool,
    waiting: Option<Waker>,
    working: Option<Waker>,
}

impl<R> Exchange<R> {
    pub(super) fn new() -> Exchange<R> {
        Exchange(Mutex::new(State {
            outcome: None,
            announced: false,
            cancelled: false,
            waiting: None,
            working: None,
        }))
    }

    /// For the one who waits.
    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Outcome<R>> {
        let mut state = lock(&self.0);
        if state.announced {
            if let Some(outcome) = state.outcome.take() {
                return Poll::Ready(outcome);
            }
        }
        register(&mut state.waiting, context);
        Poll::Pending
    }

    /// Nobody waits any more: the work is woken to see it.
    pub(super) fn cancel(&self) {
        let mut state = lock(&self.0);
        state.cancelled = true;
        let (outcome, working) = (state.outcome.take(), state.working.take());
        // What is dropped and woken runs other people's code.
        drop(state);
        if let Some(working) = working {
            working.wake();
        }
        drop(outcome);
    }

    /// For the work: whether to stop; if not, `context` is woken when that changes.
    pub(super) fn is_cancelled(&self, context: &Context<'_>) -> bool {
        let mut state = lock(&self.0);
        if !state.cancelled {
            register(&mut state.working, context);
        }
        state.cancelled
    }

    /// Keeps the first outcome; it is handed out once it has been announced.
    pub(super) fn finish(&self, outcome: Outcome<R>) {
        let mut state = lock(&self.0);
        let unwanted = if state.cancelled || state.outcome.is_some() {
            Some(outcome)
        } else {
            state.outcome = Some(outcome);
            None
        };
        drop(state);
        drop(unwanted);
    }

    pub(super) fn announce(&self) {
        let mut state = lock(&self.0);
        state.announced = true;
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

fn register(waker: &mut Option<Waker>, context: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(context.waker()),
        none => *none = Some(context.waker().clone()),
    }
}
