//! A task where there is no fn to annotate.

use super::span::{self, Name};
use crate::polled::{Polled, Template};
use crate::values::cell::Place;
use std::future::Future;
use std::panic::Location;

/// Marks its frame.
static TASK_SITE: &str = "task";

/// What [`task`] returns.
pub type Task<F> = Polled<Place, span::Task, F>;

/// A future that is a task of this name in traces, and in dumps a task at the line of this call: for what has no fn to annotate.
///
/// ```
/// use hooks_runtime::trace::task;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// tokio::spawn(task("drain", async { /* drain the queue */ })).await.unwrap();
/// # });
/// ```
///
/// A task has a track of its own in a trace, from this call to its end: when it was polled and where, who woke it and how long
/// it waited after that, the task that it began in, and the labels in force at this call (of one that was there before the
/// recorder, at its first poll since). A wake is recorded each time that a waker is asked to, also if the task was woken already,
/// and not after its end.
///
/// # Leaked tasks
/// A task that is pending, was not woken, and whose wakers are all gone can never run again: that is told, and counted. It is
/// certain of a task that is given to an executor. One that another future polls beside others, as `join!` and `timeout` do,
/// may be polled because of those; where it is, it is taken back, and that task is not told again. No leak is one whose waker is
/// somewhere: at a channel that nobody sends to, in the task itself (where `tokio::sync::Notify` keeps it), forgotten
/// ([`mem::forget`](std::mem::forget)). Nor is one told that went to another executor while wakers of the first were left, or that
/// was there before the recorder and was not woken since.
///
/// # Cost
/// 112 bytes. While no recorder runs, a poll loads one word more than a [`watched`](crate::tasks::watched()) one. While one runs:
/// an allocation of 40 bytes at the first poll, which goes with the last waker, and three records for a poll and its wake.
///
/// The Go hook: `trace.NewTask`.
#[track_caller]
pub fn task<F: Future>(name: &'static str, future: F) -> Task<F> {
    let template = Template::new(&TASK_SITE, Place::new(Location::caller()));
    Polled::new(template, span::Task::new(Name::Call(name)), future)
}
