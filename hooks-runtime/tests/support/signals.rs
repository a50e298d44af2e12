//! Signals as `signal-hook` and tokio hand them on: the handler writes a byte, and a thread reads it.

use std::fs::File;
use std::io::Read;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

static WRITE: AtomicI32 = AtomicI32::new(-1);

/// Calls `call` with the number of each signal that comes, on a thread of its own for each.
pub(crate) fn on_signals(signals: &[i32], call: fn(i32)) {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    WRITE.store(ends[1], Ordering::Release);
    // SAFETY: the descriptor is new, and nobody else's.
    let mut read = unsafe { File::from_raw_fd(ends[0]) };
    for signal in signals {
        // SAFETY: the handler does what a handler may.
        unsafe { libc::signal(*signal, handler as *const () as libc::sighandler_t) };
    }
    thread::spawn(move || {
        let mut number = [0];
        while read.read_exact(&mut number).is_ok() {
            thread::spawn(move || call(number[0].into()));
        }
    });
}

/// Signal handler: one `write`, and `errno` as it was.
extern "C" fn handler(signal: i32) {
    let number = signal.to_le_bytes()[0];
    // SAFETY: `errno` is the thread's own, and the byte lives through the call.
    unsafe {
        let saved = *libc::__errno_location();
        libc::write(WRITE.load(Ordering::Acquire), (&raw const number).cast(), 1);
        *libc::__errno_location() = saved;
    }
}

/// Sends the process a signal.
pub(crate) fn raise(signal: i32) {
    // SAFETY: a call without memory.
    assert_eq!(unsafe { libc::kill(libc::getpid(), signal) }, 0);
}
