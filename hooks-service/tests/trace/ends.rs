//! How traces end.

use super::writer::{Kept, Until};
use hooks_runtime::trace::{is_on, observe::test};
use hooks_service::trace::{Ended, Error, Trace, capture_for};
use std::fs::{File, read_dir};
use std::io;
use std::sync::mpsc;
use std::time::Duration;

/// Until the trace has ended by itself, records.
fn record_until_end(trace: &Trace) {
    while !trace.has_ended() {
        (0..1000).for_each(test);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn it_is_stopped_and_says_what_it_wrote() {
    let kept = Kept::default();
    let trace = Trace::builder().start(kept.clone()).unwrap();
    assert!(is_on());
    (0..500).for_each(test);
    let done = trace.stop().unwrap();
    assert!(!is_on());
    assert_eq!((done.events, done.dropped, done.threads, done.ended), (500, 0, 1, Ended::Stopped));
    assert_eq!((done.bytes, kept.flushes()), (kept.bytes().len() as u64, 1));
    test(1);
    assert_eq!(kept.bytes().len() as u64, done.bytes);
}

#[test]
fn memory_tasks_and_losses_are_counted_beside_the_program() {
    let kept = Kept::default();
    let trace = Trace::builder().start(kept.clone()).unwrap();
    let has = |name: &str| kept.bytes().windows(name.len()).any(|part| part == name.as_bytes());
    while !["rss", "tasks", "events lost"].into_iter().all(has) {
        std::thread::sleep(Duration::from_millis(5));
    }
    trace.stop().unwrap();
}

#[test]
fn there_is_one_at_a_time() {
    let trace = Trace::builder().start(io::sink()).unwrap();
    let second = Trace::builder().start(io::sink()).unwrap_err();
    assert!(matches!(second, Error::AlreadyRuns { what: "trace" }), "{second}");
    let second = capture_for(Duration::ZERO, io::sink()).unwrap_err();
    assert!(matches!(second, Error::AlreadyRuns { what: "trace" }), "{second}");
    test(1);
    assert_eq!(trace.stop().unwrap().events, 1);
    Trace::builder().start(io::sink()).unwrap().stop().unwrap();
}

#[test]
fn one_that_is_dropped_is_written_and_flushed() {
    let kept = Kept::default();
    drop(Trace::builder().start(kept.clone()).unwrap());
    let empty = kept.bytes().len();
    let kept = Kept::default();
    let trace = Trace::builder().start(kept.clone()).unwrap();
    (0..100).for_each(test);
    drop(trace);
    assert!(kept.bytes().len() >= empty && kept.flushes() == 1 && !is_on());
}

#[test]
fn a_full_disk_ends_it_with_an_error_that_has_the_counts() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let trace = Trace::builder().start(full).unwrap();
    record_until_end(&trace);
    assert!(!is_on(), "nobody reads it any more");
    let error = trace.stop().unwrap_err();
    let Error::Write { source, summary } = &error else { panic!("{error}") };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    assert_eq!((summary.bytes, summary.ended), (0, Ended::Failed));
    assert!(error.summary().is_some() && error.to_string().contains("0 events in 0 bytes"), "{error}");
}

#[test]
fn a_pipe_that_nobody_reads_any_more_ends_it() {
    let (reader, writer) = io::pipe().unwrap();
    let trace = Trace::builder().start(writer).unwrap();
    drop(reader);
    record_until_end(&trace);
    let error = trace.stop().unwrap_err();
    assert!(
        matches!(&error, Error::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe),
        "{error}"
    );
}

#[test]
fn a_writer_that_panics_ends_it_and_nothing_else() {
    let trace = Trace::builder().start(Until(10, || panic!("out of paper"))).unwrap();
    record_until_end(&trace);
    let error = trace.stop().unwrap_err();
    assert!(matches!(&error, Error::WriterPanicked { message, .. } if message == "out of paper"), "{error}");
    assert_eq!(Trace::builder().start(io::sink()).unwrap().stop().unwrap().ended, Ended::Stopped);
}

/// What it panics with panics once more.
#[test]
fn a_writer_that_panics_with_what_panics_ends_it_at_once() {
    struct Again;
    impl Drop for Again {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    let trace = Trace::builder().start(Until(10, || std::panic::panic_any(Again))).unwrap();
    record_until_end(&trace);
    let error = trace.stop().unwrap_err();
    assert!(matches!(&error, Error::WriterPanicked { .. }), "{error}");
}

#[test]
fn a_writer_that_blocks_is_left_behind() {
    let (release, released) = mpsc::channel::<()>();
    let block = move || {
        let _ = released.recv();
        Err(io::ErrorKind::TimedOut.into())
    };
    let trace = Trace::builder().writer_timeout(Duration::from_millis(300)).start(Until(0, block)).unwrap();
    (0..100).for_each(test);
    let error = trace.stop().unwrap_err();
    let Error::WriterBlocks { summary, .. } = &error else { panic!("{error}") };
    assert_eq!((summary.events, summary.bytes), (0, 0));
    assert!(!is_on());
    // The memory is still the writer's: another trace has its own.
    let trace = Trace::builder().start(io::sink()).unwrap();
    (0..7).for_each(test);
    drop(release);
    assert_eq!(trace.stop().unwrap().events, 7);
}

#[test]
fn a_trace_of_a_while() {
    std::thread::scope(|scope| {
        let (ends, end) = mpsc::channel::<()>();
        scope.spawn(move || {
            while end.try_recv() == Err(mpsc::TryRecvError::Empty) {
                test(1);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut time = Duration::from_millis(50);
        loop {
            let kept = Kept::default();
            let done = capture_for(time, kept.clone()).unwrap();
            assert_eq!((done.ended, done.bytes), (Ended::MaxDuration, kept.bytes().len() as u64));
            assert!(done.duration >= time);
            // On a busy machine the thread may not run meanwhile.
            if done.events > 0 {
                break;
            }
            time *= 2;
        }
        drop(ends);
    });
}

fn count(folder: &str) -> usize {
    read_dir(folder).unwrap().count()
}

#[test]
fn nothing_is_left_behind() {
    let run = || {
        let trace = Trace::builder().start(io::sink()).unwrap();
        (0..100_000).for_each(test);
        trace.stop().unwrap();
    };
    // Its memory is kept, and the descriptor of that.
    run();
    let before = (count("/proc/self/fd"), count("/proc/self/task"));
    (0..20).for_each(|_| run());
    // The kernel shows a thread for a moment after it was joined.
    while count("/proc/self/task") > before.1 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(count("/proc/self/fd"), before.0);
}
