//! Keeping book of the futures that wait.

use crate::process::fork::Owner;
use crate::stacks::{Error, capture};
use hooks_runtime::tasks::observe;
use std::thread;
use std::time::Instant;

/// The process in which a thread keeps the time. A forked child has that thread no more.
static KEEPER: Owner = Owner::nobody();

/// Whether dumps have tasks.
pub(in crate::stacks) fn is_watched() -> bool {
    KEEPER.is_this_process()
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
    capture::prepare()?;
    if !observe::start(most) && observe::capacity() == 0 {
        let source = std::io::ErrorKind::OutOfMemory.into();
        return Err(Error::Kernel { call: "allocation of the table of tasks", source });
    }
    if !KEEPER.claim() {
        return Ok(());
    }
    let thread = thread::Builder::new().name("hooks-tasks".into()).spawn(keep_time);
    thread.map_err(Error::kernel("thread spawn")).inspect_err(|_| KEEPER.release())?;
    // Once more: now there are groups to make ready.
    capture::prepare()
}

/// Ticks as often as time has passed, however late this thread runs.
fn keep_time() {
    let start = Instant::now();
    let mut ticks = 0;
    loop {
        thread::sleep(observe::TICK);
        while observe::TICK * ticks < start.elapsed() {
            observe::tick();
            ticks += 1;
        }
    }
}
