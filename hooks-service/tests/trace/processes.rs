//! Forked children, and the exit of the process.

use super::writer::Kept;
use crate::support::forked::exit_status;
use crate::support::itself;
use hooks_runtime::trace::{is_on, observe::test};
use hooks_service::trace::{Error, Trace};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

#[test]
fn a_child_records_nothing_and_does_not_end_what_is_its_parents() {
    let kept = Kept::default();
    let mut trace = Some(Trace::builder().start(kept.clone()).unwrap());
    test(1);
    let status = exit_status(|| {
        (0..1000).for_each(test);
        let stopped = trace.take().map(Trace::stop);
        let parent = std::os::unix::process::parent_id();
        let refused = matches!(stopped, Some(Err(Error::Forked { parent: told })) if told == parent);
        i32::from(refused && !is_on())
    });
    assert_eq!(status, 1);
    assert!(is_on());
    let done = trace.unwrap().stop().unwrap();
    assert_eq!((done.events, done.dropped, done.bytes), (1, 0, kept.bytes().len() as u64));
}

#[test]
fn a_child_that_exits_writes_nothing_into_its_parents_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let trace = Trace::builder().start(BufWriter::with_capacity(1 << 20, file.reopen().unwrap())).unwrap();
    (0..100).for_each(test);
    let status = exit_status(|| {
        let report = hooks_runtime::exit::run_flushers(None);
        drop(trace);
        i32::from(report.faults().count() == 0 && file.as_file().metadata().unwrap().len() == 0)
    });
    assert_eq!(status, 1);
}

#[test]
fn a_child_has_a_trace_of_its_own() {
    let trace = Trace::builder().start(std::io::sink()).unwrap();
    let status = exit_status(|| {
        let own = Trace::builder().start(std::io::sink()).unwrap();
        (0..5).for_each(test);
        i32::try_from(own.stop().unwrap().events).unwrap()
    });
    assert_eq!((status, trace.stop().unwrap().events), (5, 0));
}

const FILE: &str = "HOOKS_TRACE_FILE";

/// The program that ends: nothing, unless it is started for that.
#[test]
fn ends_with_a_trace_that_nobody_stops() {
    let Ok(path) = std::env::var(FILE) else { return };
    let trace =
        Trace::builder().start(BufWriter::with_capacity(1 << 20, File::create(path).unwrap())).unwrap();
    (0..100).for_each(test);
    std::mem::forget(trace);
    hooks_runtime::exit(7);
}

#[test]
fn the_way_out_writes_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = itself::command();
    let name = "trace::processes::ends_with_a_trace_that_nobody_stops";
    let output = command.args(["--exact", name, "--nocapture"]).env(FILE, file.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(length(file.path()) > 0);
}

fn length(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

#[test]
fn flushers_are_those_of_a_trace_that_runs() {
    let has =
        || hooks_runtime::exit::flushers().iter().any(|flusher| flusher.site.function().contains("trace"));
    assert!(!has());
    let trace = Trace::builder().start(std::io::sink()).unwrap();
    assert!(has());
    trace.stop().unwrap();
    assert!(!has());
}
