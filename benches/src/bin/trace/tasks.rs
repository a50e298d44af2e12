//! Polls of a task that takes a waker and is woken by it, beside the same future that is no task.

use crate::ours::recorded;
use hooks_runtime::trace::task;
use measures::measure::Case;
use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

const CALLS: u32 = 100_000;

pub(crate) const PLAIN: &str = "a poll and its wake";
const OFF: &str = "a poll and its wake, of a task, off";
const ON: &str = "a poll and its wake, of a task";

/// What a poll with its wake may take more than that of a plain future.
pub(crate) const GOALS: [(&str, &str, f64); 2] = [("trace.task_off", OFF, 1.0), ("trace.task", ON, 60.0)];

pub(crate) fn cases() -> Vec<Case<'static>> {
    vec![
        Case::new(PLAIN, CALLS, polled(waits())),
        Case::new(OFF, CALLS, polled(task("waits", waits()))),
        recorded(ON, polled(task("waits", waits()))),
    ]
}

thread_local! {
    static KEPT: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// Keeps its waker, and is never ready.
fn waits() -> impl Future<Output = ()> + 'static {
    std::future::poll_fn(|context| {
        KEPT.set(Some(context.waker().clone()));
        Poll::Pending
    })
}

/// Counts, as little as an executor can do.
#[derive(Default)]
struct Executor(AtomicU64);

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls it and wakes it, through a vtable as an executor does.
fn polled(future: impl Future<Output = ()> + 'static) -> impl FnMut() + 'static {
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    let waker = Waker::from(Arc::new(Executor::default()));
    move || {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        if let Some(waker) = KEPT.take() {
            waker.wake();
        }
    }
}
