//! How shutdown signals are taken.

use super::cause::Cause;
use std::fmt;
use std::time::Duration;

/// How a shutdown is to be taken, see [`Shutdown::builder`](super::Shutdown::builder).
#[must_use = "a builder does nothing before `start`"]
pub struct ShutdownBuilder {
    pub(super) signals: Vec<i32>,
    pub(super) same_request: Duration,
    pub(super) drain_deadline: Option<Duration>,
    pub(super) overdue: Overdue,
}

/// What is done at the deadline.
#[derive(Default)]
pub(super) struct Overdue {
    /// None: 128 + N for signal N.
    pub(super) status: Option<u8>,
    pub(super) report: Option<Box<dyn FnOnce(Cause) + Send>>,
}

impl ShutdownBuilder {
    pub(super) fn new() -> Self {
        Self {
            signals: vec![libc::SIGINT, libc::SIGTERM],
            same_request: Duration::from_millis(100),
            drain_deadline: None,
            overdue: Overdue::default(),
        }
    }

    /// The signals that ask for the end; `SIGINT` and `SIGTERM` if not called. One that the parent of the process blocked is let
    /// through by a thread of ours. One that is ignored at the start stays ignored: `nohup` has asked for that, or the script
    /// that put the program in the background. A program that is to catch it all the same gives it its default action before.
    ///
    /// # Example
    /// ```
    /// use hooks_service::signals::Shutdown;
    ///
    /// let shutdown = Shutdown::builder().signals([libc::SIGHUP]).start()?;
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn signals(mut self, signals: impl IntoIterator<Item = i32>) -> Self {
        self.signals = signals.into_iter().collect();
        self
    }

    /// For how long after the first signal another one is the same request; 100 ms if not called, zero: never.
    ///
    /// A supervisor that signals both the process and its group (`timeout` of coreutils does) sends twice what was meant
    /// once. Nobody presses Ctrl-C twice in a tenth of a second.
    ///
    /// # Example
    /// ```
    /// use hooks_service::signals::Shutdown;
    /// use std::time::Duration;
    ///
    /// let shutdown = Shutdown::builder().same_request_within(Duration::ZERO).start()?;
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn same_request_within(mut self, time: Duration) -> Self {
        self.same_request = time;
        self
    }

    /// How long the program may drain. At the end of that time a line says so on standard error, with the stacks of all
    /// threads and the tasks that wait if the feature `stacks` is on, the flushers run ([`mod@hooks_runtime::exit`]) and the process
    /// ends. Without this it may take for ever, and so it may with a time that reaches beyond the clock, as [`Duration::MAX`].
    ///
    /// Draining ends with the process, or with [`Shutdown::stop`](super::Shutdown::stop); that tokens are dropped does not end it.
    ///
    /// # Example
    /// A service that has half a minute, logs what it cut off, and ends with the status of a temporary failure.
    /// ```
    /// use hooks_service::signals::Shutdown;
    /// use std::time::Duration;
    ///
    /// let shutdown = Shutdown::builder()
    ///     .drain_deadline(Duration::from_secs(30))
    ///     .on_overdue(|cause| eprintln!("{cause}: requests were cut off"))
    ///     .overdue_status(75)
    ///     .start()?;
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn drain_deadline(mut self, time: Duration) -> Self {
        self.drain_deadline = Some(time);
        self
    }

    /// The exit status of a process that did not drain in time; 128 + N for signal N if not called, 1 for a
    /// [`request`](super::Shutdown::request).
    pub fn overdue_status(mut self, status: u8) -> Self {
        self.overdue.status = Some(status);
        self
    }

    /// Called at the deadline before the flushers, on a thread of its own: to log which requests were cut off, say. It and the
    /// dump have 10 seconds together: the process may hang in a lock that they need.
    ///
    /// ```no_run
    /// use hooks_service::signals::Shutdown;
    /// use std::time::Duration;
    ///
    /// let builder = Shutdown::builder().drain_deadline(Duration::from_secs(20)).overdue_status(3);
    /// let shutdown = builder.on_overdue(|cause| eprintln!("not drained in time after {cause}")).start()?;
    /// # drop(shutdown);
    /// # Ok::<(), hooks_service::signals::Error>(())
    /// ```
    pub fn on_overdue(mut self, report: impl FnOnce(Cause) + Send + 'static) -> Self {
        self.overdue.report = Some(Box::new(report));
        self
    }
}

impl fmt::Debug for ShutdownBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownBuilder")
            .field("signals", &self.signals)
            .field("drain_deadline", &self.drain_deadline)
            .finish_non_exhaustive()
    }
}
