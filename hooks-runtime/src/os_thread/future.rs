//! What an annotated `async fn` returns: it waits for the body, which is on its own thread.

use super::error::Error;
use super::exchange::{Exchange, Outcome};
use super::lock::{self, LockedThread};
use super::plan::{Place, Plan};
use super::scope::Scope;
use super::task::Task;
use super::work::{Work, belongs_here};
use super::{cache, main_thread, named, waited};
use crate::forked;
use crate::polled::Polled;
use crate::values::cell::Nothing;
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Nothing happens before the first poll, as with every `async fn`.
pub struct OnThread<B, F: Future> {
    plan: Plan,
    /// Known where the bounds were checked, so that they are not asked for, and told of, a second time.
    start: fn(Plan, B) -> Step<B, F>,
    step: Step<B, F>,
}

enum Step<B, F: Future> {
    Start(B),
    /// Called from a body that is on such a thread: polled in place, the lock counted once more.
    Here(ManuallyDrop<Here<F>>),
    There(Arc<Exchange<F::Output>>),
    Done,
}

struct Here<F> {
    future: Pin<Box<F>>,
    scope: Scope,
}

// SAFETY: `F` is the only part that may not be sent. It is inside `Here`, built on the thread that
// the scope has locked; `poll` and `drop` compare the thread before they touch it, and elsewhere leave it as it is. A `Scope`
// that is dropped on another thread than its own does nothing but report that.
unsafe impl<B: Send, F: Future<Output: Send>> Send for OnThread<B, F> {}

// The body is boxed or elsewhere.
impl<B, F: Future> Unpin for OnThread<B, F> {}

impl Plan {
    /// Emitted round the body of an `async fn`: `build` is called, and its future polled and dropped, on the thread
    /// that the plan says.
    pub fn future<B, F>(self, build: B) -> Polled<Nothing, (), OnThread<B, F>>
    where
        B: FnOnce() -> F + Send + 'static,
        F: Future<Output: Send + 'static> + 'static,
    {
        Polled::plain(self.site, (), OnThread { plan: self, start, step: Step::Start(build) })
    }

    /// Emitted round the body of a sync fn with `thread = ".."`: runs it there while this thread waits.
    ///
    /// # Panics
    /// As the body, and where the thread cannot be had.
    pub fn wait<R: Send>(self, body: impl FnOnce() -> R + Send) -> R {
        if belongs_here(self.place) || self.place == Place::Main && main_thread::is_main() {
            let _scope = self.scope();
            return body();
        }
        waited::run_and_wait(self, body, |work| self.submit(work))
    }

    fn submit(self, mut work: Box<dyn Work>) {
        if forked::is_child() {
            return work.refuse(Error::Forked);
        }
        match self.place {
            Place::Own => cache::submit(work),
            Place::Named(name) => named::submit(name, work),
            Place::Main => main_thread::submit(work),
        }
    }
}

/// Emitted for `token = t` where the body is elsewhere.
///
/// # Panics
/// Never, where the attribute put it.
pub fn token() -> LockedThread {
    LockedThread::current().expect("the body of an annotated fn is on a locked thread")
}

fn start<B, F>(plan: Plan, build: B) -> Step<B, F>
where
    B: FnOnce() -> F + Send + 'static,
    F: Future<Output: Send + 'static> + 'static,
{
    if belongs_here(plan.place) {
        let scope = plan.scope();
        let here = Here { future: Box::pin(build()), scope };
        return Step::Here(ManuallyDrop::new(here));
    }
    let task = Task::new(plan, build);
    let exchange = task.exchange();
    plan.submit(Box::new(task));
    Step::There(exchange)
}

impl<B, F: Future> Future for OnThread<B, F> {
    type Output = F::Output;

    /// # Panics
    /// As the body did; where its thread cannot be had; polled after its end, or on two threads.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if matches!(self.step, Step::Start(_)) {
            if let Step::Start(build) = mem::replace(&mut self.step, Step::Done) {
                self.step = (self.start)(self.plan, build);
            }
        }
        let site = self.plan.site;
        let polled = match &mut self.step {
            Step::Here(here) => {
                assert!(
                    here.scope.token().is_here(),
                    "{site}: begun on a locked thread and polled on another"
                );
                here.future.as_mut().poll(context)
            }
            Step::There(exchange) => exchange.poll(context).map(|outcome| match outcome {
                Outcome::Value(value) => value,
                Outcome::Panicked(payload) => resume_unwind(payload),
                Outcome::Refused(error) => error.panic(site),
            }),
            Step::Start(_) | Step::Done => panic!("{site}: polled after its end"),
        };
        if polled.is_ready() {
            self.finish();
        }
        polled
    }
}

impl<B, F: Future> OnThread<B, F> {
    fn finish(&mut self) {
        match mem::replace(&mut self.step, Step::Done) {
            Step::Here(here) => ManuallyDrop::into_inner(here).end(),
            Step::There(exchange) => exchange.cancel(),
            Step::Start(_) | Step::Done => {}
        }
    }
}

impl<F> Here<F> {
    /// Elsewhere the future is left as it is for good: its thread may have ended, and to drop it here would be unsound.
    fn end(self) {
        let Here { future, scope } = self;
        if scope.token().is_here() {
            drop(future);
        } else {
            lock::body_given_up(scope.token());
            mem::forget(future);
        }
        // After the future: what its locals change while they are dropped is the scope's too.
        drop(scope);
    }
}

impl<B, F: Future> Drop for OnThread<B, F> {
    /// Where the body is on its way, it is dropped on its own thread, at its next poll.
    fn drop(&mut self) {
        self.finish();
    }
}
