//! Whoever calls an annotated fn whose body is elsewhere: it sends the body away and waits, as a future or on its thread.

use super::dedicated;
use super::lock::{LockedThread, Scope, body_given_up};
use super::plan::{Error, Place, Plan};
use super::runtime::Runtime;
use super::task::{Exchange, Outcome, Task};
use super::worker::{Work, belongs_here, is_main, place, refuse, submit_to_main, submit_to_named};
use crate::labels::Labels;
use crate::mutex::{lock, wait};
use crate::panics::contain;
use crate::polled::Polled;
use crate::process;
use crate::values::cell::Nothing;
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{self, Poll};

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
        if belongs_here(self.place) || self.place == Place::Main && is_main() {
            let _scope = self.scope();
            return body();
        }
        run_and_wait(self, body, |work| self.submit(work))
    }

    fn submit(self, work: Box<dyn Work>) {
        if process::is_child() {
            return refuse(work, Error::Forked);
        }
        match self.place {
            Place::Own => dedicated::submit(work),
            Place::Named(name) => submit_to_named(name, work),
            Place::Main => submit_to_main(work),
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
    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
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
            body_given_up(scope.token());
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
            state = wait(&self.opened, state, None);
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
fn run_and_wait<R: Send>(
    plan: Plan,
    body: impl FnOnce() -> R + Send,
    submit: impl FnOnce(Box<dyn Work>),
) -> R {
    let wait = begin_to_wait(plan.place).unwrap_or_else(|error| error.panic(plan.site));
    let (runtime, labels) = (Runtime::current(), Labels::current());
    let mut result = None;
    let slot = &mut result;
    let body: Body<'_> = Box::new(move || {
        let body = || runtime.enter(|| labels.replace(body));
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
        lock(&self.latch.state).refused = Some(error);
    }

    fn panicked(&self) -> bool {
        false
    }
}

impl Drop for Waited {
    fn drop(&mut self) {
        // Its captures may panic when they are dropped, and the caller has to go on all the same.
        contain(|| self.body = None);
        // Before the caller can wait for anything else.
        self.wait = None;
        self.latch.open();
    }
}

/// The thread that waits, and the one that it waits for. Each waits for one at most.
static WAITS: Mutex<Vec<(Place, Place)>> = Mutex::new(Vec::new());

/// The thread `from` waits for work on another until this is dropped, which the other one does before it goes on: every
/// entry is of a thread that cannot go on by itself.
struct Wait {
    from: Place,
}

/// Before this thread waits for work on the thread `to`. `None` where nobody can be waiting for this thread in turn, as it
/// has no name.
fn begin_to_wait(to: Place) -> Result<Option<Wait>, Error> {
    let Some(from) = place().filter(|from| *from != Place::Own && !process::is_child()) else {
        return Ok(None);
    };
    let mut waits = lock(&WAITS);
    if let Some(circle) = circle(&waits, from, to) {
        return Err(Error::WaitsForItself(circle));
    }
    waits.push((from, to));
    Ok(Some(Wait { from }))
}

/// The threads from `from` over `to` back to `from`, if they wait like that. It ends, as `waits` has no circle yet.
fn circle(waits: &[(Place, Place)], from: Place, to: Place) -> Option<Vec<Place>> {
    let mut circle = vec![from, to];
    let mut last = to;
    while last != from {
        last = waits.iter().find(|(waiting, _)| *waiting == last)?.1;
        circle.push(last);
    }
    Some(circle)
}

impl Drop for Wait {
    fn drop(&mut self) {
        // In a forked child nobody waits, and whoever had the lock is not there to give it back.
        if !process::is_child() {
            lock(&WAITS).retain(|(from, _)| *from != self.from);
        }
    }
}
