//! Whatever is recorded is in the file, or counted as dropped.

use hooks_runtime::trace::observe::test;
use hooks_service::trace::Trace;
use std::io;
use std::thread;

#[test]
fn of_eight_threads_with_a_million_events_each_every_one_is_accounted_for() {
    let trace = Trace::builder().buffer_bytes(1 << 20).start(io::sink()).unwrap();
    thread::scope(|scope| (0..8).for_each(|_| _ = scope.spawn(|| (0..1_000_000).for_each(test))));
    let done = trace.stop().unwrap();
    assert_eq!(done.events + done.dropped, 8_000_000, "{done}");
    assert!(done.events > 0 && (1..=8).contains(&done.threads), "{done}");
}

#[test]
fn threads_come_and_go_by_the_thousand() {
    let trace = Trace::builder().start(io::sink()).unwrap();
    for _ in 0..100 {
        thread::scope(|scope| (0..30).for_each(|_| _ = scope.spawn(|| (0..10).for_each(test))));
    }
    let done = trace.stop().unwrap();
    // Each takes a chunk: the first ones may be overwritten before they are read.
    assert_eq!(done.events + done.dropped, 30_000, "{done}");
    assert!(done.events > 0 && done.threads <= 3_000, "{done}");
}

#[test]
fn a_slow_writer_has_events_dropped_and_threads_do_not_wait() {
    let trace = Trace::builder().buffer_bytes(1 << 18).max_rate(1).start(io::sink()).unwrap();
    (0..2_000_000).for_each(test);
    let done = trace.stop().unwrap();
    assert_eq!(done.events + done.dropped, 2_000_000);
    assert!(done.dropped > 1_000_000, "{done}");
}

/// The recorder's own first event is overwritten before it is looked for.
#[test]
fn it_starts_while_threads_record_as_fast_as_they_can() {
    let ends = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ends.load(std::sync::atomic::Ordering::Relaxed) {
                    hooks_runtime::trace::region("busy", || ());
                }
            });
        }
        let refused: Vec<_> = (0..60)
            .filter_map(|_| {
                let trace = Trace::builder().buffer_bytes(256 << 10).start(io::sink());
                trace.map(|trace| drop(trace.stop())).err()
            })
            .collect();
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(refused.is_empty(), "{refused:?}");
    });
}
