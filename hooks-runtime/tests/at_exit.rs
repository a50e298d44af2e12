//! `#[at_exit(..)]` and `exit`: all flushers, once, in order, bounded, whoever calls and however often.
//!
//! Each test starts itself as a child, sets what the flushers do there, and ends; the parent reads what was written.

#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "of use to the other program")]
mod support;

use hooks_runtime::cleanup::background::{self, WhenFull};
use hooks_runtime::cleanup::{WithCleanups, add_cleanup};
use hooks_runtime::exit::{self, FaultKind, Report, run_flushers};
use hooks_runtime::{at_exit, sites};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};
use std::{io, process, thread};
use support::child::{self, is_child, say};
use support::signals::{on_signals, raise};

const LAST: i32 = 1_000;

type Act = fn() -> io::Result<()>;

/// What the flushers do, in their order.
static ACTS: Mutex<[Act; 4]> = Mutex::new([|| Ok(()); 4]);

fn act(index: usize) -> io::Result<()> {
    let act = ACTS.lock().unwrap()[index];
    act()
}

fn set(index: usize, act: Act) {
    ACTS.lock().unwrap()[index] = act;
}

// Not in the order that they run in.

#[at_exit(order = LAST, timeout = "1m")]
fn last() {
    act(3).unwrap();
    say("last");
}

#[at_exit(timeout = "1s")]
fn short() -> io::Result<()> {
    say("short");
    act(1)
}

#[at_exit(order = -7, timeout = "1m")]
fn first() -> io::Result<()> {
    say("first");
    act(0)
}

/// Beside `short`, and after it by name.
#[at_exit]
fn unsaid() -> io::Result<()> {
    say("unsaid");
    act(2)
}

const ALL: [&str; 4] = ["first", "short", "unsaid", "last"];

fn panic() -> io::Result<()> {
    panic!("out of paper")
}

fn hang() -> io::Result<()> {
    loop {
        thread::park();
    }
}

/// The report as lines.
fn say_report(report: &Report) {
    for flushed in &report.flushers {
        let name = flushed.flusher.site.function().rsplit("::").next().unwrap();
        say(&format!("{name}: {:?}", flushed.result));
    }
}

#[test]
fn flushers_are_listed_in_order_with_their_sites() {
    let listed = exit::flushers().into_iter().map(|flusher| {
        let arguments = flusher.site.arguments();
        (flusher.site.function(), arguments, flusher.order, flusher.timeout.as_millis())
    });
    let expected = [
        ("at_exit::first", "order=-7,timeout=1m", -7, 60_000),
        ("at_exit::short", "timeout=1s", 0, 1_000),
        ("at_exit::unsaid", "", 0, 5_000),
        ("at_exit::last", "order,timeout=1m", 1_000, 60_000),
    ];
    assert!(listed.eq(expected));
    assert!(sites().iter().filter(|site| site.attribute() == "at_exit").count() == 4);
}

#[test]
fn all_run_once_in_order_and_the_code_is_the_callers() {
    if is_child() {
        hooks_runtime::exit(7);
    }
    let ended = child::run("all_run_once_in_order_and_the_code_is_the_callers");
    assert_eq!((ended.code, ended.said()), (Some(7), ALL.to_vec()));
    assert_eq!(ended.errors, "");
}

#[test]
fn one_that_fails_panics_or_hangs_is_reported_and_passed_over() {
    if is_child() {
        set(0, panic);
        set(1, hang);
        set(2, || Err(io::Error::other("disk full")));
        exit::on_report(|report| {
            say_report(report);
            let counters = exit::counters();
            say(&format!(
                "{} {} {} {}",
                counters.flushed, counters.failed, counters.panicked, counters.timed_out
            ));
        });
        hooks_runtime::exit(3);
    }
    let ended = child::run("one_that_fails_panics_or_hangs_is_reported_and_passed_over");
    let mut expected = ALL.to_vec();
    expected.extend([
        "first: Err(Panicked(\"out of paper\"))",
        "short: Err(TimedOut)",
        "unsaid: Err(Failed(\"disk full\"))",
        "last: Ok(())",
        "1 1 1 1",
    ]);
    assert_eq!((ended.code, ended.said()), (Some(3), expected));
    for line in [
        "at_exit::first hooks-runtime/tests/at_exit.rs",
        ": the flusher panicked: out of paper\n",
        ": the flusher was not done when its time was up\n",
        ": the flusher failed: disk full\n",
    ] {
        assert!(ended.errors.contains(line), "{line} in {}", ended.errors);
    }
}

