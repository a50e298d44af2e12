//! Shutdown signals in real processes.

mod child;
mod held;
mod others;
mod processes;
mod roles;
mod tokens;
mod web;

use hooks_service::signals::shutdown;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Not a test: what the processes do that the tests start.
#[test]
fn role() {
    roles::play();
}

fn send(signal: i32) {
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::kill(libc::getpid(), signal) }, 0);
}

/// The handler may run on another thread.
fn soon(happened: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(200);
    while !happened() && Instant::now() < end {
        std::thread::yield_now();
    }
    happened()
}

/// How often a handler was called that was there before ours.
static BELOW: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: i32) {
    BELOW.fetch_add(1, Ordering::Relaxed);
}

/// Has the signal handled, so that it ends nothing where it is not caught. For who has not started yet.
fn handle_below(signal: i32) {
    // SAFETY: a handler that counts.
    unsafe { libc::signal(signal, count as extern "C" fn(i32) as libc::sighandler_t) };
}

/// Whether the signal does what it did before ours: asks for nothing, and comes to the handler of [`handle_below`].
fn is_given_back(signal: i32) -> bool {
    let before = BELOW.load(Ordering::Relaxed);
    send(signal);
    assert!(soon(|| BELOW.load(Ordering::Relaxed) > before));
    shutdown().unwrap().wait_timeout(Duration::from_millis(50)).is_none()
}

fn handler_of(signal: i32) -> usize {
    // SAFETY: a struct of zeros is valid, and the call fills it.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal, std::ptr::null(), &raw mut now), 0);
        now.sa_sigaction
    }
}
