//! SIGNAL HANDLER, up to the mark. `handle` runs in one, on whatever thread: it counts, wakes the writing thread, and calls the handler that
//! was there before. Nothing is allocated, locked or waited for; `errno` is saved.

use crate::process::chain::Chain;
use crate::process::{Doorbell, own_id};
use crate::stacks::error::Error;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// How often the handler ran.
static RECEIVED: AtomicU64 = AtomicU64::new(0);
/// On which thread it ran last.
static INTERRUPTED: AtomicI32 = AtomicI32::new(0);
/// What the thread waits for.
pub(super) static BELL: Doorbell = Doorbell::new();
/// The signal that asks for dumps, 0: none. Under the handlers of others we may still be called for one that did.
static SIGNAL: AtomicI32 = AtomicI32::new(0);
/// Our place among the handlers of the signal.
static CHAIN: Chain = Chain::new([handle::<0>, handle::<1>]);

extern "C" fn handle<const LEVEL: usize>(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let own = || {
        let asks = SIGNAL.load(Ordering::Relaxed) == signal;
        if asks {
            INTERRUPTED.store(own_id(), Ordering::Relaxed);
            RECEIVED.fetch_add(1, Ordering::Relaxed);
            BELL.ring();
        }
        asks
    };
    // SAFETY: what the kernel passed to this handler; `own` is async-signal-safe.
    unsafe { CHAIN.run(LEVEL, (signal, info, context), own) };
}

// The mark: what follows does not run in the handler.

pub(super) fn received() -> u64 {
    RECEIVED.load(Ordering::Relaxed)
}

/// The thread that the last signal has interrupted, and woken if it slept.
pub(super) fn interrupted() -> libc::pid_t {
    INTERRUPTED.load(Ordering::Relaxed)
}

pub(super) fn install(signal: c_int) -> Result<(), Error> {
    SIGNAL.store(signal, Ordering::Relaxed);
    CHAIN.install(signal).map_err(Error::kernel("sigaction")).inspect_err(|_| forget())
}

/// From here on the signal does what it did before us. Our handler stays, and hands it on.
pub(super) fn forget() {
    SIGNAL.store(0, Ordering::Relaxed);
}