#[test]
fn of_many_callers_the_first_ones_code_stands() {
    const CALLERS: u32 = 32;
    static ARRIVED: AtomicU32 = AtomicU32::new(0);
    if is_child() {
        // The others come while the flushers run.
        set(0, || {
            for code in 1..=CALLERS {
                thread::spawn(move || {
                    ARRIVED.fetch_add(1, Ordering::Release);
                    hooks_runtime::exit(100 + i32::try_from(code).unwrap())
                });
            }
            while ARRIVED.load(Ordering::Acquire) < CALLERS {
                thread::yield_now();
            }
            Ok(())
        });
        hooks_runtime::exit(5);
    }
    let ended = child::run("of_many_callers_the_first_ones_code_stands");
    assert_eq!((ended.code, ended.said()), (Some(5), ALL.to_vec()));
}

#[test]
fn a_storm_of_callers_ends_with_one_of_their_codes() {
    if is_child() {
        for code in 1..40 {
            thread::spawn(move || hooks_runtime::exit(code));
        }
        hooks_runtime::exit(40);
    }
    let ended = child::run("a_storm_of_callers_ends_with_one_of_their_codes");
    assert_eq!(ended.said(), ALL);
    assert!((1..=40).contains(&ended.code.unwrap()), "{:?}", ended.code);
}

#[test]
fn a_flusher_that_calls_exit_is_left_there_and_the_rest_run() {
    if is_child() {
        set(0, || hooks_runtime::exit(77));
        exit::on_report(say_report);
        hooks_runtime::exit(4);
    }
    let ended = child::run("a_flusher_that_calls_exit_is_left_there_and_the_rest_run");
    let said = ended.said();
    assert_eq!((ended.code, &said[..4]), (Some(4), &ALL[..]));
    assert_eq!(said[4], "first: Err(CalledExit)");
}

#[test]
fn a_flusher_is_the_first_to_call_exit() {
    if is_child() {
        set(0, || hooks_runtime::exit(77));
        run_flushers(None);
        hooks_runtime::exit(4);
    }
    let ended = child::run("a_flusher_is_the_first_to_call_exit");
    assert_eq!((ended.code, ended.said()), (Some(77), ALL.to_vec()));
}

#[test]
fn a_hook_that_waits_for_the_lock_of_a_hanging_flusher_does_not_hang_the_exit() {
    static LOG: Mutex<()> = Mutex::new(());
    if is_child() {
        set(1, || {
            let _locked = LOG.lock();
            hang()
        });
        exit::on_fault(|_| drop(LOG.lock()));
        exit::on_report(|_| drop(LOG.lock()));
        hooks_runtime::exit(6);
    }
    let ended = child::run("a_hook_that_waits_for_the_lock_of_a_hanging_flusher_does_not_hang_the_exit");
    assert_eq!((ended.code, ended.said()), (Some(6), ALL.to_vec()));
}

#[test]
fn a_hook_that_panics_or_exits_is_passed_over() {
    if is_child() {
        set(0, panic);
        set(2, panic);
        exit::on_fault(|fault| match fault.kind {
            FaultKind::Panicked(_) if fault.site.function().ends_with("first") => panic!("the hook"),
            _ => hooks_runtime::exit(1),
        });
        hooks_runtime::exit(6);
    }
    let ended = child::run("a_hook_that_panics_or_exits_is_passed_over");
    assert_eq!((ended.code, ended.said()), (Some(6), ALL.to_vec()));
}

// Deadlines.

#[test]
fn what_no_time_is_left_for_is_reported_as_not_run() {
    if is_child() {
        let report = run_flushers(Some(Instant::now()));
        say_report(&report);
        assert_eq!(report.faults().count(), 4);
        hooks_runtime::exit(0);
    }
    let ended = child::run("what_no_time_is_left_for_is_reported_as_not_run");
    let not_run = ALL.map(|name| format!("{name}: Err(NotRun)"));
    assert_eq!((ended.code, ended.said()), (Some(0), not_run.iter().map(String::as_str).collect()));
}

#[test]
fn the_earliest_deadline_holds_for_a_run_under_way() {
    if is_child() {
        set(0, || {
            say("hangs");
            // Its own timeout is a minute; this comes from another thread meanwhile.
            thread::spawn(|| run_flushers(Some(Instant::now() + Duration::from_millis(10))));
            hang()
        });
        let report = run_flushers(None);
        say_report(&report);
        // Left behind at the deadline, and not when its own minute was up.
        let left = &report.flushers[0];
        say(&format!("within its own time: {}", left.took < left.flusher.timeout));
        hooks_runtime::exit(0);
    }
    let ended = child::run("the_earliest_deadline_holds_for_a_run_under_way");
    let rest = ALL[1..].iter().map(|name| format!("{name}: Err(NotRun)")).collect::<Vec<_>>();
    let mut expected = vec!["first", "hangs", "first: Err(TimedOut)"];
    expected.extend(rest.iter().map(String::as_str));
    expected.push("within its own time: true");
    assert_eq!((ended.code, ended.said()), (Some(0), expected));
}

