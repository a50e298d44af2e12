//! Real processes and real signals, at every phase.

use super::child::Child;
use crate::support::itself;
use libc::{SIGINT, SIGTERM};
use std::process::Command;
use std::time::Duration;

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
fn a_flush_under_way_at_the_deadline_goes_on() {
    let mut child = Child::start_with_slow_flush("drain_with_a_deadline");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(0));
    assert!(child.errors().contains("0.05 s after SIGTERM the process still runs"));
}

#[test]
fn two_signals_at_once_are_one_request_unless_told_otherwise() {
    let mut child = Child::start("drain_after_any_number");
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

#[test]
fn a_second_signal_after_a_tenth_of_a_second_is_another_request() {
    let mut child = Child::start("never_drains_as_built");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("asked");
    std::thread::sleep(Duration::from_millis(120));
    child.signal(SIGTERM);
    assert_eq!(child.wait(), Err(SIGTERM));
}

/// What a parent blocks is blocked in all threads of the child.
#[test]
fn signals_that_the_parent_blocked_are_heard() {
    let mut child = Child::start_under(&["env", "--block-signal=TERM"], "never_drains");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("asked");
    // The thread that told of it has done so: is there one still that lets the next one through?
    std::thread::sleep(Duration::from_millis(50));
    child.signal(SIGTERM);
    assert_eq!(child.wait(), Err(SIGTERM));
}

#[test]
fn a_blocked_signal_that_waits_already_is_the_first_request() {
    let mut child = Child::start_under(&["env", "--block-signal=TERM"], "late_with_a_signal_waiting");
    child.expect("drained after SIGTERM");
    assert_eq!(child.wait(), Ok(0));
}

#[test]
fn signals_that_the_parent_ignored_stay_ignored() {
    let mut child = Child::start_under(&["env", "--ignore-signal=HUP"], "ignores");
    child.expect("ready");
    child.signal(libc::SIGHUP);
    // Had it been heard, it would be the cause.
    std::thread::sleep(Duration::from_millis(50));
    child.signal(SIGTERM);
    child.expect("asked by SIGTERM");
    assert_eq!(child.wait(), Ok(0));
    let mut child = Child::start("ignores");
    child.expect("ready");
    child.signal(libc::SIGHUP);
    child.expect("asked by SIGHUP");
}

#[test]
fn a_program_that_closes_all_descriptors_is_asked_and_keeps_its_files() {
    let mut child = Child::start("closes_all_descriptors");
    child.expect("ready");
    child.signal(SIGTERM);
    child.expect("asked by SIGTERM, spins: false, written into: 0");
    assert_eq!(child.wait(), Ok(0));
}

/// The first process of a container, which the kernel lets no signal kill.
#[test]
fn a_second_signal_ends_the_first_process_of_a_container() {
    let namespace = |user: &'static [&'static str]| [&["unshare", "--pid", "--kill-child"], user].concat();
    let may = |wrapper: &[&str]| {
        Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").status().is_ok_and(|status| status.success())
    };
    let wrappers = [namespace(&[]), namespace(&["--user", "--map-root-user"])];
    // The emulator, which is the first process then, dies of a signal by one to itself, and waits for that for ever.
    let wrapper = wrappers.into_iter().find(|wrapper| may(wrapper)).filter(|_| itself::emulator().is_none());
    let Some(wrapper) = wrapper else {
        println!("not tested: no PID namespaces on this machine, or an emulator");
        return;
    };
    let mut child = Child::start_under(&wrapper, "first_process");
    child.expect("I am process 1");
    assert_eq!(child.wait(), Ok(143), "unshare(1) would die of the signal, as its child did");
}

/// coreutils' `timeout` signals the process and then its group, which the process is in.
#[test]
fn a_service_under_timeout_drains() {
    // A busy machine may not have it ready in time.
    for seconds in ["0.5", "2", "10", "60"] {
        let mut child = Child::start_under(&["timeout", seconds], "drain_after_any_number");
        if child.says("ready") {
            child.expect("drained after SIGTERM");
            // `timeout` says 124 when it had to signal.
            assert_eq!(child.wait(), Ok(124));
            return;
        }
    }
    panic!("it is never ready");
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
