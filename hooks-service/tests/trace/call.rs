//! `#[capture(..)]`: a trace of a call, in a file.

use hooks_runtime::trace::{is_on, log};
use hooks_service::capture;
use hooks_service::trace::Trace;
use std::fs;
use std::path::Path;
use std::task::{Context, Poll, Waker};

/// Each test runs in a process of its own.
fn in_a_folder_of_its_own(test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    test(folder.path());
}

fn has(file: &str, text: &str) -> bool {
    fs::read(file).unwrap().windows(text.len()).any(|part| part == text.as_bytes())
}

fn files(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[capture("slow.pftrace")]
fn slow(word: &str) -> usize {
    log("test", word);
    if word.is_empty() {
        return 0;
    }
    word.len()
}

#[test]
fn it_is_of_exactly_one_call_and_of_one_in_a_while() {
    in_a_folder_of_its_own(|folder| {
        log("test", "before the call");
        assert_eq!((slow("the first call"), is_on()), (14, false));
        log("test", "after the call");
        assert!(has("slow.pftrace", "the first call"));
        assert!(!has("slow.pftrace", "before the call") && !has("slow.pftrace", "after the call"));
        assert_eq!(slow(""), 0);
        assert!(has("slow.pftrace", "the first call"), "the next one comes too soon");
        assert_eq!(files(folder), ["slow.pftrace"]);
    });
}

#[capture("often.pftrace", interval = "1ms")]
async fn often(word: &str) -> usize {
    log("test", word);
    std::future::pending::<()>().await;
    word.len()
}

#[test]
fn of_an_async_fn_it_is_from_the_first_poll_until_it_is_dropped() {
    in_a_folder_of_its_own(|folder| {
        let mut future = Box::pin(often("within the first"));
        assert!(!is_on());
        assert_eq!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        log("test", "while it waits");
        assert!(is_on());
        drop(future);
        assert!(
            !is_on() && has("often.pftrace", "within the first") && has("often.pftrace", "while it waits")
        );
        assert_eq!(files(folder), ["often.pftrace"]);
    });
}

#[test]
fn a_call_that_takes_longer_than_the_interval_keeps_its_trace() {
    in_a_folder_of_its_own(|folder| {
        let context = &mut Context::from_waker(Waker::noop());
        let (mut first, mut second) = (Box::pin(often("of the first")), Box::pin(often("of the second")));
        assert!(first.as_mut().poll(context).is_pending());
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(second.as_mut().poll(context).is_pending());
        drop(second);
        assert!(is_on());
        drop(first);
        assert!(has("often.pftrace", "of the first"));
        assert_eq!(files(folder), ["often.pftrace"]);
    });
}

#[test]
fn a_trace_that_runs_goes_on() {
    in_a_folder_of_its_own(|folder| {
        let trace = Trace::builder().start(std::io::sink()).unwrap();
        assert_eq!(slow("four"), 4);
        assert_eq!((trace.stop().unwrap().events, files(folder)), (1, Vec::new()));
    });
}

#[capture("/no/such/folder/slow.pftrace")]
fn nowhere() -> u32 {
    7
}

#[test]
fn where_there_is_no_file_the_call_goes_on() {
    assert_eq!((nowhere(), is_on()), (7, false));
}

#[capture("panics.pftrace")]
fn panics() {
    log("test", "last words");
    panic!("of the test");
}

#[test]
fn a_call_that_panics_is_traced() {
    in_a_folder_of_its_own(|_| {
        assert!(std::panic::catch_unwind(panics).is_err());
        assert!(!is_on() && has("panics.pftrace", "last words"));
    });
}

#[capture("forks.pftrace")]
fn forks() -> libc::pid_t {
    log("test", "of the parent");
    // SAFETY: the harness's other thread, which waits, holds no lock that the child needs; it ends by `_exit`.
    unsafe { libc::fork() }
}

#[test]
fn a_child_that_returns_from_the_call_leaves_its_parents_file_alone() {
    in_a_folder_of_its_own(|folder| {
        let mut status = 0;
        let child = forks();
        if child == 0 {
            // SAFETY: ends the child.
            unsafe { libc::_exit(0) }
        }
        // SAFETY: the call fills the status.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert!(has("forks.pftrace", "of the parent"));
        assert_eq!(files(folder), ["forks.pftrace"]);
    });
}