#[test]
fn everybody_gets_the_same_report() {
    if is_child() {
        let (sender, reports) = mpsc::channel();
        for _ in 0..8 {
            let sender = sender.clone();
            thread::spawn(move || sender.send(run_flushers(None)));
        }
        let mine = run_flushers(None);
        drop(sender);
        let others: Vec<_> = reports.iter().collect();
        assert!(others.len() == 8 && others.iter().all(|other| std::sync::Arc::ptr_eq(other, &mine)));
        hooks_runtime::exit(0);
    }
    let ended = child::run("everybody_gets_the_same_report");
    assert_eq!((ended.code, ended.said()), (Some(0), ALL.to_vec()), "{}", ended.errors);
}

#[test]
fn without_threads_to_be_had_flushers_run_in_place() {
    if is_child() {
        static CALLER: Mutex<Option<thread::ThreadId>> = Mutex::new(None);
        *CALLER.lock().unwrap() = Some(thread::current().id());
        set(0, || {
            say(&format!("in place: {}", *CALLER.lock().unwrap() == Some(thread::current().id())));
            Ok(())
        });
        assert!(thread::Builder::new().spawn(|| ()).is_err());
        hooks_runtime::exit(8);
    }
    // Stacks that there is no room for; the harness does without as well.
    let variable = ("RUST_MIN_STACK", "1000000000000000000");
    let ended = child::run_with("without_threads_to_be_had_flushers_run_in_place", Some(variable));
    let expected = vec!["first", "in place: true", "short", "unsaid", "last"];
    assert_eq!((ended.code, ended.said()), (Some(8), expected), "{}", ended.errors);
}

// Cleanups.

#[test]
fn cleanups_come_before_flushers_and_owners_that_are_left_are_named() {
    if is_child() {
        // Slow enough for a flusher that did not wait for it to come first.
        background::run(thread::sleep, Duration::from_millis(200), WhenFull::Wait);
        background::run(say, "cleanup", WhenFull::Wait);
        let owner = WithCleanups::new(());
        add_cleanup(&owner, |()| (), ());
        std::mem::forget(owner);
        set(3, || {
            background::run(say, "cleanup of a flusher", WhenFull::Wait);
            Ok(())
        });
        exit::on_report(|report| {
            say(&format!("{} {}", report.cleanups_left, report.outstanding[0].count));
        });
        hooks_runtime::exit(2);
    }
    let ended = child::run("cleanups_come_before_flushers_and_owners_that_are_left_are_named");
    let mut said = ended.said();
    // On its own thread beside the last flusher and the report.
    let of_flusher = said.iter().position(|said| *said == "cleanup of a flusher").unwrap();
    assert!(of_flusher >= 4, "{said:?}");
    said.remove(of_flusher);
    assert_eq!((ended.code, said), (Some(2), vec!["cleanup", "first", "short", "unsaid", "last", "0 1"]));
}

#[test]
fn a_cleanup_that_hangs_is_waited_for_once_and_named() {
    if is_child() {
        background::set_exit_timeout(Duration::from_millis(100));
        background::run(|()| drop(hang()), (), WhenFull::Wait);
        background::run(say, "never", WhenFull::Wait);
        exit::on_report(|report| say(&format!("left: {}", report.cleanups_left)));
        hooks_runtime::exit(2);
    }
    let ended = child::run("a_cleanup_that_hangs_is_waited_for_once_and_named");
    assert_eq!((ended.code, *ended.said().last().unwrap()), (Some(2), "left: 2"));
    assert!(ended.errors.contains("1 background cleanups not done before the exit"), "{}", ended.errors);
    // The one that hangs, and the one behind it: each by its own line.
    let lines = ended.errors.lines().filter(|line| line.contains("not done before the exit"));
    assert_eq!(lines.count(), 2, "{}", ended.errors);
}

#[test]
fn a_cleanup_that_calls_exit_is_not_waited_for() {
    if is_child() {
        background::set_exit_timeout(Duration::from_secs(3600));
        let (sender, receiver) = mpsc::channel::<()>();
        let exit_when_told = |told: mpsc::Receiver<()>| {
            told.recv().unwrap();
            hooks_runtime::exit(9)
        };
        let call: fn(mpsc::Receiver<()>) = exit_when_told;
        background::run(call, receiver, WhenFull::Wait);
        background::run(say, "the next cleanup", WhenFull::Wait);
        set(0, || {
            background::run(say, "cleanup of a flusher", WhenFull::Wait);
            background::drain(Duration::MAX).unwrap();
            Ok(())
        });
        sender.send(()).unwrap();
        thread::park();
    }
    let ended = child::run("a_cleanup_that_calls_exit_is_not_waited_for");
    let expected = vec!["the next cleanup", "first", "cleanup of a flusher", "short", "unsaid", "last"];
    assert_eq!((ended.code, ended.said()), (Some(9), expected), "{}", ended.errors);
}

