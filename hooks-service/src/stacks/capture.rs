//! Taking dumps: how, and what is done ahead.

use super::ask;
use super::dump::Dump;
use super::error::Error;
use super::tasks;
use std::time::{Duration, Instant};

/// How often it is looked whether somebody else's dump has ended.
const TURN: Duration = Duration::from_millis(20);

/// The stacks of all threads now. Short for [`Capture::new`]`.take()`.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// let dump = hooks_service::stacks::capture()?;
/// let main = dump.threads().iter().find(|thread| thread.id() == std::process::id()).unwrap();
/// println!("{} {:?}: {:?}", main.name(), main.state(), dump.frames(main).first());
/// dump.write_text(std::io::stderr())?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Cost
/// 17 to 40 µs a thread, of which it is interrupted for some 4 µs; the first dump also reads unwind tables, 10 to 80 ms. Names
/// are looked up by the writers: some 100 ms the first time, see [`Dump::write_text`]. Memory: 4.3 MiB for the copies, allocated
/// once, at the first dump or in [`prepare`]; what a dump holds, about 1 KiB a thread; and what the writers keep of debug
/// information and names, some 12 MB in a program of a few megabytes.
///
/// # Errors
/// Those of [`Capture::take`].
pub fn capture() -> Result<Dump, Error> {
    Capture::new().take()
}

/// Makes everything ready that a dump needs, so that the first one takes no longer than any: memory for the copies, the
/// signal, the unwind tables of what is loaded. Costs what the first dump would have, 10 to 80 ms: call it at the start.
///
/// # Errors
/// [`Error::NoSignal`], [`Error::Busy`], [`Error::Unsupported`] as their names say, [`Error::Kernel`] if a call fails.
pub fn prepare() -> Result<(), Error> {
    ask::prepare()
}

/// The signal that threads are asked with, 0 before the first dump and [`prepare`]: for a program that blocks all signals on its
/// threads, and is to leave this one open.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks;
///
/// stacks::prepare()?;
/// // SAFETY: fills a local set, and takes one signal out of it.
/// let mask = unsafe {
///     let mut mask = std::mem::zeroed();
///     libc::sigfillset(&mut mask);
///     libc::sigdelset(&mut mask, stacks::signal());
///     mask
/// };
/// # let _ = mask;
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
pub fn signal() -> i32 {
    ask::signal()
}

/// Keeps book of the futures under our attributes that wait, for the life of the process: from now on dumps have
/// [`tasks`](crate::stacks::Dump::tasks). At most `most` futures at a time, 16 million at the most; those beyond are counted. What
/// waits already is there once it has been polled again, so this belongs at the start of `main`.
///
/// On any executor; nothing is asked of tokio. A forked child asks anew; until it does its dumps have no tasks, and
/// then those of its parent wait there for ever.
///
/// `most` counts futures, not tasks: a task of three annotated futures, one in the other, takes three.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks;
///
/// stacks::watch_tasks(1_000_000)?;
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
///
/// # Cost
/// A poll that leaves a future pending: 5 ns; its first one and its drop: some 50 ns. 128 bytes for each future, taken from
/// the kernel as they are used, and 1.2 MiB for the groups of a dump, taken now. A thread that wakes ten times a second.
///
/// # Errors
/// Those of [`prepare`](crate::stacks::prepare), and [`Error::Kernel`] where there is no thread or no memory to be had. Called again it
/// does nothing.
pub fn watch_tasks(most: u32) -> Result<(), Error> {
    ask::prepare()?;
    tasks::watch(most)?;
    // Once more: now there are groups to make ready.
    ask::prepare()
}

/// How a dump is to be taken.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks::Capture;
/// use std::time::Duration;
///
/// let dump = Capture::new().patience(Duration::from_millis(200)).take()?;
/// # let _ = dump;
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it does nothing before `take`"]
pub struct Capture {
    interval: Duration,
    patience: Duration,
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl Capture {
    /// At most one dump a second, and a second of patience with each thread.
    pub fn new() -> Self {
        Self { interval: Duration::from_secs(1), patience: Duration::from_secs(1) }
    }

    /// The least time between the end of the last dump and the start of this one.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long to wait for a thread that does not answer. Threads that sleep and block the signal, or are stopped, are found
    /// out sooner. Those that wait in the kernel where no signal reaches them have this time together.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Takes the dump, on the calling thread, which is in it too.
    ///
    /// # Errors
    /// [`Error::Busy`] while another is being taken, [`Error::TooSoon`] within the interval, [`Error::ForeignHandler`] if
    /// someone took our signal, and those of [`prepare`].
    pub fn take(self) -> Result<Dump, Error> {
        ask::take(self.interval, self.patience)
    }

    /// Takes the dump when its turn has come: whoever takes one now is waited for, `limit` at most.
    pub(crate) fn take_in_turn(self, limit: Duration) -> Result<Dump, Error> {
        let start = Instant::now();
        loop {
            match self.take() {
                Err(Error::Busy) if start.elapsed() < limit => std::thread::sleep(TURN),
                result => return result,
            }
        }
    }
}
