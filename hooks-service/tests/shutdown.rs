//! Shutdown signals in real processes.
#![cfg(target_os = "linux")]

#[path = "shutdown/child.rs"]
mod child;
#[path = "../../hooks-runtime/tests/support/itself.rs"]
mod itself;
#[path = "shutdown/roles.rs"]
mod roles;

use child::Child;
use hooks_service::signals::{Cause, Error, Shutdown, shutdown};
use libc::{SIGINT, SIGTERM, SIGUSR1};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
fn signals_are_given_back_by_stop_and_by_the_last_token() {
    let before = handler_of(SIGTERM);
    let first = shutdown().unwrap();
    let second = first.clone();
    assert_ne!(handler_of(SIGTERM), before);
    drop(first);
    assert_ne!(handler_of(SIGTERM), before);
    drop(second);
    assert_eq!((handler_of(SIGTERM), handler_of(SIGINT)), (before, before));

    let stopped = shutdown().unwrap();
    let other = stopped.clone();
    stopped.stop();
    assert_eq!((handler_of(SIGTERM), other.wait()), (before, Cause::Stopped));
    let next = Shutdown::builder().start().unwrap();
    assert!(!next.is_cancelled());
    drop(other);
    assert_ne!(handler_of(SIGTERM), before, "a token of an ended shutdown takes nothing from the next");
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
fn threads_that_start_and_stop_at_once_leave_the_signals_as_they_were() {
    let before = handler_of(SIGTERM);
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
    assert_eq!(handler_of(SIGTERM), before);
    assert!(!shutdown().unwrap().is_cancelled());
}

#[test]
fn handlers_below_and_above_ours_are_called() {
    let below = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGUSR1, Arc::clone(&below)).unwrap();
    let below_handler = handler_of(SIGUSR1);
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
    assert_eq!(handler_of(SIGUSR1), below_handler);
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
    let theirs = handler_of(SIGUSR1);
    first.stop();
    for round in 1..=3 {
        // Over theirs, which calls ours for ever.
        let again = Shutdown::builder().signals([SIGUSR1]).start().unwrap();
        assert_ne!(handler_of(SIGUSR1), theirs);
        send(SIGUSR1);
        assert_eq!(again.wait(), Cause::Signal(SIGUSR1));
        assert!(
            soon(|| calls.load(Ordering::Relaxed) == round),
            "{} of {round}",
            calls.load(Ordering::Relaxed)
        );
        again.stop();
        assert_eq!(handler_of(SIGUSR1), theirs);
    }
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

#[test]
fn a_service_that_drains_ends_with_zero_or_as_the_shell_expects() {
    for (role, status) in [("drain", 0), ("drain_with_status", 143)] {
        let mut child = Child::start(role);
        child.expect("ready");
        child.signal(SIGTERM);
        child.expect("drained after SIGTERM");
        assert_eq!(child.wait(), Ok(status), "{role}");
    }
}

#[test]
fn a_signal_before_the_shutdown_is_set_up_acts_as_without_us() {
    let mut child = Child::start("late");
    child.expect("not yet");
    child.signal(SIGTERM);
    assert_eq!(child.wait(), Err(SIGTERM));
}

#[test]
fn a_signal_before_anyone_waits_is_not_lost() {
    let mut child = Child::start("busy_at_start");
    child.expect("ready");
    child.signal(SIGINT);
    child.expect("drained after SIGINT");
    assert_eq!(child.wait(), Ok(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    for (first, second) in [(SIGTERM, SIGTERM), (SIGTERM, SIGINT), (SIGINT, SIGTERM)] {
        let mut child = Child::start("never_drains");
        child.expect("ready");
        child.signal(first);
        child.expect("asked");
        child.signal(second);
        assert_eq!(child.wait(), Err(second));
    }
}

#[test]
fn the_first_signal_lets_a_flush_that_is_under_way_end() {
    let mut child = Child::start_with_slow_flush("end");
    child.expect("flushing");
    child.signal(SIGTERM);
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(3));
}

#[test]
fn the_second_signal_ends_a_flush() {
    let mut child = Child::start_with_slow_flush("drain_without_window");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("flushing");
    child.signal(SIGTERM);
    assert_eq!(child.wait(), Err(SIGTERM));
}

#[test]
fn two_signals_at_once_are_one_request_unless_told_otherwise() {
    let mut child = Child::start("drain");
    child.expect("ready");
    child.signal(SIGTERM);
    child.signal(SIGINT);
    child.signal(SIGTERM);
    assert_eq!(child.wait(), Ok(0));

    let mut child = Child::start("never_drains");
    child.expect("ready");
    child.signal(SIGTERM);
    child.signal(SIGINT);
    assert!(matches!(child.wait(), Err(SIGTERM | SIGINT)));
}

/// coreutils' `timeout` signals the process and then its group, which the process is in.
#[test]
fn a_service_under_timeout_drains() {
    let mut child = Child::start_under(&["timeout", "0.5"], "drain");
    child.expect("ready");
    child.expect("drained after SIGTERM");
    // `timeout` says 124 when it had to signal.
    assert_eq!(child.wait(), Ok(124));
}

#[test]
fn a_service_that_does_not_drain_says_so_and_ends() {
    for (role, status) in [("overdue", 143), ("overdue_with_status", 75)] {
        let mut child = Child::start(role);
        child.expect("ready");
        child.signal(SIGTERM);
        child.expect("cut off: SIGTERM");
        child.expect("flushed");
        assert_eq!(child.wait(), Ok(status), "{role}");
        let said = child.errors();
        for part in ["0.2 s after SIGTERM the process still runs", r#""route":"/stuck""#, "roles::hang"] {
            assert!(said.contains(part), "no {part} in {said}");
        }
    }
}

#[test]
fn a_report_that_hangs_does_not_keep_the_process() {
    let mut child = Child::start("overdue_in_a_lock");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(143));
}

#[test]
fn callbacks_that_panic_or_hang_do_not_put_the_deadline_off() {
    let mut child = Child::start("overdue_after_callbacks");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("called back: SIGTERM");
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(143));
}

#[test]
fn a_process_whose_errors_nobody_reads_ends_at_its_deadline_too() {
    let mut child = Child::start("overdue");
    child.expect("ready");
    child.close_errors();
    child.signal(SIGTERM);
    child.expect("cut off: SIGTERM");
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(143));
}

#[test]
fn a_forked_child_dies_of_the_signal_and_the_parent_does_not_hear_of_it() {
    let mut child = Child::start("fork");
    child.expect("the child died of 15, the parent was asked: false");
    child.expect("a child with its own shutdown was asked: true");
    assert_eq!(child.wait(), Ok(0));
}
