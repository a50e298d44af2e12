//! Dumps on a signal.

use super::{dump, until};
use hooks_service::stacks::{Error, OnSignal, Target, on_signal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

fn send() {
    // SAFETY: a signal to this process, which is handled.
    assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) }, 0);
}

fn files(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
#[cfg(target_arch = "x86_64")]
fn ten_thousand_requests_are_one_dump_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    assert!(files(&folder)[0].to_str().unwrap().ends_with(".partial"), "open ahead");
    let served = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| (0..10_000).for_each(|_| send()));
        while !sender.is_finished() {
            served.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
        }
    });
    assert!(served.load(Ordering::Relaxed) > 0);
    until(|| {
        let counts = requests.counts();
        assert_eq!(counts.written + counts.left_out + counts.failed + counts.under_way, counts.received);
        counts.written == 1 && counts.under_way == 0
    });
    assert!(requests.counts().received > 1 && requests.last_error().is_none());
    let dumps: Vec<_> =
        files(&folder).into_iter().filter(|file| file.extension().unwrap() == "txt").collect();
    assert_eq!(dumps.len(), 1, "{dumps:?}");
    let text = std::fs::read_to_string(&dumps[0]).unwrap();
    assert!(text.contains("\"hooks-stacks\" [running]") && text.contains("stacks::usr1::"), "{text}");
    requests.stop();
    assert_eq!(files(&folder), dumps, "what was opened ahead is gone");
}

static CHAINED: AtomicU64 = AtomicU64::new(0);

extern "C" fn previous(_: libc::c_int) {
    CHAINED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn an_earlier_handler_is_called_too_and_comes_back() {
    let handler = previous as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that counts.
    unsafe { libc::signal(libc::SIGUSR1, handler) };
    let folder = tempfile::tempdir().unwrap();
    let set_up = || OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO);
    let requests = set_up().start().unwrap();
    assert!(matches!(set_up().start(), Err(Error::AlreadySetUp)));
    for number in 1..=3 {
        send();
        until(|| requests.counts().written == number);
    }
    until(|| CHAINED.load(Ordering::Relaxed) == 3);
    requests.stop();
    send();
    until(|| CHAINED.load(Ordering::Relaxed) == 4);
    assert_eq!(files(&folder).len(), 3);
    let again = set_up().start().unwrap();
    send();
    until(|| again.counts().written == 1);
    assert_eq!(again.counts().received, 1);
    until(|| CHAINED.load(Ordering::Relaxed) == 5);
}

#[test]
fn a_signal_that_was_given_up_under_another_handler_asks_for_nothing() {
    let on = |signal| OnSignal::new(signal, Target::stderr()).interval(Duration::ZERO).start().unwrap();
    let first = on(libc::SIGUSR1);
    let seen = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR1, Arc::clone(&seen)).unwrap();
    first.stop();
    let second = on(libc::SIGUSR2);
    // Through theirs it comes to us, and is not what is asked by now.
    send();
    until(|| seen.load(Ordering::Relaxed));
    assert_eq!(second.counts().received, 0);
    second.stop();
    // Over theirs, and once.
    let third = on(libc::SIGUSR1);
    send();
    until(|| third.counts().written == 1);
    assert_eq!(third.counts().received, 1);
}

#[test]
fn what_cannot_be_written_is_counted_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO);
    let requests = set_up.start().unwrap();
    std::fs::remove_dir_all(folder.path()).unwrap();
    send();
    until(|| requests.counts().failed == 1);
    assert!(requests.last_error().unwrap().starts_with("write failed: No such file"));
    dump();
}

#[test]
fn faults_and_folders_that_are_not_there_are_refused() {
    for signal in [libc::SIGSEGV, libc::SIGKILL, 0, 200] {
        assert!(matches!(on_signal(signal, Target::stderr()), Err(Error::Signal { .. })), "{signal}");
    }
    let nowhere = on_signal(libc::SIGUSR1, Target::dir("/nowhere/at/all"));
    assert!(matches!(nowhere, Err(Error::Kernel { call: "open", .. })));
    on_signal(libc::SIGUSR1, Target::stderr()).unwrap().stop();
}
