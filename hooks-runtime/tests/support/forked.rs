//! A forked child that does a part of a test.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a child exits with that panicked.
const PANICKED: c_int = 99;

/// Runs `child` in a forked process, which exits with what it gives. Its number, and how it ended, as `waitpid` tells.
pub(crate) fn ended(child: impl FnOnce() -> c_int) -> (libc::pid_t, c_int) {
    // SAFETY: the child does what a child of a threaded process must not rely on in general (it allocates), which the C
    // library allows; it ends without the test harness.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let status = catch_unwind(AssertUnwindSafe(child)).unwrap_or(PANICKED);
        // SAFETY: ends the child without the test harness's exit handlers.
        unsafe { libc::_exit(status) }
    }
    let mut status = 0;
    // SAFETY: waits for our own child; a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    (pid, status)
}

/// The same; what it exited with.
pub(crate) fn exit_status(child: impl FnOnce() -> c_int) -> c_int {
    let (_, status) = ended(child);
    assert!(libc::WIFEXITED(status), "ended by signal {}", libc::WTERMSIG(status));
    libc::WEXITSTATUS(status)
}
