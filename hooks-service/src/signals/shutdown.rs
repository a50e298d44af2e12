//! The token of a shutdown, and waiting for it.

use super::builder::ShutdownBuilder;
use super::cause::{Cause, Error};
use super::state::{self, Hold};
use super::watcher;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

/// Tells whether the process was asked to end. Go: `signal.NotifyContext`.
///
/// Clones are tokens of the same shutdown. When the signals are given back, and what a forked child has, is told by the
/// [module](super).
///
/// # Cost
/// [`is_cancelled`](Self::is_cancelled) is a load. A clone is a reference count.
///
/// # Example
/// ```
/// use hooks_service::signals::{Cause, shutdown};
///
/// let shutdown = shutdown()?;
/// let worker = std::thread::spawn({
///     let shutdown = shutdown.clone();
///     move || while !shutdown.is_cancelled() { std::thread::yield_now() }
/// });
/// shutdown.request();
/// assert_eq!(shutdown.wait(), Cause::Requested);
/// worker.join().unwrap();
/// # Ok::<(), hooks_service::signals::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "dropping the last token before anyone asked for the end gives the signals back"]
pub struct Shutdown(pub(super) Hold);

/// A token of the shutdown of this process, which is started with the builder's defaults if it does not run. Cancelled already if
/// the process was asked to end.
///
/// # Errors
/// Those of [`ShutdownBuilder::start`].
///
/// # Example
/// ```
/// # async fn serve(_: impl Future<Output = ()>) {}
/// # async fn example() -> Result<(), hooks_service::signals::Error> {
/// let shutdown = hooks_service::signals::shutdown()?;
/// serve(async move { println!("ending: {}", shutdown.cancelled().await) }).await;
/// # Ok(())
/// # }
/// ```
pub fn shutdown() -> Result<Shutdown, Error> {
    state::join_or_start(|state| watcher::start(state, &mut ShutdownBuilder::new())).map(Shutdown)
}

impl ShutdownBuilder {
    /// Takes the signals. One that came before this acted as it did without us: begin `main` with it.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`] if they are taken, [`Error::Signal`] for one that cannot be caught or tells of a fault,
    /// [`Error::Kernel`] if there is no thread to be had, [`Error::Unsupported`] where there are no signals. No signal is taken
    /// then.
    ///
    /// # Cost
    /// A thread that sleeps, and nothing for a program that is not asked to end.
    pub fn start(mut self) -> Result<Shutdown, Error> {
        state::start(|state| watcher::start(state, &mut self)).map(Shutdown)
    }
}

impl Shutdown {
    /// A builder: `SIGINT` and `SIGTERM`, and no deadline.
    pub fn builder() -> ShutdownBuilder {
        ShutdownBuilder::new()
    }

    /// Whether the process was asked to end, or the signals were given back. Costs a load.
    pub fn is_cancelled(&self) -> bool {
        self.cause().is_some()
    }

    /// Why, if it was. Costs a load.
    pub fn cause(&self) -> Option<Cause> {
        self.0.cause()
    }

    /// Waits for it, on any executor. Go: `<-ctx.Done()`. The future holds the shutdown as a token does.
    ///
    /// # Cancel safety
    /// Dropped, it loses nothing: see [`Cancelled`].
    ///
    /// # Cost
    /// A lock and an entry in a map at each poll.
    ///
    /// # Example
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let shutdown = hooks_service::signals::shutdown()?;
    /// # shutdown.request();
    /// let next_connection = std::future::pending::<()>();
    /// tokio::select! {
    ///     () = next_connection => { /* serve it */ }
    ///     cause = shutdown.cancelled() => println!("no more connections: {cause}"),
    /// }
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn cancelled(&self) -> Cancelled {
        Cancelled { hold: self.0.clone(), place: None }
    }

    /// Waits for it, blocking this thread.
    ///
    /// # Example
    /// ```no_run
    /// let shutdown = hooks_service::signals::shutdown()?;
    /// let listener = std::thread::spawn(|| { /* accepts connections */ });
    /// println!("ending: {}", shutdown.wait());
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn wait(&self) -> Cause {
        loop {
            if let Some(cause) = self.0.wait(None) {
                return cause;
            }
        }
    }

