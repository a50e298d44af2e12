//! Dumps on a signal: how they are to be.

use super::error::Error;
use super::request::Requests;
use super::target::Target;
use std::time::Duration;

/// Has a dump written to `target` at each `signal`, at most one in 30 seconds. Short for [`OnSignal::new`]`.start()`.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks::{self, Target};
///
/// stacks::on_signal(libc::SIGUSR1, Target::stderr())?; // kill -USR1 PID
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
///
/// What Go does on `SIGQUIT`, except that the process lives on.
///
/// # Errors
/// Those of [`OnSignal::start`].
pub fn on_signal(signal: i32, target: Target) -> Result<Requests, Error> {
    OnSignal::new(signal, target).start()
}

/// How dumps on a signal are to be, see [`on_signal`](super::on_signal()).
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks::{OnSignal, Target};
/// use std::time::Duration;
///
/// OnSignal::new(libc::SIGUSR2, Target::stderr()).interval(Duration::from_secs(5)).start()?;
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing before `start`"]
pub struct OnSignal {
    signal: i32,
    target: Target,
    interval: Duration,
}

impl OnSignal {
    /// At most one dump in 30 seconds.
    pub fn new(signal: i32, target: Target) -> Self {
        Self { signal, target, interval: Duration::from_secs(30) }
    }

    /// The least time between the end of a dump and the next. What is asked for meanwhile is left out and counted.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets it up, for the life of the process or until [`Requests::stop`]. A handler that the signal has already is called
    /// after ours, at each signal.
    ///
    /// The handler counts the request and wakes a thread, named `hooks-stacks`, that takes and writes the dump with
    /// lower priority than others; so it may be sent as often as one likes.
    ///
    /// # Errors
    /// [`Error::Signal`], [`Error::AlreadySetUp`], and those of [`prepare`](super::prepare): all that a dump needs is made
    /// ready here. [`Error::Kernel`] also where the folder cannot be written to.
    pub fn start(self) -> Result<Requests, Error> {
        Requests::start(self.signal, &self.target, self.interval)
    }
}
