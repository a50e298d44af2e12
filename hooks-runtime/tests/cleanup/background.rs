//! The cleanup thread: a full queue, nested cleanups, panics, and the program's exit.

use crate::support::itself;
use hooks_runtime::cleanup::background::{self, WhenFull};
use hooks_runtime::cleanup::{self, FaultKind, WithCleanups, add_cleanup};
use std::num::NonZeroUsize;
use std::process::Output;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// The queue belongs to the whole process; where tests share one, they take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    background::drain(LONG).unwrap();
    turn
}

/// Keeps the cleanup thread busy until something is sent, and says when it is.
fn occupy() -> Sender<()> {
    let (started, is_started) = channel();
    let (release, released) = channel();
    let wait = |(started, released): (Sender<()>, Receiver<()>)| {
        started.send(()).unwrap();
        released.recv().unwrap();
    };
    background::run(wait, (started, released), WhenFull::Wait);
    is_started.recv().unwrap();
    release
}

type Log = Arc<Mutex<Vec<(u32, Option<String>)>>>;

fn note((log, number): (Log, u32)) {
    let name = thread::current().name().map(str::to_owned);
    log.lock().unwrap().push((number, name));
}

fn numbers(log: &Log) -> Vec<u32> {
    log.lock().unwrap().iter().map(|(number, _)| *number).collect()
}

fn on_cleanup_thread(log: &Log) -> Vec<bool> {
    log.lock().unwrap().iter().map(|(_, name)| name.as_deref() == Some("hooks-cleanup")).collect()
}

#[test]
fn a_full_queue_runs_the_cleanup_inline() {
    let _turn = alone();
    background::set_capacity(NonZeroUsize::new(2).unwrap());
    let release = occupy();
    let log = Log::default();
    for number in 0..4 {
        background::run(note, (Arc::clone(&log), number), WhenFull::Inline);
    }
    assert_eq!(numbers(&log), [2, 3]);
    assert_eq!(background::waiting(), 3);
    assert_eq!(background::drain(Duration::ZERO).unwrap_err().left, 3);
    release.send(()).unwrap();
    background::drain(LONG).unwrap();
    assert_eq!(numbers(&log), [2, 3, 0, 1]);
    assert_eq!(on_cleanup_thread(&log), [false, false, true, true]);
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    let _turn = alone();
    background::set_capacity(NonZeroUsize::new(2).unwrap());
    let release = occupy();
    let log = Log::default();
    let (passed, arrived) = channel();
    let callers = thread::spawn({
        let log = Arc::clone(&log);
        move || {
            for number in 0..4 {
                background::run(note, (Arc::clone(&log), number), WhenFull::Wait);
                passed.send(number).unwrap();
            }
        }
    });
    // Two have room; the third cannot pass before the thread is free, and nothing has run anywhere.
    assert_eq!((arrived.recv(), arrived.recv()), (Ok(0), Ok(1)));
    assert_eq!((arrived.try_recv().ok(), background::waiting()), (None, 3));
    assert!(log.lock().unwrap().is_empty());
    release.send(()).unwrap();
    callers.join().unwrap();
    background::drain(LONG).unwrap();
    assert_eq!(numbers(&log), [0, 1, 2, 3]);
    assert_eq!(on_cleanup_thread(&log), [true; 4]);
}

#[test]
fn none_is_lost_under_load() {
    const EACH: u32 = 500;
    let _turn = alone();
    background::set_capacity(NonZeroUsize::new(3).unwrap());
    let log = Log::default();
    thread::scope(|scope| {
        for (caller, when_full) in [WhenFull::Wait, WhenFull::Inline, WhenFull::Wait].into_iter().enumerate()
        {
            let log = &log;
            let first = u32::try_from(caller).unwrap() * EACH;
            scope.spawn(move || {
                for number in first..first + EACH {
                    background::run(note, (Arc::clone(log), number), when_full);
                }
            });
        }
    });
    background::drain(LONG).unwrap();
    let mut numbers = numbers(&log);
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..3 * EACH));
}

