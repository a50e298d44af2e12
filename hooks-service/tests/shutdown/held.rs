//! For how long the signals are caught: who holds the shutdown, and what a token that goes gives up.

use super::child::Child;
use super::{handle_below, is_given_back, send, soon};
use hooks_service::signals::{Cancelled, Cause, Shutdown, shutdown};
use libc::SIGTERM;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

fn poll(future: &mut Cancelled, waker: &Waker) -> Poll<Cause> {
    use std::future::Future;
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn signals_are_given_back_by_stop_and_by_the_last_token() {
    handle_below(SIGTERM);
    let tokens = || {
        let first = shutdown().unwrap();
        (first.clone(), first.cancelled(), first)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (second, awaited, first) = tokens();
    drop((first, second));
    send(SIGTERM);
    assert_eq!(runtime.block_on(awaited), Cause::Signal(SIGTERM), "a future is a token");
    shutdown().unwrap().stop();
    assert!(is_given_back(SIGTERM));

    drop(tokens());
    assert!(is_given_back(SIGTERM));

    let stopped = shutdown().unwrap();
    let other = stopped.clone();
    stopped.stop();
    assert_eq!(other.wait(), Cause::Stopped);
    assert!(is_given_back(SIGTERM));
    let next = Shutdown::builder().start().unwrap();
    assert!(!next.is_cancelled());
    drop(other);
    send(SIGTERM);
    assert_eq!(
        next.wait(),
        Cause::Signal(SIGTERM),
        "a token of an ended shutdown takes nothing from the next"
    );
}

#[test]
fn once_cancelled_only_stop_gives_the_signals_back() {
    handle_below(SIGTERM);
    let token = shutdown().unwrap();
    token.request();
    // At once: the thread that tells may not have heard of it.
    drop(token);
    let again = shutdown().unwrap();
    assert_eq!(again.wait(), Cause::Requested);
    drop(again);
    assert!(!is_given_back(SIGTERM));
    shutdown().unwrap().stop();
    assert!(is_given_back(SIGTERM));
    assert!(!shutdown().unwrap().is_cancelled(), "the next one begins anew");
}

#[test]
fn a_token_that_goes_right_after_the_signal_disarms_nothing() {
    for (role, status) in [("drops_at_once", Err(SIGTERM)), ("drops_at_once_and_hangs", Ok(143))] {
        let mut child = Child::start(role);
        child.expect("dropped");
        assert_eq!(child.wait(), status, "{role}");
    }
}

#[test]
fn a_signal_that_nobody_has_heard_of_is_not_lost_by_stop() {
    for _ in 0..5 {
        let mut child = Child::start("stops_at_once");
        let heard = child.wait();
        assert!(heard == Err(SIGTERM) || heard == Ok(75), "{heard:?}");
    }
}

#[test]
fn a_handler_under_way_while_the_signals_are_given_back_swallows_nothing() {
    let mut child = Child::start("handles_after_stop");
    assert_eq!(child.wait(), Err(SIGTERM));
}

#[test]
fn a_deadline_is_off_after_stop() {
    // A busy machine may come to the deadline first: then with a longer one.
    for deadline in ["DEADLINE=50", "DEADLINE=500", "DEADLINE=5000", "DEADLINE=20000"] {
        let mut child = Child::start_under(&["env", deadline], "stops_while_draining");
        if child.says("stopped") {
            child.expect("given back");
            assert_eq!(child.wait(), Ok(0));
            return;
        }
    }
    panic!("it is stopped before no deadline");
}

#[test]
fn a_deadline_beyond_the_clock_is_none() {
    static PANICKED: AtomicBool = AtomicBool::new(false);
    std::panic::set_hook(Box::new(|_| PANICKED.store(true, Ordering::Relaxed)));
    let shutdown = Shutdown::builder().drain_deadline(Duration::MAX).start().unwrap();
    shutdown.request();
    assert_eq!(shutdown.wait(), Cause::Requested);
    // Returns when the thread has ended that waits for the deadline.
    shutdown.stop();
    assert!(!PANICKED.load(Ordering::Relaxed));
}

#[test]
fn who_waits_without_a_token_holds_the_shutdown() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let awaited = shutdown().unwrap().cancelled();
    send(SIGTERM);
    assert_eq!(runtime.block_on(awaited), Cause::Signal(SIGTERM));
    shutdown().unwrap().stop();

    let token = shutdown().unwrap().cancellation_token();
    send(SIGTERM);
    runtime.block_on(token.cancelled());
    shutdown().unwrap().stop();

    let called = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&called);
    shutdown()
        .unwrap()
        .on_cancelled(move |cause| told.store(cause == Cause::Signal(SIGTERM), Ordering::Relaxed));
    send(SIGTERM);
    assert!(soon(|| called.load(Ordering::Relaxed)));
}

