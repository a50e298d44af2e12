//! SIGNAL HANDLER, as far as [`Doorbell::ring`]. What a handler wakes threads by.
//!
//! A number in memory, and no descriptor: a program that closes what it does not know (`close_range`) would have a thread that
//! polls one spin, and a handler write into whichever file of the program has its number now. And it is of one process: a
//! forked child wakes nobody in its parent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Counts how often it was rung.
#[derive(Debug)]
pub(crate) struct Doorbell(AtomicU32);

impl Doorbell {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Wakes all who wait. Async-signal-safe.
    pub(crate) fn ring(&self) {
        self.0.fetch_add(1, Ordering::Release);
        wake_all(&self.0);
    }

    /// How often it was rung: to be read before one looks whether there is anything to do.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }

    /// Waits until it is rung once more than `count` times, and no longer than `limit`. Wakes for nothing at times.
    pub(crate) fn wait(&self, count: u32, limit: Option<Duration>) {
        if self.count() == count {
            sleep(&self.0, count, limit);
        }
    }
}

#[cfg(target_os = "linux")]
fn wake_all(number: &AtomicU32) {
    // SAFETY: an address that is compared and not read. What nobody waits at is no error.
    unsafe {
        libc::syscall(libc::SYS_futex, number.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX)
    };
}

#[cfg(target_os = "linux")]
fn sleep(number: &AtomicU32, count: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| libc::timespec {
        // 68 years, which fit into the seconds of every C library.
        tv_sec: limit.as_secs().min(i32::MAX.unsigned_abs().into()).try_into().unwrap_or_default(),
        tv_nsec: libc::c_long::from(limit.subsec_nanos().cast_signed()),
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let wait = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: both live through the call. The kernel compares the number again: nothing is missed.
    unsafe { libc::syscall(libc::SYS_futex, number.as_ptr(), wait, count, limit) };
}

/// There threads cannot wait for a number: they look.
#[cfg(not(target_os = "linux"))]
fn wake_all(_: &AtomicU32) {}

#[cfg(not(target_os = "linux"))]
fn sleep(_: &AtomicU32, _: u32, limit: Option<Duration>) {
    const LOOK: Duration = Duration::from_millis(20);
    std::thread::sleep(limit.map_or(LOOK, |limit| limit.min(LOOK)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_wait_are_woken_and_nobody_waits_for_what_has_happened() {
        static BELL: Doorbell = Doorbell::new();
        let count = BELL.count();
        std::thread::scope(|scope| {
            let wait = || {
                while BELL.count() == count {
                    BELL.wait(count, None);
                }
            };
            (0..3).for_each(|_| _ = scope.spawn(wait));
            BELL.ring();
        });
        BELL.wait(count, None);
        BELL.wait(BELL.count(), Some(Duration::from_millis(1)));
        BELL.wait(BELL.count(), Some(Duration::ZERO));
    }
}
