//! An async fn's body on the thread that it was sent to, what it shares with the future that is awaited in its place.

use super::plan::{Error, Plan};
use super::runtime::Runtime;
use super::worker::Work;
use crate::labels::Labels;
use crate::mutex::lock;
use crate::panics::contain;
use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

pub(super) struct Task<B, R> {
    plan: Plan,
    runtime: Runtime,
    labels: Labels,
    build: Option<B>,
    exchange: Arc<Exchange<R>>,
    panicked: bool,
}

impl<B, R> Task<B, R> {
    /// With the caller's runtime and labels.
    pub(super) fn new(plan: Plan, build: B) -> Task<B, R> {
        Task {
            plan,
            runtime: Runtime::current(),
            labels: Labels::current(),
            build: Some(build),
            exchange: Arc::new(Exchange::new()),
            panicked: false,
        }
    }

    pub(super) fn exchange(&self) -> Arc<Exchange<R>> {
        Arc::clone(&self.exchange)
    }
}

impl<B, F, R> Work for Task<B, R>
where
    B: FnOnce() -> F + Send,
    F: Future<Output = R>,
    R: Send,
{
    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn perform(&mut self) {
        let Some(build) = self.build.take() else { return };
        let polled = poll_to_end(build, &self.exchange, &self.labels);
        let ended = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(polled)));
        self.panicked = ended.is_err();
        match ended {
            Ok(Some(value)) => self.exchange.finish(Outcome::Value(value)),
            Err(payload) => self.exchange.finish(Outcome::Panicked(payload)),
            Ok(None) => {}
        }
    }

    fn refuse(&mut self, error: Error) {
        self.exchange.finish(Outcome::Refused(error));
    }

    fn panicked(&self) -> bool {
        self.panicked
    }
}

impl<B, R> Drop for Task<B, R> {
    fn drop(&mut self) {
        if let Some(build) = self.build.take() {
            self.exchange.finish(Outcome::Refused(Error::ThreadEnded));
            // Here, and not while a panic of the waker unwinds: one of what was captured would end the process.
            contain(|| drop(build));
        }
        self.exchange.announce();
    }
}

/// `None` where it was cancelled. The future is built, polled and dropped with the labels.
async fn poll_to_end<B, F, R>(build: B, exchange: &Exchange<R>, labels: &Labels) -> Option<R>
where
    B: FnOnce() -> F,
    F: Future<Output = R>,
{
    let mut build = Some(build);
    let mut future = pin!(None);
    let mut poll = |context: &mut Context<'_>, future: Pin<&mut Option<F>>| {
        if exchange.is_cancelled(context) {
            return Poll::Ready(None);
        }
        let mut future = future;
        if let Some(build) = build.take() {
            future.set(Some(build()));
        }
        let Some(future) = future.as_pin_mut() else { return Poll::Ready(None) };
        future.poll(context).map(Some)
    };
    let value = poll_fn(|context| labels.replace(|| poll(context, future.as_mut()))).await;
    labels.replace(|| {
        drop(build);
        future.set(None);
    });
    value
}

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
        note(&mut state.waiting, context);
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
            note(&mut state.working, context);
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

fn note(waker: &mut Option<Waker>, context: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(context.waker()),
        none => *none = Some(context.waker().clone()),
    }
}