#[test]
fn a_future_that_is_dropped_keeps_no_waker() {
    struct Noted;
    impl Wake for Noted {
        fn wake(self: Arc<Self>) {}
    }
    let noted = Arc::new(Noted);
    let waker = Waker::from(Arc::clone(&noted));
    let shutdown = shutdown().unwrap();
    let mut awaited = shutdown.cancelled();
    assert!(poll(&mut awaited, &waker).is_pending());
    assert_eq!(Arc::strong_count(&noted), 3);
    drop(awaited);
    assert_eq!(Arc::strong_count(&noted), 2);
}

/// A waker that holds a future of its own, as a task does that awaits the shutdown somewhere inside.
struct Holder {
    _inner: Mutex<Cancelled>,
}

impl Wake for Holder {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_waker_may_hold_another_future() {
    let shutdown = shutdown().unwrap();
    let holding = || {
        let mut inner = shutdown.cancelled();
        assert!(poll(&mut inner, Waker::noop()).is_pending());
        Waker::from(Arc::new(Holder { _inner: Mutex::new(inner) }))
    };
    let (mut moved, mut dropped) = (shutdown.cancelled(), shutdown.cancelled());
    let (first, second) = (holding(), holding());
    assert!(poll(&mut moved, &first).is_pending() && poll(&mut dropped, &second).is_pending());
    drop((first, second));
    // A lock that is taken twice would hang this thread for ever.
    let passes = std::thread::spawn(move || {
        assert!(poll(&mut moved, Waker::noop()).is_pending());
        drop(dropped);
    });
    assert!(soon(|| passes.is_finished()));
    passes.join().unwrap();
}

#[test]
fn a_future_may_be_polled_after_a_move_to_another_waker() {
    let shutdown = shutdown().unwrap();
    let mut awaited = pin!(shutdown.cancelled());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first =
        runtime.block_on(async { tokio::time::timeout(Duration::from_millis(1), &mut awaited).await });
    assert!(first.is_err());
    shutdown.request();
    assert_eq!(runtime.block_on(awaited), Cause::Requested);
}

/// What a builder holds may be the last token of another shutdown.
#[test]
fn a_start_that_fails_drops_what_it_was_given_without_hanging() {
    let token = shutdown().unwrap();
    let builder = Shutdown::builder().drain_deadline(Duration::from_secs(1));
    let refused = builder.on_overdue({
        let token = token.clone();
        move |_| drop(token)
    });
    drop(token);
    let fails = std::thread::spawn(move || refused.start().unwrap_err());
    assert!(soon(|| fails.is_finished()));
    assert!(matches!(fails.join().unwrap(), hooks_service::signals::Error::AlreadyRunning));

    let token = shutdown().unwrap();
    let stopped = token.clone();
    let builder = Shutdown::builder().signals([libc::SIGKILL]).drain_deadline(Duration::from_secs(1));
    let refused = builder.on_overdue(move |_| drop(token));
    stopped.stop();
    let fails = std::thread::spawn(move || refused.start().unwrap_err());
    assert!(soon(|| fails.is_finished()));
}
