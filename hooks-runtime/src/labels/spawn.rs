//! Starting work elsewhere with the labels that are in force here.
//!
//! Labels belong to a thread or a task; where one starts another they would be lost. Each helper takes
//! [`Labels::current`] and has them in force in the new thread, task or closure *instead of* whatever that thread had.
//! Go does the same for every `go` statement.
//!
//! What is carried is a set, some hundred bytes that the thread or task holds until its end. A key whose values come from
//! outside (a tenant, a request id) is better [`bound`](super::bound), for the sake of those who read labels.
//!
//! The helpers also tell observers that the thread has started, so that a profiler samples it from there on; and in a trace
//! the task that calls one is the parent of those that begin in what it starts, which is not so of what is done by hand.
//!
//! What goes to a worker that is there already is sent as a [`Carried`] job; a future, a stream or a parallel
//! iterator that goes elsewhere is [`carried`](super::Labeled::carried); what somebody else spawns for you is a [`callback`].
//! By hand: [`Labels::current`] here, [`Labels::replace`] or [`Labeled::labeled_instead`](super::Labeled::labeled_instead)
//! there. Work that was *not* started by one of these and runs nested inside labelled work of its thread (a job that a
//! waiting rayon worker steals) is seen with those labels.
//!
//! Cost: one [`Labels::current`] here (a few allocations: 150 ns), a scope there (1 to 2 ns).
//!
//! The Go hook: the `go` statement, which hands on what `pprof.SetGoroutineLabels` or `pprof.Do` have set.

use super::{Carried, Labels, WithLabels, observe};
use crate::trace::current::{Current, Started};
use std::future::Future;
use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

pub(crate) fn carried<R>(work: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let (labels, span) = (Labels::current(), Current::started());
    move || {
        observe::thread_started();
        span.run(|| labels.replace(work))
    }
}

/// [`std::thread::spawn`] with the labels in force here.
///
/// # Panics
/// As `std::thread::spawn`: where the system cannot start a thread.
///
/// ```
/// use hooks_runtime::labels::{self, Labels};
///
/// let labels = hooks_runtime::labels! { "route" => "/orders" };
/// let seen = labels.scope(|| labels::spawn::thread(Labels::current).join().unwrap());
/// assert_eq!(seen, labels);
/// ```
pub fn thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    std::thread::spawn(carried(work))
}

/// [`std::thread::Builder::spawn`] with the labels in force here.
///
/// ```
/// use hooks_runtime::labels::{self, Labels};
/// use std::thread::Builder;
///
/// let labels = hooks_runtime::labels! { "route" => "/orders" };
/// let builder = Builder::new().name("audit".into());
/// let thread = labels.scope(|| labels::spawn::named_thread(builder, Labels::current))?;
/// assert_eq!(thread.join().unwrap(), labels);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Where the system cannot start a thread.
pub fn named_thread<R: Send + 'static>(
    builder: Builder,
    work: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    builder.spawn(carried(work))
}

/// [`std::thread::Scope::spawn`] with the labels in force here.
///
/// ```
/// use hooks_runtime::labels::{self, Labels};
///
/// let labels = hooks_runtime::labels! { "route" => "/orders" };
/// let seen = labels.scope(|| {
///     std::thread::scope(|scope| labels::spawn::scoped_thread(scope, Labels::current).join().unwrap())
/// });
/// assert_eq!(seen, labels);
/// ```
pub fn scoped_thread<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    scope.spawn(carried(work))
}

/// An async callback with the labels in force here, for who spawns it by himself: in the call, and in each poll and the drop
/// of its future. axum's `WebSocketUpgrade::on_upgrade` does:
///
/// ```text
/// async fn chat(upgrade: WebSocketUpgrade) -> Response {
///     upgrade.on_upgrade(labels::spawn::callback(talk))
/// }
///
/// async fn talk(socket: WebSocket) { .. }
/// ```
///
/// ```
/// use hooks_runtime::labels::{self, Labels};
///
/// let labels = hooks_runtime::labels! { "route" => "/chat" };
/// let talk = async |socket: u32| format!("{socket} of {}", Labels::current());
/// let callback = labels.scope(|| labels::spawn::callback(talk));
/// let talked = std::thread::spawn(|| futures::executor::block_on(callback(7))).join().unwrap();
/// assert_eq!(talked, "7 of route=/chat");
/// ```
pub fn callback<T, F: Future>(work: impl FnOnce(T) -> F) -> impl FnOnce(T) -> WithLabels<Started<F>> {
    let carried = Carried::new(work);
    move |argument| carried.run_async(|work| work(argument))
}

#[cfg(feature = "tokio")]
pub use on_tokio::*;

#[cfg(feature = "tokio")]
mod on_tokio {
    use super::carried;
    use crate::labels::{Labeled, Labels};
    use crate::trace::current::Current;
    use std::future::Future;
    use tokio::task::{AbortHandle, JoinHandle, JoinSet};

    /// As [`carried`], for futures.
    fn started<F: Future>(future: F) -> impl Future<Output = F::Output> {
        Current::started().over(future).labeled_instead(Labels::current())
    }

