//! SIGNAL HANDLER, up to the mark. `handle` runs in one, on whatever thread: it notes the trigger, and calls the handler that was
//! there before. Nothing is allocated, locked or waited for; `errno` is saved.

use super::super::error::Error;
use super::noted::{Trigger, note};
use crate::process::action::current;
use crate::process::chain::{Chain, may_ask};
use std::ffi::{c_int, c_void};
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

/// The signal that trips, 0: none. Under the handlers of others we may still be called for one that did.
static SIGNAL: AtomicI32 = AtomicI32::new(0);
/// Our place among the handlers of the signal.
static CHAIN: Chain = Chain::new([handle::<0>, handle::<1>]);

extern "C" fn handle<const LEVEL: usize>(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let own = || SIGNAL.load(Ordering::Relaxed) == signal && note(Trigger::Signal);
    // SAFETY: what the kernel passed to this handler; `own` is async-signal-safe.
    unsafe { CHAIN.run(LEVEL, (signal, info, context), own) };
}

// The mark: what follows does not run in the handler.

/// Has the signal trip from now on.
pub(super) fn install(signal: c_int) -> Result<(), Error> {
    let refused = |source| Error::Signal { signal, source };
    may_ask(signal).and_then(|()| may_be_caught(signal)).map_err(refused)?;
    SIGNAL.store(signal, Ordering::Relaxed);
    CHAIN.install(signal).map_err(refused).inspect_err(|_| forget())
}

/// A program that leaves it to the kernel to end it would live on.
fn may_be_caught(signal: c_int) -> io::Result<()> {
    let asks_to_end = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT].contains(&signal);
    if asks_to_end && current(signal)?.sa_sigaction == libc::SIG_DFL {
        let why = "it asks the program to end, which has no handler of it: that is to be installed first";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    Ok(())
}

/// From here on the signal does what it did before us. Our handler stays, and hands it on.
pub(super) fn forget() {
    SIGNAL.store(0, Ordering::Relaxed);
}
