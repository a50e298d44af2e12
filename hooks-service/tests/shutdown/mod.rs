//! Shutdown signals in real processes.

mod child;
mod held;
mod others;
mod processes;
mod roles;
mod tokens;
mod web;

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
    let end = Instant::now() + Duration::from_secs(20);
    while !happened() && Instant::now() < end {
        std::thread::yield_now();
    }
    happened()
}

fn handler_of(signal: i32) -> usize {
    // SAFETY: a struct of zeros is valid, and the call fills it.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(signal, std::ptr::null(), &raw mut now), 0);
        now.sa_sigaction
    }
}
