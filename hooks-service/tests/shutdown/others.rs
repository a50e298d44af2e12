//! Handlers of others, below ours and above.

use super::{BELOW, handle_below, send, soon};
use hooks_service::signals::{Cause, Shutdown, shutdown};
use libc::{SIGTERM, SIGUSR1};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn handlers_below_and_above_ours_are_called() {
    let below = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGUSR1, Arc::clone(&below)).unwrap();
    let shutdown = Shutdown::builder().signals([SIGUSR1, SIGTERM]).start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Tokio installs over ours where nobody of its kind was before.
    let mut above = runtime.block_on(async {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap()
    });
    send(SIGUSR1);
    assert_eq!(shutdown.wait(), Cause::Signal(SIGUSR1));
    assert!(soon(|| below.load(Ordering::Relaxed)));
    below.store(false, Ordering::Relaxed);

    send(SIGTERM);
    runtime.block_on(above.recv()).unwrap();
    shutdown.stop();
    // Ours lies under tokio's still, and leaves the decision to it.
    send(SIGTERM);
    runtime.block_on(above.recv()).unwrap();
    send(SIGUSR1);
    assert!(soon(|| below.load(Ordering::Relaxed)));
}

#[test]
fn a_second_start_over_the_handler_of_another_calls_each_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let first = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
    let counter = Arc::clone(&calls);
    // SAFETY: an atomic is async-signal-safe.
    unsafe { signal_hook::low_level::register(SIGUSR1, move || _ = counter.fetch_add(1, Ordering::Relaxed)) }
        .unwrap();
    first.stop();
    for round in 1..=3 {
        // Over theirs, which calls ours for ever.
        let again = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
        send(SIGUSR1);
        assert_eq!(again.wait(), Cause::Signal(SIGUSR1));
        assert!(
            soon(|| calls.load(Ordering::Relaxed) == round),
            "{} of {round}",
            calls.load(Ordering::Relaxed)
        );
        again.stop();
    }
}

#[test]
fn one_who_takes_the_signal_and_calls_nobody_has_it_until_the_next_start() {
    handle_below(SIGUSR1);
    Shutdown::builder().signals([SIGUSR1]).start().unwrap().stop();
    let counts = counts_alone as extern "C" fn(i32) as libc::sighandler_t;
    for theirs in [libc::SIG_IGN, libc::SIG_DFL, counts, counts, counts] {
        // SAFETY: no handler, or one that counts.
        unsafe { libc::signal(SIGUSR1, theirs) };
        let again = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
        send(SIGUSR1);
        assert_eq!(again.wait(), Cause::Signal(SIGUSR1));
        again.stop();
    }
    send(SIGUSR1);
    assert!(soon(|| ALONE.load(Ordering::Relaxed) == 4), "while it was caught, and after");
}

static ALONE: AtomicUsize = AtomicUsize::new(0);

extern "C" fn counts_alone(_: i32) {
    ALONE.fetch_add(1, Ordering::Relaxed);
}

/// The handler stays for life, and is not taken for one that still wants them.
#[test]
fn signals_of_an_earlier_start_are_not_those_of_the_next() {
    handle_below(SIGUSR1);
    Shutdown::builder().signals([SIGUSR1]).start().unwrap().stop();
    let other = Shutdown::builder().signals([SIGTERM]).start().unwrap();
    send(SIGUSR1);
    assert!(soon(|| BELOW.load(Ordering::Relaxed) == 1));
    assert_eq!(other.wait_timeout(Duration::from_millis(50)), None);
    send(SIGTERM);
    assert_eq!(other.wait(), Cause::Signal(SIGTERM));
}

#[test]
fn other_signals_wait_for_the_handler_and_faults_do_not() {
    let _shutdown = shutdown().unwrap();
    // SAFETY: a struct of zeros is valid, and the call fills it.
    let mask = unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(SIGTERM, std::ptr::null(), &raw mut now), 0);
        now.sa_mask
    };
    // SAFETY: the set is the kernel's.
    let blocks = |signal| unsafe { libc::sigismember(&raw const mask, signal) == 1 };
    // std's alternate stacks have no room for two handlers.
    assert!(blocks(SIGUSR1) && blocks(libc::SIGRTMIN() + 1));
    assert!(!blocks(libc::SIGSEGV) && !blocks(libc::SIGBUS));
}

/// What the interrupted code is about to read.
fn errno() -> &'static mut i32 {
    // SAFETY: the address of this thread's own, which lives as long as the thread; the reference does not leave the test.
    unsafe { &mut *libc::__errno_location() }
}

extern "C" fn spoil_errno(_: i32) {
    *errno() = libc::EBADF;
}

#[test]
fn the_interrupted_code_finds_its_errno_whatever_another_handler_does() {
    // SAFETY: a handler that writes this thread's `errno`.
    unsafe { libc::signal(SIGUSR1, spoil_errno as extern "C" fn(i32) as libc::sighandler_t) };
    let shutdown = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
    *errno() = libc::ENOTTY;
    // SAFETY: no memory is passed; the handler has run on this thread when it returns.
    unsafe { libc::raise(SIGUSR1) };
    let found = *errno();
    assert_eq!(found, libc::ENOTTY);
    assert_eq!(shutdown.wait(), Cause::Signal(SIGUSR1));
}
