//! Dumps on a signal: setting them up.

use super::error::Error;
use super::request::Requests;
use super::target::{OnSignal, Target};

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

impl OnSignal {
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
        Requests::start(&self)
    }
}
