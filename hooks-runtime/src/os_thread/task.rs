//! An async fn's body, built and polled on the thread that it was sent to.

use super::context::Context;
use super::error::Error;
use super::exchange::{Exchange, Outcome};
use super::plan::Plan;
use super::work::Work;
use crate::labels::Labels;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

pub(super) struct Task<B, R> {
    plan: Plan,
    context: Context,
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
            context: Context::current(),
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
        let ended = catch_unwind(AssertUnwindSafe(|| self.context.block_on(polled)));
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
        if self.build.is_some() {
            self.exchange.finish(Outcome::Refused(Error::ThreadEnded));
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
    let mut poll = |context: &mut TaskContext<'_>, future: Pin<&mut Option<F>>| {
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