    /// Waits for it, blocking this thread for `limit` at most: for a loop that has something to do now and then.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let shutdown = hooks_service::signals::shutdown()?;
    /// # let mut rounds = 0;
    /// while shutdown.wait_timeout(Duration::from_millis(1)).is_none() {
    ///     // write what has gathered
    /// #   rounds += 1;
    /// #   if rounds == 3 { shutdown.request() }
    /// }
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn wait_timeout(&self, limit: Duration) -> Option<Cause> {
        self.0.wait(Some(limit))
    }

    /// Calls `callback` when the process is asked to end, on a thread of ours; at once and on this thread if it was already. Go:
    /// `context.AfterFunc`.
    ///
    /// Callbacks run one after the other, so it should be short. One that panics is reported by the panic hook and does not keep
    /// the next from running; one that hangs does, and does not put off the [drain deadline](ShutdownBuilder::drain_deadline).
    ///
    /// It holds the shutdown until [`stop`](Self::stop), of which it is told too: the signals are caught also when all tokens
    /// have gone.
    ///
    /// # Example
    /// ```
    /// let shutdown = hooks_service::signals::shutdown()?;
    /// let (stop, stopped) = std::sync::mpsc::channel();
    /// shutdown.on_cancelled(move |cause| stop.send(cause).unwrap());
    /// shutdown.request();
    /// println!("ending: {}", stopped.recv().unwrap());
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn on_cancelled(&self, callback: impl FnOnce(Cause) + Send + 'static) {
        self.0.call(Box::new(callback));
    }

    /// A token of tokio-util that is cancelled with this one. It holds the shutdown until [`stop`](Self::stop), since nobody sees
    /// it go.
    ///
    /// # Example
    /// ```
    /// let shutdown = hooks_service::signals::shutdown()?;
    /// let token = shutdown.cancellation_token();
    /// assert!(!token.is_cancelled());
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    #[cfg(feature = "tokio")]
    pub fn cancellation_token(&self) -> tokio_util::sync::CancellationToken {
        // A child: to cancel it does not cancel what others hold.
        self.0.cancellation_token().child_token()
    }

    /// Begins the shutdown as a signal would, for an end that the program decides on itself. Go: the `stop` that cancels the
    /// context. What was cancelled stays so; the cause is the first one's. The first signal after it is taken for the same
    /// request, the next one ends the process.
    ///
    /// # Example
    /// ```
    /// use hooks_service::signals::{Cause, shutdown};
    ///
    /// let shutdown = shutdown()?;
    /// shutdown.request();
    /// assert_eq!(shutdown.wait(), Cause::Requested);
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn request(&self) {
        self.0.request();
    }

    /// The status by which a shell tells that a signal ended the process: 128 + N. Zero if none did.
    ///
    /// A service that drained returns `ExitCode::SUCCESS` from `main`; a tool in a pipeline returns this.
    ///
    /// # Example
    /// ```
    /// use std::process::ExitCode;
    ///
    /// fn main() -> ExitCode {
    ///     let shutdown = hooks_service::signals::shutdown().expect("nobody else takes the signals");
    ///     // work, until there is none or `shutdown.is_cancelled()`
    ///     shutdown.exit_code()
    /// }
    /// ```
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.cause().map_or(0, Cause::exit_status))
    }

    /// Gives the signals back to whoever had them before, for all tokens, and cancels those that were not. The drain
    /// deadline is off. Our handlers stay where they are, and hand on what comes: so nothing is lost between, whoever has come over
    /// them since. A signal that came just before, and of which nobody has heard, is delivered again. Go: the `stop` that `NotifyContext` returns.
    ///
    /// # Example
    /// ```
    /// use hooks_service::signals::{Cause, shutdown};
    ///
    /// let shutdown = shutdown()?;
    /// let other = shutdown.clone();
    /// shutdown.stop();
    /// assert_eq!(other.cause(), Some(Cause::Stopped));
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn stop(self) {
        self.0.stop();
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown").field("cause", &self.cause()).finish_non_exhaustive()
    }
}

/// The future of [`Shutdown::cancelled`]. Runs on any executor. Holds the
/// shutdown as a token does.
///
/// # Cancel safety
/// Dropping it loses nothing: the next one is ready at once if the shutdown was cancelled meanwhile.
#[must_use = "a future does nothing before it is awaited"]
pub struct Cancelled {
    hold: Hold,
    place: Option<u64>,
}

impl Future for Cancelled {
    type Output = Cause;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Cause> {
        let Self { hold, place } = &mut *self;
        hold.poll(place, context.waker()).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.hold.forget(place);
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}