#[test]
fn a_cleanup_on_the_thread_does_not_wait_for_itself() {
    let _turn = alone();
    background::set_capacity(NonZeroUsize::MIN);
    let log = Log::default();
    let nested = |log: Log| {
        for number in 0..3 {
            background::run(note, (Arc::clone(&log), number), WhenFull::Wait);
        }
        background::drain(LONG).unwrap();
    };
    background::run(nested, Arc::clone(&log), WhenFull::Wait);
    background::drain(LONG).unwrap();
    assert_eq!(numbers(&log), [0, 1, 2]);
}

#[test]
fn a_panic_leaves_the_thread_alive() {
    let _turn = alone();
    background::set_capacity(NonZeroUsize::new(8).unwrap());
    let faults: Arc<Mutex<Vec<FaultKind>>> = Arc::default();
    let seen = Arc::clone(&faults);
    cleanup::on_fault(move |fault| seen.lock().unwrap().push(fault.kind.clone()));
    background::run(|()| assert_eq!(1, 2), (), WhenFull::Wait);
    background::run(std::fs::remove_file, "/no/such/file", WhenFull::Wait);
    let log = Log::default();
    background::run(note, (Arc::clone(&log), 7), WhenFull::Wait);
    background::drain(LONG).unwrap();
    assert_eq!((numbers(&log), on_cleanup_thread(&log)), (vec![7], vec![true]));
    let faults = faults.lock().unwrap();
    assert!(matches!(&faults[..], [FaultKind::Panicked(_), FaultKind::Failed(_)]), "{faults:?}");
}

#[hooks_runtime::cleanup(note((log, 1)), background = "inline")]
fn annotated(log: Log) -> u32 {
    2
}

#[test]
fn the_cleanup_of_a_fn() {
    let _turn = alone();
    let log = Log::default();
    assert_eq!(annotated(Arc::clone(&log)), 2);
    background::drain(LONG).unwrap();
    assert_eq!(on_cleanup_thread(&log), [true]);
}

// The program's exit, seen from outside: the test starts itself once more and reads what that wrote.

const CHILD: &str = "HOOKS_CLEANUP_TEST_CHILD";

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

