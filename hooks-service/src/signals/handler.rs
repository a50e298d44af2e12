//! SIGNAL HANDLER. Notes the first signal and wakes the watcher; ends the process by the second. Nothing is allocated,
//! locked or waited for; `errno` is saved.

use crate::process::chain::{Chained, is_default};
use crate::process::handler::end_by;
use std::ffi::c_void;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// Process that takes the signals; 0: none does. A forked child has the handler, and the parent's pipe, but not the job.
static OWNER: AtomicU32 = AtomicU32::new(0);
/// Write end of the pipe on which the watcher waits. Never closed once made: a handler may be about to write.
static PIPE: AtomicI32 = AtomicI32::new(-1);
/// The signal that asked, 0: none did yet.
static ASKED: AtomicI32 = AtomicI32::new(0);
/// When it did, in milliseconds of the monotonic clock.
static ASKED_AT: AtomicU64 = AtomicU64::new(0);
/// For how long after that signals count as the same request, in milliseconds.
static SAME_REQUEST: AtomicU64 = AtomicU64::new(0);

/// Begins to take signals: the first writes to `pipe`.
pub(super) fn open(pipe: i32, same_request: Duration) {
    PIPE.store(pipe, Ordering::Relaxed);
    let milliseconds = u64::try_from(same_request.as_millis()).unwrap_or(u64::MAX);
    SAME_REQUEST.store(milliseconds, Ordering::Relaxed);
    ASKED.store(0, Ordering::Relaxed);
    ASKED_AT.store(0, Ordering::Relaxed);
    OWNER.store(std::process::id(), Ordering::Release);
}

/// Ends it. A handler that is installed still, because another one lies over it, only hands signals on.
pub(super) fn close() {
    OWNER.store(0, Ordering::Release);
}

/// The signal that asked, if one did.
pub(super) fn asked() -> Option<i32> {
    match ASKED.load(Ordering::Acquire) {
        0 => None,
        signal => Some(signal),
    }
}

/// Our place among the handlers of the signals.
pub(super) static CHAIN: Chained = Chained::new(on_signal);

extern "C" fn on_signal(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: `getpid` passes no memory and is async-signal-safe.
    let ours = OWNER.load(Ordering::Acquire).cast_signed() == unsafe { libc::getpid() };
    let own = || {
        if ours {
            take(signal);
        }
    };
    // SAFETY: what the kernel gave this handler is handed on as it is; `take` is async-signal-safe.
    let handed_on = unsafe { CHAIN.run(signal, info, context, own) };
    // Given back while this handler was about to look, or a forked child: nobody has it, and nobody's handler lies over ours.
    if !ours && !handed_on && (CHAIN.is_on_top(signal) || is_default(signal)) {
        end_by(signal);
    }
}

fn take(signal: i32) {
    let now = milliseconds();
    // The time is written first: whoever sees the signal sees when it came. Only one writer gets past the zero.
    if ASKED_AT.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        ASKED.store(signal, Ordering::Release);
        wake();
    } else if now.saturating_sub(ASKED_AT.load(Ordering::Acquire)) >= SAME_REQUEST.load(Ordering::Relaxed) {
        end_by(signal);
    }
}

/// Wakes the watcher. Async-signal-safe.
pub(super) fn wake() {
    let byte = 1_u8;
    // SAFETY: one byte of a live local is written to a pipe that is never closed, and that does not block where it is full.
    unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1) };
}

/// Never zero.
fn milliseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the struct; it is async-signal-safe.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let (seconds, nanoseconds) = (now.tv_sec.cast_unsigned(), now.tv_nsec.cast_unsigned());
    (seconds * 1000 + nanoseconds / 1_000_000).max(1)
}
