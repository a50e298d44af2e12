//! Files, pipes and descriptors that do not take a report, or are not what they were.

use super::itself;
use super::victim::{database, run, run_to};

pub(crate) fn all() -> Vec<(&'static str, fn())> {
    vec![
        ("a_full_disk_costs_the_file_only", full),
        ("descriptors_may_be_closed_or_used_up", descriptors),
        ("stderr_may_be_replaced", replaced),
        ("a_pipe_that_nobody_reads_holds_nobody_up", unread),
        ("two_runs_append", append),
    ]
}

fn full() {
    let remains = run_to("null", "/dev/full".into(), &[], &[]);
    assert_eq!(remains.signal(), Some(libc::SIGSEGV));
    assert!(remains.stderr.contains("crash output: cannot be written (error 28)"), "{}", remains.stderr);
    assert!(remains.stderr.contains("SIGSEGV") && remains.stderr.contains("stack ("), "{}", remains.stderr);

    for (way, signal) in [("null", libc::SIGSEGV), ("double", libc::SIGABRT)] {
        let remains = run(way, &["small-files"]);
        assert_eq!(remains.signal(), Some(signal), "and not SIGXFSZ");
        assert_eq!(remains.file.len(), 200);
        assert!(remains.stderr.contains("cannot be written (error 27)"), "{}", remains.stderr);
        assert!(remains.stderr.contains("stack ("), "{}", remains.stderr);
    }
}

fn descriptors() {
    for (way, said, of_std) in [
        ("double", "\nin drop\n", "non-unwinding panic. aborting"),
        ("overflow", "most likely it has overflowed", "has overflowed its stack"),
    ] {
        let used_up = run(way, &["no-descriptors"]);
        assert_eq!(used_up.signal(), Some(libc::SIGABRT));
        used_up.assert_report(&[said]);
        used_up.assert_same_but_for_std(of_std);
    }

    closed(&["closed"]);
}

/// With the descriptors of the monitor too, where the options name one.
pub(crate) fn closed(options: &[&str]) {
    for (way, signal) in [("null", libc::SIGSEGV), ("double", libc::SIGABRT)] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crash.log");
        let closed = run_to(way, file.clone(), options, &[]);
        assert_eq!(closed.signal(), Some(signal), "{way}, {options:?}");
        let database = std::fs::read(database(&file)).unwrap();
        assert!(database.is_empty(), "{way}, {options:?}: {} bytes in somebody's file", database.len());
        let frames = closed.stderr.lines().filter(|line| line.contains(": 0x")).count();
        // An emulator has no `process_vm_readv`.
        let least = if itself::emulator().is_some() { 1 } else { 6 };
        assert!(frames >= least, "{frames} frames in:\n{}", closed.stderr);
        // A tee is stderr, which is open, and has everything.
        let teed = options.contains(&"tee");
        assert_eq!(closed.stderr.contains("crash output: its descriptor was closed"), !teed);
        let lost = closed.stderr.contains("crash monitor: its descriptor was closed");
        assert_eq!(lost, options.len() > 1, "{}", closed.stderr);
    }
}

/// Stderr is what has its number when the process dies.
fn replaced() {
    replaced_with(&["replaced"]);
}

pub(crate) fn replaced_with(options: &[&str]) {
    for (way, said) in [("null", "SIGSEGV"), ("double", "SIGABRT")] {
        let remains = run(way, options);
        remains.assert_report(&[said]);
        let (at_first, later): (Vec<_>, Vec<_>) =
            remains.report().split_inclusive('\n').partition(|line| line.starts_with("on_crash: "));
        assert_eq!(at_first.is_empty(), options.len() == 1);
        // Std's word goes to what is stderr by then.
        let words = remains.stdout.replace("thread caused non-unwinding panic. aborting.\n", "");
        assert!(later.concat().starts_with(&words), "{}", remains.stdout);
        assert!(remains.stdout.contains(said), "{}", remains.stdout);
    }
}

/// Ends by itself: a victim that does not would be waited for until the runner ends the test.
fn unread() {
    let in_the_hook = run("long_panic", &["unread", "all"]);
    assert_eq!(in_the_hook.status.code(), Some(101));
    let in_the_handler = run("long_panic", &["unread", "hook-aborts"]);
    assert_eq!(in_the_handler.signal(), Some(libc::SIGABRT));
    for remains in [in_the_hook, in_the_handler] {
        assert!(remains.stderr.contains("crash output: cannot be written (error 110)"), "{}", remains.stderr);
    }
}

fn append() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crash.log");
    let first = run_to("null", file.clone(), &[], &[]);
    let second = run_to("panic", file, &[], &[]);
    assert!(second.file.starts_with(&first.file) && second.file.len() > first.file.len());
    assert_eq!(second.file.matches("=== crash output of process").count(), 2);
}