// Signals and forks.

#[test]
fn a_signals_thread_that_calls_exit_waits_and_the_first_code_stands() {
    static CAUGHT: AtomicU32 = AtomicU32::new(0);
    if is_child() {
        on_signals(&[libc::SIGTERM, libc::SIGINT], |signal| {
            CAUGHT.fetch_add(1, Ordering::Release);
            hooks_runtime::exit(128 + signal)
        });
        set(0, || {
            for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGTERM] {
                let before = CAUGHT.load(Ordering::Acquire);
                raise(signal);
                while CAUGHT.load(Ordering::Acquire) == before {
                    thread::yield_now();
                }
            }
            Ok(())
        });
        hooks_runtime::exit(1);
    }
    let ended = child::run("a_signals_thread_that_calls_exit_waits_and_the_first_code_stands");
    assert_eq!((ended.code, ended.said()), (Some(1), ALL.to_vec()), "{}", ended.errors);
}

#[test]
fn a_signal_may_be_the_first() {
    if is_child() {
        on_signals(&[libc::SIGTERM], |signal| hooks_runtime::exit(128 + signal));
        raise(libc::SIGTERM);
        loop {
            thread::park();
        }
    }
    let ended = child::run("a_signal_may_be_the_first");
    assert_eq!((ended.code, ended.said()), (Some(143), ALL.to_vec()), "{}", ended.errors);
}

/// What the threads held that the forked child has not got is no leak of the test's.
const NO_LEAKS: Option<(&str, &str)> = Some(("LSAN_OPTIONS", "detect_leaks=0"));

/// Forks; the child calls `run` and ends, its code is returned.
fn fork_and_wait(run: impl FnOnce()) -> i32 {
    // SAFETY: the child runs `run` and ends; what it calls is this test's matter.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: ends the child, should it hang.
            unsafe { libc::alarm(60) };
            run();
            // SAFETY: as above.
            unsafe { libc::_exit(99) }
        }
        child => {
            let mut status = 0;
            // SAFETY: our own child.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert!(libc::WIFEXITED(status), "{status:x}");
            libc::WEXITSTATUS(status)
        }
    }
}

#[test]
fn a_child_forked_before_the_exit_runs_the_flushers_and_so_does_its_parent() {
    if is_child() {
        say(&format!("forked: {}", fork_and_wait(|| hooks_runtime::exit(21))));
        hooks_runtime::exit(22);
    }
    let ended =
        child::run_with("a_child_forked_before_the_exit_runs_the_flushers_and_so_does_its_parent", NO_LEAKS);
    let expected = [&ALL[..], &["forked: 21"], &ALL[..]].concat();
    assert_eq!((ended.code, ended.said()), (Some(22), expected), "{}", ended.errors);
}

/// Whatever lock a thread of the parent holds at that moment: it is not in the child to let go.
#[test]
fn a_child_forked_while_others_add_cleanups_and_set_hooks_ends() {
    if is_child() {
        thread::spawn(|| {
            let owner = WithCleanups::new(());
            loop {
                add_cleanup(&owner, |()| (), ()).stop();
                exit::on_report(|_| ());
            }
        });
        for _ in 0..100 {
            assert_eq!(fork_and_wait(|| hooks_runtime::exit(21)), 21);
        }
        // SAFETY: ends the process.
        unsafe { libc::_exit(22) }
    }
    let ended = child::run_with("a_child_forked_while_others_add_cleanups_and_set_hooks_ends", NO_LEAKS);
    assert_eq!((ended.code, ended.said().len()), (Some(22), 100 * ALL.len()), "{}", ended.errors);
}

#[test]
fn a_child_forked_by_a_flusher_runs_none_and_does_not_wait() {
    if is_child() {
        set(0, || {
            say(&format!("forked: {}", fork_and_wait(|| hooks_runtime::exit(21))));
            let reported = || {
                let report = run_flushers(None);
                let not_run = report.faults().filter(|fault| fault.kind == FaultKind::NotRun);
                process::exit(not_run.count().try_into().unwrap());
            };
            say(&format!("reported: {}", fork_and_wait(reported)));
            Ok(())
        });
        hooks_runtime::exit(22);
    }
    let ended = child::run_with("a_child_forked_by_a_flusher_runs_none_and_does_not_wait", NO_LEAKS);
    let expected = vec!["first", "forked: 21", "reported: 4", "short", "unsaid", "last"];
    assert_eq!((ended.code, ended.said()), (Some(22), expected), "{}", ended.errors);
}
