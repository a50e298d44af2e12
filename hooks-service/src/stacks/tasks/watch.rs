//! Keeping book of the futures that wait.

use crate::process::fork::Owner;
use crate::stacks::error::Error;
use hooks_runtime::tasks::observe;
use std::thread;
use std::time::Instant;

/// The process in which a thread keeps the time. A forked child has that thread no more.
static KEEPER: Owner = Owner::nobody();

/// Whether dumps have tasks.
pub(in crate::stacks) fn is_watched() -> bool {
    KEEPER.is_this_process()
}

/// Sees to it that waiting futures are booked, and that a thread keeps the time.
pub(in crate::stacks) fn watch(most: u32) -> Result<(), Error> {
    if !observe::start(most) && observe::capacity() == 0 {
        let source = std::io::ErrorKind::OutOfMemory.into();
        return Err(Error::Kernel { call: "allocation of the table of tasks", source });
    }
    if !KEEPER.claim() {
        return Ok(());
    }
    let thread = thread::Builder::new().name("hooks-tasks".into()).spawn(keep_time);
    thread.map_err(Error::kernel("thread spawn")).inspect_err(|_| KEEPER.release())?;
    Ok(())
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
