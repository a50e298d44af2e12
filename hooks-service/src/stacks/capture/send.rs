//! Asking one thread: a queued signal with a value.

use std::ffi::c_int;
use std::io;

/// What became of a question.
pub(super) enum Sent {
    Queued,
    /// The thread has ended.
    Gone,
    /// `RLIMIT_SIGPENDING`: there are too many signals that have not been taken yet.
    Full,
}

/// The kernel's `siginfo` of a queued signal.
#[repr(C)]
struct Info {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    process: c_int,
    user: u32,
    value: u64,
    rest: [u64; 12],
}

const _: () = assert!(size_of::<Info>() == 128);

/// Queues `signal` with `value` for thread `tid` of process `pid`, which is this one.
pub(super) fn send(pid: libc::pid_t, tid: libc::pid_t, signal: c_int, value: u64) -> io::Result<Sent> {
    let info = Info {
        signal,
        error: 0,
        code: libc::SI_QUEUE,
        padding: 0,
        process: pid,
        // SAFETY: always succeeds and touches nothing.
        user: unsafe { libc::getuid() },
        value,
        rest: [0; 12],
    };
    // SAFETY: has the size and layout of the kernel's `siginfo`, and is read only.
    let failed =
        unsafe { libc::syscall(libc::SYS_rt_tgsigqueueinfo, pid, tid, signal, &raw const info) } != 0;
    if !failed {
        return Ok(Sent::Queued);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ESRCH) => Ok(Sent::Gone),
        Some(libc::EAGAIN) => Ok(Sent::Full),
        _ => Err(error),
    }
}
