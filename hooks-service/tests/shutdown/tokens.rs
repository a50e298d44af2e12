//! What a token does, and what it takes to have one.

use super::{handle_below, handler_of, is_given_back, send, soon};
use hooks_service::signals::{Cause, Error, Shutdown, shutdown};
use libc::{SIGTERM, SIGUSR1};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

#[test]
fn a_signal_reaches_all_who_wait_whichever_way() {
    let shutdown = shutdown().unwrap();
    let called = Arc::new(AtomicUsize::new(0));
    let polled = std::thread::spawn({
        let shutdown = shutdown.clone();
        move || {
            while !shutdown.is_cancelled() {
                std::thread::yield_now();
            }
        }
    });
    let counter = Arc::clone(&called);
    shutdown.on_cancelled(|_| panic!("a callback that panics does not keep the others from being called"));
    shutdown.on_cancelled(move |cause| {
        assert_eq!(cause, Cause::Signal(SIGTERM));
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let awaited = runtime.spawn(shutdown.cancelled());
    let dropped = shutdown.cancelled();
    let token = shutdown.cancellation_token();
    let by_token = runtime.spawn({
        let token = token.clone();
        async move { token.cancelled().await }
    });
    assert_eq!((shutdown.cause(), shutdown.wait_timeout(Duration::from_millis(20))), (None, None));
    assert!(!token.is_cancelled());
    drop(dropped);
    send(SIGTERM);
    assert_eq!(shutdown.wait(), Cause::Signal(SIGTERM));
    assert_eq!(runtime.block_on(awaited).unwrap(), Cause::Signal(SIGTERM));
    runtime.block_on(by_token).unwrap();
    polled.join().unwrap();
    assert!(soon(|| called.load(Ordering::Relaxed) == 1), "the second callback was not called");
    assert_eq!(runtime.block_on(shutdown.cancelled()), Cause::Signal(SIGTERM));
}

#[test]
fn a_token_that_others_cancel_is_their_own() {
    let shutdown = shutdown().unwrap();
    shutdown.cancellation_token().cancel();
    assert!(!shutdown.cancellation_token().is_cancelled());
    shutdown.request();
    assert_eq!(shutdown.wait(), Cause::Requested);
    let late = Arc::new(AtomicBool::new(false));
    let called = Arc::clone(&late);
    shutdown.on_cancelled(move |_| called.store(true, Ordering::Relaxed));
    assert!(late.load(Ordering::Relaxed), "a callback that comes late is called at once");
}

#[test]
fn a_process_has_one_shutdown() {
    let first = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
    let error = Shutdown::builder().start().unwrap_err();
    assert!(matches!(error, Error::AlreadyRunning), "{error}");
    let second = shutdown().unwrap();
    first.request();
    assert_eq!(second.wait(), Cause::Requested);
}

#[test]
fn a_signal_that_cannot_be_caught_is_named_and_none_is_caught() {
    let before = handler_of(SIGTERM);
    for signal in [libc::SIGKILL, libc::SIGSTOP, 0, -3, 1000] {
        let error = Shutdown::builder().signals([SIGTERM, signal]).start().unwrap_err();
        assert!(error.to_string().contains(&format!("signal {signal} ")), "{error}");
        assert_eq!(handler_of(SIGTERM), before);
    }
    assert!(shutdown().is_ok());
}

#[test]
fn a_signal_that_tells_of_a_fault_is_no_request() {
    for signal in
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGABRT, libc::SIGSYS]
    {
        let before = handler_of(signal);
        let error = Shutdown::builder().signals([SIGTERM, signal]).start().unwrap_err();
        assert!(matches!(error, Error::Signal { signal: named, .. } if named == signal), "{error}");
        assert_eq!(handler_of(signal), before);
    }
}

#[test]
fn threads_that_start_and_stop_at_once_leave_the_signals_as_they_were() {
    handle_below(SIGTERM);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..100 {
                    let token = shutdown().unwrap();
                    if round % 3 == 0 { token.stop() } else { drop(token) }
                }
            });
        }
    });
    assert!(is_given_back(SIGTERM));
    assert!(!shutdown().unwrap().is_cancelled());
}
