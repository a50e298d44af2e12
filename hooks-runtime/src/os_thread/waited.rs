//! A sync fn's body on another thread, while the caller waits. What it borrows stays borrowed until it has ended.

use super::context::Context;
use super::error::Error;
use super::plan::Plan;
use super::waiting::{self, Wait};
use super::work::Work;
use crate::labels::Labels;
use crate::mutex::lock;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

type Body<'a> = Box<dyn FnOnce() + Send + 'a>;

struct Waited {
    plan: Plan,
    body: Option<Body<'static>>,
    /// Of the caller's thread, for this.
    wait: Option<Wait>,
    latch: Arc<Latch>,
}

/// Opens when the work is gone: run or not, nothing of the body is left.
#[derive(Default)]
struct Latch {
    state: Mutex<Ended>,
    opened: Condvar,
}

#[derive(Default)]
struct Ended {
    gone: bool,
    refused: Option<Error>,
}

impl Latch {
    fn open(&self) {
        lock(&self.state).gone = true;
        self.opened.notify_all();
    }

    fn wait(&self) {
        let mut state = lock(&self.state);
        while !state.gone {
            state = self.opened.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Waits in `drop`, so that no way out of `run_and_wait` leads past it.
struct Waiting(Arc<Latch>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.wait();
    }
}

/// Sends `body` away with `submit` and returns what it returned there, or unwinds as it did there.
pub(super) fn run_and_wait<R: Send>(
    plan: Plan,
    body: impl FnOnce() -> R + Send,
    submit: impl FnOnce(Box<dyn Work>),
) -> R {
    let wait = waiting::begin(plan.place).unwrap_or_else(|error| error.panic(plan.site));
    let (context, labels) = (Context::current(), Labels::current());
    let mut result = None;
    let slot = &mut result;
    let body: Body<'_> = Box::new(move || {
        let body = || context.enter(|| labels.replace(body));
        *slot = Some(catch_unwind(AssertUnwindSafe(body)));
    });
    let latch = Arc::new(Latch::default());
    let waiting = Waiting(Arc::clone(&latch));
    // SAFETY: only the lifetime changes. What the body borrows is alive until `waiting` has been dropped, which waits
    // for the latch; the latch opens in `Waited`'s drop, after the body was run or dropped there.
    let body = unsafe { mem::transmute::<Body<'_>, Body<'static>>(body) };
    submit(Box::new(Waited { plan, body: Some(body), wait, latch: Arc::clone(&latch) }));
    drop(waiting);
    match result {
        Some(Ok(value)) => value,
        Some(Err(payload)) => resume_unwind(payload),
        None => lock(&latch.state).refused.take().unwrap_or(Error::ThreadEnded).panic(plan.site),
    }
}

impl Work for Waited {
    fn plan(&self) -> &Plan {
        &self.plan
    }

    fn perform(&mut self) {
        if let Some(body) = self.body.take() {
            body();
        }
    }

    fn refuse(&mut self, error: Error) {
        self.body = None;
        lock(&self.latch.state).refused = Some(error);
    }

    fn panicked(&self) -> bool {
        false
    }
}

impl Drop for Waited {
    fn drop(&mut self) {
        self.body = None;
        // Before the caller can wait for anything else.
        self.wait = None;
        self.latch.open();
    }
}
