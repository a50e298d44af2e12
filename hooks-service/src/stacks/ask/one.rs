//! SIGNAL HANDLER. Asking one thread: a queued signal with a value; and the wait for its answer, by a handler that reports
//! a crash. No allocation, no lock, and no wait without an end.

use super::handler::{pool, signal, value};
use super::slot::{SLOTS, ThreadAnswer};
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

/// A dump that was being taken when the crash came may be using all slots: it loses this one.
const SLOT: usize = SLOTS - 1;
/// Between two looks whether the answer is there.
static NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 50_000 };

/// What thread `tid` of this process answers, `None` if it does not within so many naps of 50 us. The answer is the
/// caller's until the next call. [`prepare`](super::prepare) must have been called.
///
/// One thread at a time may call this.
pub(crate) fn ask(tid: libc::pid_t, naps: u32) -> Option<&'static ThreadAnswer> {
    let pool = pool()?;
    let slot = pool.slots.get(SLOT)?;
    let generation = slot.ask()?;
    let Ok(Sent::Queued) = send(pool.pid, tid, signal(), value(SLOT, generation)) else {
        slot.revoke(generation);
        return None;
    };
    for _ in 0..naps {
        if let Some(answer) = slot.answer(generation) {
            return Some(answer);
        }
        // SAFETY: points to a constant; may end early, which does no harm.
        unsafe { libc::nanosleep(&raw const NAP, std::ptr::null_mut()) };
    }
    slot.revoke(generation);
    // It may have come to the end in the meantime.
    slot.answer(generation)
}
