//! Keeping book of the futures that wait.

use crate::stacks::{Error, capture};
use hooks_runtime::tasks::observe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

static WATCHED: AtomicBool = AtomicBool::new(false);

/// Whether dumps have tasks.
pub(in crate::stacks) fn is_watched() -> bool {
    WATCHED.load(Ordering::Acquire)
}

/// Keeps book of the futures under our attributes that wait, for the life of the process: from now on dumps have
/// [`tasks`](crate::stacks::Dump::tasks). At most `most` futures at a time, 16 million at the most; those beyond are counted. What
/// waits already is there once it has been polled again, so this belongs at the start of `main`.
///
/// On any executor; nothing is asked of tokio.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks;
///
/// stacks::watch_tasks(500_000)?;
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
    if is_watched() {
        return Ok(());
    }
    if observe::start(most) {
        thread::Builder::new()
            .name("hooks-tasks".into())
            .spawn(keep_time)
            .map_err(Error::kernel("thread spawn"))?;
        WATCHED.store(true, Ordering::Release);
        // Once more: now there are groups to make ready.
        return capture::prepare();
    }
    let source = std::io::ErrorKind::OutOfMemory.into();
    if is_watched() {
        Ok(())
    } else {
        Err(Error::Kernel { call: "allocation of the table of tasks", source })
    }
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
