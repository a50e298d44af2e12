//! A job that goes to a worker, with the labels of who gave it.

use super::{Labeled, Labels, WithLabels, observe};
use crate::trace::current::{Current, Started};
use std::fmt;
use std::future::Future;

/// A job with the labels that were in force where it was made: what is sent over a channel to a worker that is there
/// already, to a pool of connections' threads, to an actor.
///
/// Labels belong to a thread, and a worker has none, or those of the job before. [`spawn`](super::spawn) carries labels to
/// a thread or task that is started; this carries them to one that is not.
///
/// ```
/// use hooks_runtime::labels::{Carried, Labels};
/// use std::sync::mpsc;
///
/// #[hooks_runtime::labeled(route)]
/// fn handle(route: &str, jobs: &mpsc::Sender<Carried<u32>>) {
///     jobs.send(Carried::new(7)).unwrap();
/// }
///
/// let (jobs, inbox) = mpsc::channel::<Carried<u32>>();
/// let worker = std::thread::spawn(move || {
///     for job in inbox {
///         job.run(|number| assert_eq!(format!("{number} for {}", Labels::current()), "7 for route=/orders"));
///     }
/// });
/// handle("/orders", &jobs);
/// drop(jobs);
/// worker.join().unwrap();
/// ```
///
/// A job that is dropped without having run drops with its labels in force.
///
/// Cost: one [`Labels::current`] to make it (150 ns), a scope to run it (1 to 2 ns), 48 bytes in the channel.
///
/// The Go hook: a `context.Context` in the message, and `pprof.SetGoroutineLabels(ctx)` in the worker.
#[must_use = "a job that is dropped is not run"]
pub struct Carried<T> {
    job: WithLabels<T>,
    /// Of a trace: who sends it.
    span: Current,
}

impl<T> Carried<T> {
    /// `job` with the labels that are in force here.
    pub fn new(job: T) -> Self {
        Carried { job: job.carried(), span: Current::started() }
    }

    /// The labels that it has with it.
    pub fn labels(&self) -> Labels {
        self.job.labels()
    }

    /// The job, for those who order or count jobs.
    pub fn job(&self) -> &T {
        self.job.get_ref()
    }

    /// The job without its labels.
    pub fn into_job(self) -> T {
        self.job.into_inner()
    }

    /// Calls `work` with the job, its labels in force *instead of* those of this thread.
    pub fn run<R>(self, work: impl FnOnce(T) -> R) -> R {
        observe::thread_started();
        let (labels, span) = (self.labels(), self.span);
        let job = self.into_job();
        span.run(|| labels.replace(|| work(job)))
    }

    /// The same for an async worker: `work` is called here, and the future that it makes has the labels in force in each
    /// poll and its drop.
    ///
    /// ```
    /// use hooks_runtime::labels::{Carried, Labels};
    ///
    /// # futures::executor::block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let job = labels.scope(|| Carried::new("mail"));
    /// let done = job.run_async(|job| async move { format!("{job} for {}", Labels::current()) }).await;
    /// assert_eq!(done, "mail for route=/orders");
    /// # });
    /// ```
    pub fn run_async<F: Future>(self, work: impl FnOnce(T) -> F) -> WithLabels<Started<F>> {
        let (labels, span) = (self.labels(), self.span);
        span.over(self.run(work)).labeled_instead(labels)
    }
}

/// For channels that give a job to each of their receivers: all have its labels.
impl<T: Clone> Clone for Carried<T> {
    fn clone(&self) -> Self {
        let job = self.job().clone().labeled_instead(self.labels());
        Carried { job, span: self.span }
    }
}

impl<T: fmt::Debug> fmt::Debug for Carried<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("labels", &self.labels()).field("job", self.job()).finish()
    }
}