    /// [`tokio::spawn`] with the labels in force here.
    ///
    /// # Panics
    /// As `tokio::spawn`: outside of a runtime.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let task = labels.scope(|| labels::spawn::task(async { Labels::current() }));
    /// assert_eq!(task.await.unwrap(), labels);
    /// # });
    /// ```
    #[track_caller]
    pub fn task<F: Future<Output: Send> + Send + 'static>(future: F) -> JoinHandle<F::Output> {
        tokio::spawn(started(future))
    }

    /// [`tokio::task::spawn_local`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # tokio::task::LocalSet::new().block_on(&runtime, async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let here = std::rc::Rc::new(1); // need not be `Send`
    /// let task = labels.scope(|| labels::spawn::local_task(async move { (*here, Labels::current()) }));
    /// assert_eq!(task.await.unwrap(), (1, labels));
    /// # });
    /// ```
    ///
    /// # Panics
    /// As `spawn_local`: outside of a `LocalSet`.
    #[track_caller]
    pub fn local_task<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
        tokio::task::spawn_local(started(future))
    }

    /// [`tokio::task::spawn_blocking`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let work = labels.scope(|| labels::spawn::blocking(Labels::current));
    /// assert_eq!(work.await.unwrap(), labels);
    /// # });
    /// ```
    ///
    /// # Panics
    /// As `spawn_blocking`: outside of a runtime.
    #[track_caller]
    pub fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        tokio::task::spawn_blocking(carried(work))
    }

    /// [`JoinSet::spawn`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let mut set = tokio::task::JoinSet::new();
    /// labels.scope(|| labels::spawn::in_set(&mut set, async { Labels::current() }));
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), labels);
    /// # });
    /// ```
    ///
    /// # Panics
    /// As `JoinSet::spawn`: outside of a runtime.
    #[track_caller]
    pub fn in_set<F>(set: &mut JoinSet<F::Output>, future: F) -> AbortHandle
    where
        F: Future<Output: Send> + Send + 'static,
    {
        set.spawn(started(future))
    }

    /// [`JoinSet::spawn_blocking`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let mut set = tokio::task::JoinSet::new();
    /// labels.scope(|| labels::spawn::blocking_in_set(&mut set, Labels::current));
    /// assert_eq!(set.join_next().await.unwrap().unwrap(), labels);
    /// # });
    /// ```
    ///
    /// # Panics
    /// As `JoinSet::spawn_blocking`: outside of a runtime.
    #[track_caller]
    pub fn blocking_in_set<R: Send + 'static>(
        set: &mut JoinSet<R>,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> AbortHandle {
        set.spawn_blocking(carried(work))
    }
}

#[cfg(feature = "rayon")]
pub use on_rayon::*;

#[cfg(feature = "rayon")]
mod on_rayon {
    use super::carried;
    use crate::labels::{Labels, observe};
    use crate::trace::current::Current;
    use rayon::{Scope, ThreadPool};

    /// [`rayon::spawn`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// labels.scope(|| labels::spawn::in_pool(move || sender.send(Labels::current()).unwrap()));
    /// assert_eq!(receiver.recv().unwrap(), labels);
    /// ```
    pub fn in_pool(work: impl FnOnce() + Send + 'static) {
        rayon::spawn(carried(work));
    }

    /// [`ThreadPool::install`] with the labels in force here.
    ///
    /// Closures given to parallel iterators run on other threads again: make those
    /// [`carried`](crate::labels::Labeled::carried).
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let seen = labels.scope(|| labels::spawn::installed(&pool, Labels::current));
    /// assert_eq!(seen, labels);
    /// ```
    pub fn installed<R: Send>(pool: &ThreadPool, work: impl FnOnce() -> R + Send) -> R {
        pool.install(carried(work))
    }

    /// [`rayon::join`] with the labels in force here for both closures.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels};
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let seen = labels.scope(|| labels::spawn::join(Labels::current, Labels::current));
    /// assert_eq!(seen, (labels.clone(), labels));
    /// ```
    pub fn join<A: Send, B: Send>(
        left: impl FnOnce() -> A + Send,
        right: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        rayon::join(carried(left), carried(right))
    }

    /// [`rayon::scope`] with the labels in force here for the closure itself; its tasks get theirs from [`in_scope`].
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels, spawn};
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let mut seen = [const { Labels::none() }; 2];
    /// let [first, second] = &mut seen;
    /// labels.scope(|| {
    ///     spawn::scope(|scope| {
    ///         spawn::in_scope(scope, |_| *first = Labels::current());
    ///         *second = Labels::current();
    ///     });
    /// });
    /// assert_eq!(seen, [labels.clone(), labels]);
    /// ```
    pub fn scope<'scope, R: Send>(work: impl FnOnce(&Scope<'scope>) -> R + Send) -> R {
        rayon::scope(carried_with(work))
    }

    /// [`rayon::Scope::spawn`] with the labels in force here.
    ///
    /// ```
    /// use hooks_runtime::labels::{self, Labels, spawn};
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let mut seen = Labels::none();
    /// rayon::scope(|scope| labels.scope(|| spawn::in_scope(scope, |_| seen = Labels::current())));
    /// assert_eq!(seen, labels);
    /// ```
    pub fn in_scope<'scope>(scope: &Scope<'scope>, work: impl FnOnce(&Scope<'scope>) + Send + 'scope) {
        scope.spawn(carried_with(work));
    }

    /// As [`carried`], for closures that take their scope.
    fn carried_with<'scope, R>(work: impl FnOnce(&Scope<'scope>) -> R) -> impl FnOnce(&Scope<'scope>) -> R {
        let (labels, span) = (Labels::current(), Current::started());
        move |scope| {
            observe::thread_started();
            span.run(|| labels.replace(|| work(scope)))
        }
    }
}