fn child(test: &str) -> Output {
    let test = format!("cleanup::background::{test}");
    let mut child = itself::command();
    child.args(["--exact", &test, "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    child.output().expect("this test starts")
}

fn exit(code: i32) {
    std::process::exit(code);
}

fn say(number: u32) {
    eprintln!("cleanup {number}");
}

#[test]
fn the_exit_runs_what_waits() {
    if is_child() {
        let release = occupy();
        for number in 0..3 {
            background::run(say, number, WhenFull::Wait);
        }
        release.send(()).unwrap();
        std::process::exit(3);
    }
    let output = child("the_exit_runs_what_waits");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(text.contains("cleanup 0\ncleanup 1\ncleanup 2\n"), "{text}");
    assert!(!text.contains("not done"), "{text}");
}

#[test]
fn the_exit_has_a_bound_and_names_what_is_left() {
    if is_child() {
        background::set_exit_timeout(Duration::from_millis(50));
        let _never = Box::leak(Box::new(occupy()));
        for number in 0..3 {
            background::run(say, number, WhenFull::Wait);
        }
        std::process::exit(3);
    }
    let output = child("the_exit_has_a_bound_and_names_what_is_left");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    // The one that runs, from a line of its own, and those that wait.
    for count in ["1", "3"] {
        assert!(
            text.contains(&format!(": {count} background cleanups not done before the exit\n")),
            "{text}"
        );
    }
    assert!(text.contains(file!()) && !text.contains("cleanup 0"), "{text}");
}

/// Hands over a cleanup that says which thread it runs on.
#[cfg(target_os = "linux")]
extern "C" fn hand_over_late() {
    // Not `thread::current`: the thread's locals are gone.
    fn this_thread() -> libc::pid_t {
        // SAFETY: it has no conditions.
        unsafe { libc::gettid() }
    }
    let say_where = |caller| {
        eprintln!("late cleanup {}", if caller == this_thread() { "in place" } else { "elsewhere" });
    };
    background::run(say_where, this_thread(), WhenFull::Wait);
    background::drain(LONG).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn cleanups_that_come_after_the_exit_has_drained_run_in_place() {
    if is_child() {
        // Registered before what drains, so it runs after.
        // SAFETY: a fn that does not unwind.
        assert_eq!(unsafe { libc::atexit(hand_over_late) }, 0);
        background::run(say, 0, WhenFull::Wait);
        std::process::exit(3);
    }
    let output = child("cleanups_that_come_after_the_exit_has_drained_run_in_place");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("cleanup 0\nlate cleanup in place\n"), "{text}");
}

#[test]
fn an_exit_on_the_cleanup_thread_does_not_wait_for_itself() {
    if is_child() {
        background::set_exit_timeout(LONG);
        let release = occupy();
        background::run(exit, 3, WhenFull::Wait);
        background::run(say, 1, WhenFull::Wait);
        release.send(()).unwrap();
        thread::park();
    }
    let output = child("an_exit_on_the_cleanup_thread_does_not_wait_for_itself");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(text.contains("cleanup 1\n"), "{text}");
}

#[test]
fn the_exit_names_owners_that_are_still_there() {
    if is_child() {
        cleanup::report_at_exit();
        let owner = Arc::new(WithCleanups::new("kept"));
        add_cleanup(&owner, |()| (), ());
        std::mem::forget(owner);
        std::process::exit(0);
    }
    let output = child("the_exit_names_owners_that_are_still_there");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("hooks: still there at exit: 1 cleanups of alloc::sync::Arc<"), "{text}");
}

/// In the forked child one more than its status.
#[cfg(target_os = "linux")]
static STATUS: AtomicI32 = AtomicI32::new(0);

/// A sanitizer would look for what only the parent's threads have, and call it leaked.
#[cfg(target_os = "linux")]
extern "C" fn end_of_child() {
    let status = STATUS.load(Ordering::Relaxed) - 1;
    if status >= 0 {
        // SAFETY: ends the child.
        unsafe { libc::_exit(status) }
    }
}

/// A child that is forked while the cleanup thread is at work.
#[test]
#[cfg(target_os = "linux")]
fn a_forked_child_runs_its_own_and_leaves_its_parents() {
    use std::io::{PipeWriter, Read, Write, pipe};
    fn write((mut writer, byte): (PipeWriter, u8)) {
        writer.write_all(&[byte]).unwrap();
    }
    let _turn = alone();
    // Registered first, so it runs after what the cleanup thread registers.
    // SAFETY: a fn that does not unwind.
    assert_eq!(unsafe { libc::atexit(end_of_child) }, 0);
    let (mut reader, writer) = pipe().unwrap();
    let release = occupy();
    background::run(write, (writer.try_clone().unwrap(), b'p'), WhenFull::Wait);
    // SAFETY: the child takes no lock that another thread may hold: that is what is tested.
    let child = unsafe { libc::fork() };
    if child == 0 {
        background::run(write, (writer.try_clone().unwrap(), b'c'), WhenFull::Wait);
        let drained = background::drain(LONG).is_ok() && background::waiting() == 0;
        STATUS.store(1 + i32::from(!drained), Ordering::Relaxed);
        // SAFETY: runs what is registered for the exit, which is a part of the test.
        unsafe { libc::exit(9) }
    }
    let mut status = -1;
    // SAFETY: waits for a child of ours.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    release.send(()).unwrap();
    background::drain(LONG).unwrap();
    drop(writer);
    let mut written = String::new();
    reader.read_to_string(&mut written).unwrap();
    assert_eq!(written, "cp");
}
