//! What another thread and `/proc` are asked with.

use crate::this_thread;
use std::fs::File;

pub(in super::super::super) struct Probe {
    /// `/proc/thread-self/ns`; with it held open a namespace is one short read. `None` where there is no `/proc`.
    pub(super) namespaces: Option<File>,
    /// A thread to compare with.
    pub(super) reference: i32,
    /// The reference is a thread that stays.
    pub(super) is_one_among_many: bool,
}

impl Probe {
    /// For this thread; `reference` is one that shares the process's files and directories.
    pub(in super::super::super) fn open(reference: i32) -> Probe {
        let namespaces = File::open("/proc/thread-self/ns").ok();
        Probe { namespaces, reference, is_one_among_many: true }
    }

    /// For a thread that is not ours: the reference is the main thread, or on the main thread any other.
    pub(in super::super::super) fn of_process() -> Probe {
        // SAFETY: no memory is passed.
        let main = unsafe { libc::getpid() };
        let this = this_thread::id();
        let reference = if this == main { other_thread(this).unwrap_or(main) } else { main };
        Probe { is_one_among_many: false, ..Probe::open(reference) }
    }
}

fn other_thread(this: i32) -> Option<i32> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let mut ids = threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.find(|id| *id != this)
}
