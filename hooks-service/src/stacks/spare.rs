//! Descriptors that are kept open for the moment at which a process has none left.
//!
//! Programs close descriptors that are not theirs, such as all from 3 on, and get the numbers anew. So what has the number of a
//! descriptor of ours is looked at before it is used.

use crate::process::descriptor::Guarded;
use std::fs::File;
use std::sync::Mutex;

/// Never waited for: a child that was forked while it was locked has none.
static SPARE: Mutex<Option<Guarded>> = Mutex::new(None);

/// Has a spare descriptor from now on, if there is one to be had.
pub(super) fn keep_spare() {
    let Ok(mut spare) = SPARE.try_lock() else { return };
    if spare.is_none() {
        // Something that nobody else has open.
        *spare = File::open("/proc/self/task").and_then(|folder| Guarded::new(folder.into())).ok();
    }
}

/// Gives the spare descriptor up for as long as `work` takes: that can have one open at a time, unless another thread is
/// quicker to take it.
pub(super) fn with_spare<T>(work: impl FnOnce() -> T) -> T {
    drop(SPARE.try_lock().ok().and_then(|mut spare| spare.take()));
    let result = work();
    keep_spare();
    result
}
