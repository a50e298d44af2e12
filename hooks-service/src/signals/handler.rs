//! SIGNAL HANDLER, up to the mark. Notes the first signal and wakes the watcher; ends the process by the second. Nothing is allocated,
//! locked or waited for; `errno` is saved.

use crate::process::Doorbell;
use crate::process::chain::Chain;
use crate::process::fork::Owner;
use crate::process::handler::end_by;
use std::ffi::c_void;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// Who takes the signals. A forked child has the handler, but not the job.
static OWNER: Owner = Owner::nobody();
/// Which signals it takes, by one bit each: others may have been taken before.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// What watchers wait for.
pub(super) static BELL: Doorbell = Doorbell::new();
/// The signal that asked, 0: none did yet.
static ASKED: AtomicI32 = AtomicI32::new(0);
/// When it did, in milliseconds of the monotonic clock.
static ASKED_AT: AtomicU64 = AtomicU64::new(0);
/// For how long after that signals count as the same request, in milliseconds.
static SAME_REQUEST: AtomicU64 = AtomicU64::new(0);

/// Our place among the handlers of the signals.
pub(super) static CHAIN: Chain = Chain::new([on_signal::<0>, on_signal::<1>]);

/// The signal that asked, if one did.
pub(super) fn asked() -> Option<i32> {
    match ASKED.load(Ordering::Acquire) {
        0 => None,
        signal => Some(signal),
    }
}

extern "C" fn on_signal<const LEVEL: usize>(signal: i32, info: *mut libc::siginfo_t, context: *mut c_void) {
    let own = || {
        let ours = is_ours(signal);
        if ours {
            take(signal);
        }
        ours
    };
    // SAFETY: what the kernel gave this handler is handed on as it is; `take` is async-signal-safe.
    unsafe { CHAIN.run(LEVEL, (signal, info, context), own) };
}

fn is_ours(signal: i32) -> bool {
    OWNER.is_this_process() && TAKEN.load(Ordering::Relaxed) & bit(signal) != 0
}

/// No signal that there is has a number above 64.
fn bit(signal: i32) -> u64 {
    signal.checked_sub(1).and_then(|place| 1_u64.checked_shl(place.cast_unsigned())).unwrap_or(0)
}

fn take(signal: i32) {
    let now = milliseconds();
    // The time is written first: whoever sees the signal sees when it came. Only one writer gets past the zero.
    if ASKED_AT.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        ASKED.store(signal, Ordering::Release);
        BELL.ring();
    } else if now.saturating_sub(ASKED_AT.load(Ordering::Acquire)) >= SAME_REQUEST.load(Ordering::Relaxed) {
        end_by(signal);
    }
}

/// Never zero.
fn milliseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the struct; it is async-signal-safe.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let (seconds, nanoseconds) = (now.tv_sec.cast_unsigned(), now.tv_nsec.cast_unsigned());
    (seconds * 1000 + nanoseconds / 1_000_000).max(1)
}

// The mark: what follows does not run in the handler.

/// Begins to take signals.
pub(super) fn open(signals: &[i32], same_request: u64) {
    SAME_REQUEST.store(same_request, Ordering::Relaxed);
    TAKEN.store(signals.iter().fold(0, |all, signal| all | bit(*signal)), Ordering::Relaxed);
    ASKED.store(0, Ordering::Relaxed);
    ASKED_AT.store(0, Ordering::Relaxed);
    OWNER.claim();
}

/// Ends it: the handler only hands signals on.
pub(super) fn close() {
    OWNER.release();
}

/// Returns the signal that asked meanwhile. The handlers stay, and hand on what comes.
pub(super) fn give_back() -> Option<i32> {
    close();
    asked()
}

/// Sends a signal again that we took for ourselves: where it would end the process, it does. Other handlers have had it.
pub(super) fn deliver(signal: Option<i32>) {
    if let Some(signal) = signal.filter(|&signal| CHAIN.covers_nobody(signal)) {
        // SAFETY: no memory is passed.
        unsafe { libc::kill(libc::getpid(), signal) };
    }
}
