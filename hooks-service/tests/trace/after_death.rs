//! What is left of a recorder when its process is gone.

use crate::support::forked::{ended, exit_status};
use crate::support::trace_processor::Processor;
use hooks_runtime::region;
use hooks_service::trace::{Error, FlightRecorder, Recovered, recover};
use std::fs;
use std::path::Path;

#[region("before the end")]
fn work() {}

/// A child records into the file and is killed in the middle of a region.
fn die(ring: &Path) -> libc::pid_t {
    let (child, status) = ended(|| {
        let recorder = FlightRecorder::builder().max_bytes(1 << 20).ring_file(ring).start();
        (0..100).for_each(|_| work());
        hooks_runtime::trace::region("the end", || {
            // SAFETY: that is how it ends.
            unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        });
        drop(recorder);
        0
    });
    assert!(libc::WIFSIGNALED(status), "{status:#x}");
    assert_eq!(libc::WTERMSIG(status), libc::SIGKILL);
    child
}

fn recovered(ring: &Path) -> (Recovered, Vec<u8>) {
    let mut trace = Vec::new();
    (recover(ring, &mut trace).unwrap(), trace)
}

#[test]
fn a_process_that_was_killed_leaves_its_last_seconds_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let child = die(&ring);
    let (found, trace) = recovered(&ring);
    assert_eq!(
        (found.process, found.events, found.dropped, found.threads),
        (child.unsigned_abs(), 201, 0, 1)
    );
    let trace = Processor::load(&trace);
    assert_eq!(trace.number("select count(*) from slice where name = 'before the end'"), 100);
    assert_eq!(trace.column("select name from slice where dur = -1"), ["the end"]);
    assert_eq!(trace.number(&format!("select count(*) from process where pid = {child}")), 1);
    // The next one keeps it.
    let next = FlightRecorder::builder().max_bytes(1 << 20).ring_file(&ring).start().unwrap();
    work();
    assert_eq!(recovered(&ring).0.process, std::process::id(), "also of one that lives");
    next.stop();
    assert_eq!(recovered(&folder.path().join("ring.previous")).0, found);
}

#[test]
fn what_is_no_such_file_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    die(&ring);
    let whole = fs::read(&ring).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&ring, bytes).unwrap();
        recover(&ring, &mut Vec::new()).unwrap_err()
    };
    for (bytes, reason) in [
        (&b"no ring"[..], "words of memory"),
        (&[0; 8192], "no memory of a recorder"),
        (&whole[..whole.len() / 2], "where its head says"),
    ] {
        let error = refused(bytes);
        assert!(matches!(&error, Error::Unreadable { path, .. } if *path == ring), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let mut other_version = whole.clone();
    other_version[8] = 99;
    assert!(refused(&other_version).to_string().contains("version 99"));
    let missing = recover(folder.path().join("none"), &mut Vec::new()).unwrap_err();
    assert!(matches!(missing, Error::File { .. }), "{missing}");
}

#[test]
fn a_start_that_is_refused_touches_no_file_and_the_same_file_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let builder = || FlightRecorder::builder().max_bytes(1 << 20).ring_file(&ring);
    let first = builder().start().unwrap();
    work();
    assert!(matches!(builder().start().unwrap_err(), Error::AlreadyRuns { .. }));
    let status = exit_status(|| {
        let refused = builder().start().unwrap_err();
        i32::from(refused.to_string().contains("another process records into it"))
    });
    assert_eq!(status, 1);
    assert_eq!(recovered(&ring).0.events, 2);
    first.stop();
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
    for _ in 0..100 {
        builder().start().unwrap().stop();
    }
    assert_eq!(descriptors(), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no other file");
}

#[test]
fn a_file_that_cannot_be_is_an_error_at_the_start() {
    let error = FlightRecorder::builder().ring_file("/no/such/folder/ring").start().unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if path.ends_with("ring")), "{error}");
    let trace = hooks_service::trace::Trace::builder().start(std::io::sink()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = FlightRecorder::builder().ring_file(folder.path().join("ring")).start().unwrap_err();
    assert!(matches!(error, Error::AlreadyRuns { what: "trace" }), "{error}");
    trace.stop().unwrap();
}
