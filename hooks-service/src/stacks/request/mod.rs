//! Dumps on a signal, on Linux on x86-64 and aarch64.
//!
//! In: a signal, whose `handler` counts the request and wakes the thread of the `writer`. Out: dumps, taken by
//! [`ask`](super::ask), to an `output`: standard error, or files of which the `next` is open beforehand. One set up at a time in
//! a process.

mod handler;
mod next;
mod output;
mod writer;

use super::ask;
use super::error::Error;
use super::target::{Counts, Target};
use crate::process::chain::may_ask;
use crate::process::fork::{Owner, own_process};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use writer::Writer;

/// Who has dumps on a signal. A forked child has none of its own yet.
static OWNER: Owner = Owner::nobody();

/// Dumps on a signal that are set up. Dropping it leaves them so.
///
/// ```
/// use hooks_service::stacks::{Target, on_signal};
///
/// let requests = on_signal(libc::SIGUSR1, Target::stderr())?;
/// // .. later, where the service shows its figures:
/// println!("{} dumps, {} requests left out", requests.counts().written, requests.counts().left_out);
/// if let Some(error) = requests.last_error() {
///     println!("the last dump that failed: {error}");
/// }
/// # requests.stop();
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
#[derive(Debug)]
pub struct Requests {
    writer: Arc<Writer>,
    thread: JoinHandle<()>,
    process: u32,
}

impl Requests {
    pub(super) fn start(signal: i32, target: &Target, interval: Duration) -> Result<Self, Error> {
        if may_ask(signal).is_err() {
            return Err(Error::Signal { signal });
        }
        if !OWNER.claim() {
            return Err(Error::AlreadySetUp);
        }
        Self::set_up(signal, target, interval).inspect_err(|_| OWNER.release())
    }

    fn set_up(signal: i32, target: &Target, interval: Duration) -> Result<Self, Error> {
        ask::prepare()?;
        let writer = Arc::new(Writer::new(signal, target, interval)?);
        let thread = Arc::clone(&writer).spawn()?;
        let requests = Self { writer, thread, process: own_process() };
        if let Err(error) = handler::install(signal) {
            requests.end_thread();
            return Err(error);
        }
        Ok(requests)
    }

    /// What became of the requests so far.
    ///
    /// ```no_run
    /// # #[cfg(target_os = "linux")] {
    /// use hooks_service::stacks::{self, Target};
    ///
    /// let requests = stacks::on_signal(libc::SIGUSR1, Target::stderr())?;
    /// // .. the service runs ..
    /// println!("{:?}, last failure: {:?}", requests.counts(), requests.last_error());
    /// requests.stop();
    /// # }
    /// # Ok::<(), hooks_service::stacks::Error>(())
    /// ```
    pub fn counts(&self) -> Counts {
        self.writer.counts()
    }

    /// Why the last dump that failed did so. Standard error has a line of each.
    pub fn last_error(&self) -> Option<String> {
        self.writer.last_error()
    }

    /// The signal does what it did before, and the thread ends. Waits for a dump that is being
    /// written; one to a pipe or terminal that nobody reads is given up.
    ///
    /// In a forked child the parent's go on: the child's copy of this only has the signal do in the child what it did
    /// before.
    pub fn stop(self) {
        if self.process != own_process() {
            self.forget_parents();
            return;
        }
        handler::forget();
        self.end_thread();
        OWNER.release();
    }

    /// The event is the parent's too, and its thread is not here to be waited for.
    fn forget_parents(self) {
        if !OWNER.is_this_process() {
            handler::forget();
        }
        std::mem::forget(self);
    }

    fn end_thread(self) {
        self.writer.stop();
        let _ = self.thread.join();
    }
}
