//! The kernel's numbers of threads.

/// Ids of this process's threads, sorted. `None` if they cannot be listed, for want of a descriptor for instance.
pub(crate) fn thread_ids() -> Option<Vec<libc::pid_t>> {
    let id = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    let mut ids: Vec<_> = std::fs::read_dir("/proc/self/task").ok()?.map(id).collect::<Option<_>>()?;
    ids.sort_unstable();
    Some(ids)
}

/// When a thread started, in the kernel's ticks since boot; `None` if it has ended or cannot be looked at.
pub(crate) fn born(tid: libc::pid_t) -> Option<u64> {
    let text = std::fs::read(format!("/proc/self/task/{tid}/stat")).ok()?;
    // The name may hold anything, brackets and spaces among it; the fields after it are numbers. The 22nd is the start.
    let text = String::from_utf8_lossy(&text);
    text.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Id of the calling thread. Async-signal-safe.
pub(crate) fn own_id() -> libc::pid_t {
    // Not `gettid`: C libraries older than its wrapper are in use. SAFETY: always succeeds and touches nothing.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    libc::pid_t::try_from(id).unwrap_or(0)
}
