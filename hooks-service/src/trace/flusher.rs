//! What the way out of the process does for a trace that nobody has stopped: it is ended, and its writer flushed.

use super::stream::Shared;
use crate::process::PerProcess;
use crate::process::fork::own_process;
use hooks_runtime::__service::flushers::{Entry, add, remove};
use std::sync::Arc;
use std::time::Duration;

/// The trace that runs, and how long its writer may take nothing.
static CURRENT: PerProcess<Option<Current>> = PerProcess::new();

#[derive(Clone)]
struct Current {
    shared: Arc<Shared>,
    patience: Duration,
    process: u32,
}

/// The last of all: what other flushers do is in the trace.
static FLUSHER: Entry = Entry::new(&SITE, i32::MAX, 10_000, flush);
static SITE: &str = concat!("at_exit(timeout=10s) ", module_path!(), "::flush ", file!(), ":", line!());

/// This one is to be ended at the exit.
pub(super) fn watch(shared: &Arc<Shared>, patience: Duration) {
    let current = Current { shared: Arc::clone(shared), patience, process: own_process() };
    CURRENT.with(|kept| *kept = Some(current));
    add(&FLUSHER);
}

/// It has ended.
pub(super) fn forget(shared: &Arc<Shared>) {
    let is_it = |kept: &Current| Arc::ptr_eq(&kept.shared, shared);
    if CURRENT.with(|kept| kept.take_if(|kept| is_it(kept)).is_some()) {
        remove(&FLUSHER);
    }
}

fn flush() -> Option<String> {
    /// The exit has a bound of its own.
    const MOST: Duration = Duration::from_secs(5);
    let current = CURRENT.with(|kept| kept.clone())?;
    // A forked child has a copy, and not the thread that writes.
    if current.process != own_process() {
        return None;
    }
    current.shared.ask_to_end();
    current.shared.wait_for_end(current.patience.min(MOST)).err().map(|error| error.to_string())
}
