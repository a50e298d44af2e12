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
/// it waited after that, the task that started it, and the labels in force at this call. Tasks that are pending, and that
/// nobody is left to wake, are told: they can never run again. That is so of a task that is given to an executor. One that another
/// future polls beside others, as `join!` and `timeout` do, may be polled because of those; then it is taken back, and the task
/// is not told again. Not seen is a task that holds a waker of its own, a waker that is forgotten
/// ([`mem::forget`](std::mem::forget)), and a task that went to another executor while wakers of the first were left.
///
/// A wake is recorded each time that a waker is asked to, also if the task was woken already, and not after its end.
///
/// Cost: 130 bytes. While no recorder runs, a poll loads one word. While one runs, the first poll allocates 40 bytes, which go with
/// the last waker.
///
/// The Go hook: `trace.NewTask`.
#[track_caller]
pub fn task<F: Future>(name: &'static str, future: F) -> Task<F> {
    let template = Template::new(&TASK_SITE, Place::new(Location::caller()));
    Polled::new(template, span::Task::new(Name::Call(name)), future)
}
