//! What Perfetto's own trace processor finds in a trace.

use super::writer::Kept;
use crate::support::trace_processor::Processor;
use hooks_runtime::trace::{self, counter, log, task};
use hooks_runtime::{labels, region};
use hooks_service::trace::{Summary, Trace};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;
use std::time::Duration;

/// The trace of what `work` does.
fn traced(work: impl FnOnce()) -> (Summary, Vec<u8>) {
    let kept = Kept::default();
    let trace = Trace::builder().buffer_bytes(64 << 20).start(kept.clone()).unwrap();
    work();
    (trace.stop().unwrap(), kept.bytes())
}

fn in_tokio(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build();
    runtime.unwrap().block_on(work);
}

#[test]
fn regions_messages_and_numbers_of_threads() {
    let (done, bytes) = traced(|| {
        let worker = std::thread::Builder::new().name("worker".into()).spawn(|| {
            for number in 0..100 {
                trace::region("outer", || {
                    trace::region("inner", || log("cache", format_args!("miss {number}")));
                });
                counter("queue", number);
                counter("load", f64::from(number) / 2.0);
            }
        });
        worker.unwrap().join().unwrap();
        let (began, begins) = channel();
        let (ends, end) = channel::<()>();
        std::thread::spawn(move || open(&began, &end));
        begins.recv().unwrap();
        std::mem::forget(ends);
    });
    assert_eq!((done.events, done.dropped), (100 * (4 + 1 + 2) + 1, 0));
    let trace = Processor::load(&bytes);
    let slices = trace.rows(
        "select slice.name, depth, count(*) from slice join thread_track on track_id = thread_track.id
         join thread using (utid) where thread.name = 'worker' group by 1, 2 order by depth, 1 limit 3",
    );
    assert_eq!(slices, [["outer", "0", "100"], ["inner", "1", "100"], ["miss 0", "2", "1"]]);
    assert_eq!(trace.column("select name from slice where dur = -1"), ["trace::perfetto::open"]);
    assert_eq!(trace.number("select count(*) from slice where category = 'cache' and dur = 0"), 100);
    let counted =
        "select count(*), max(value) from counter join counter_track on track_id = counter_track.id";
    assert_eq!(trace.rows(&format!("{counted} where name = 'queue'")), [["100", "99"]]);
    assert_eq!(trace.rows(&format!("{counted} where name = 'load'")), [["100", "49.5"]]);
    let place = "select string_value like '%perfetto.rs' from args join slice using (arg_set_id)
                 where slice.name = 'outer' and key = 'debug.file' limit 1";
    assert_eq!(trace.number(place), 1);
    assert_eq!(trace.number(&format!("select count(*) from process where pid = {}", std::process::id())), 1);
}

#[region]
fn open(began: &Sender<()>, end: &Receiver<()>) {
    began.send(()).unwrap();
    let _ = end.recv();
}

#[test]
fn tasks_have_their_states_and_whoever_woke_them_leads_to_their_polls() {
    const TASKS: usize = 20;
    let (done, bytes) = traced(|| {
        in_tokio(async {
            let tasks: Vec<_> = (0..TASKS)
                .map(|number| {
                    let labels = labels!["tenant" => number];
                    labels.scope(|| tokio::spawn(task("work", sleeps())))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            let mut aborted = Box::pin(task("aborted", std::future::pending::<()>()));
            let (polled, was_polled) = tokio::sync::oneshot::channel();
            let aborted = tokio::spawn(async move {
                let once = std::future::poll_fn(|context| Poll::Ready(aborted.as_mut().poll(context)));
                assert!(once.await.is_pending());
                polled.send(()).unwrap();
                // With the task in it.
                std::future::pending::<()>().await;
                drop(aborted);
            });
            was_polled.await.unwrap();
            aborted.abort();
            assert!(aborted.await.unwrap_err().is_cancelled());
            let panics = tokio::spawn(task("panics", async { panic!("on purpose") }));
            assert!(panics.await.unwrap_err().is_panic());
        });
    });
    // What waits for nothing has given its waker to nobody.
    assert_eq!((done.tasks, done.dropped, done.leaked), (TASKS as u64 + 2, 0, 1));
    let trace = Processor::load(&bytes);
    let spans = "from slice join process_track on track_id = process_track.id";
    let count = |condition: &str| trace.number(&format!("select count(*) {spans} where {condition}"));
    assert_eq!(count("depth = 0 and slice.name = 'work' and dur > 0"), 20);
    for state in ["created", "running", "waiting", "runnable"] {
        let times = if state == "created" { 20 } else { 40 };
        let found = trace.number(&format!(
            "select count(*) from slice state join slice span on state.parent_id = span.id
             where span.name = 'work' and state.name = '{state}' and state.depth = 1"
        ));
        assert!(found >= times, "{found} times {state}");
    }
    // All of a span is one of its states.
    let gaps = "select count(*) from slice span where name = 'work' and depth = 0
                and exists (select 1 from process_track where id = span.track_id)
                and dur != (select sum(dur) from slice state where state.parent_id = span.id and state.dur > 0)";
    assert_eq!(trace.number(gaps), 0);
    let polls = "from flow join slice wake on slice_out = wake.id join slice poll on slice_in = poll.id
                 where wake.name = 'wakes' and poll.name = 'work' and poll.ts >= wake.ts";
    assert!(trace.number(&format!("select count(*) {polls}")) >= 40);
    let first = "select count(*) from flow join slice made on slice_out = made.id join slice poll on slice_in = poll.id
                 where made.name = 'creates' and poll.name in ('work', 'panics', 'aborted')";
    assert_eq!(trace.number(first), 22);
    let tenants = "select count(distinct int_value) from args join slice using (arg_set_id)
                   where slice.name = 'work' and key = 'debug.tenant'";
    assert_eq!(trace.number(tenants), 20);
    for (name, end) in
        [("aborted", "cancelled"), ("aborted", "leaked: nobody can wake it"), ("panics", "panicked")]
    {
        let told = format!(
            "select count(*) from slice it join slice span on it.parent_id = span.id or it.track_id = span.track_id
             where it.name = '{end}' and span.name = '{name}' and span.depth = 0 and it.dur = 0"
        );
        assert!(trace.number(&told) > 0, "{name} {end}");
    }
    assert_eq!(trace.number("select count(*) from slice where dur = -1"), 0);
}

async fn sleeps() {
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        trace::region("step", || ());
    }
}

#[test]
fn many_threads_at_full_speed_and_each_slice_is_there() {
    const THREADS: u64 = 8;
    const EACH: u64 = 3_000;
    let (done, bytes) = traced(|| {
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..EACH {
                        outer();
                    }
                });
            }
        });
    });
    assert_eq!((done.events, done.dropped), (THREADS * EACH * 4, 0));
    let trace = Processor::load(&bytes);
    let rows = trace.rows(
        "select depth, count(*), count(distinct track_id), min(dur) >= 0
         from slice join thread_track on track_id = thread_track.id group by 1",
    );
    let each = (THREADS * EACH).to_string();
    assert_eq!(rows, [["0", &each, "8", "1"], ["1", &each, "8", "1"]]);
    let values = "select count(*) from args join slice using (arg_set_id) where slice.name like '%inner'
                  and (key = 'debug.number' and int_value = 3 or key = 'debug.text' and string_value = 'rows')";
    assert_eq!(trace.number(values).unsigned_abs(), 2 * THREADS * EACH);
}

#[region("outer")]
fn outer() {
    inner(3, Some("rows"));
}

#[region(number, text = what)]
fn inner(number: u64, what: Option<&str>) {
    std::hint::black_box((number, what));
}

#[test]
fn a_file_that_is_cut_anywhere_still_opens() {
    let (_, bytes) = traced(|| {
        in_tokio(async {
            for _ in 0..50 {
                tokio::spawn(task("work", sleeps())).await.unwrap();
            }
        });
    });
    let whole = Processor::load(&bytes).number("select count(*) from slice");
    let mut before = 0;
    for part in 1..=5 {
        let cut = &bytes[..bytes.len() * part / 5 - 1];
        let slices = Processor::load_with_faults(cut).number("select count(*) from slice");
        assert!(slices >= before && slices <= whole, "{slices} of {whole}");
        before = slices;
    }
    assert!(before > whole * 9 / 10);
}

/// The thread that began them is quiet, and what it recorded is still there. Whoever ended them has overwritten that.
#[test]
fn tasks_whose_end_is_lost_are_not_shown_as_if_they_ran() {
    let recorder = hooks_service::trace::FlightRecorder::builder().max_bytes(1 << 20).start().unwrap();
    let tasks: Vec<_> = (0..50).map(|_| task("quick", std::future::ready(()))).collect();
    let worker = std::thread::spawn(|| {
        tasks.into_iter().for_each(futures::executor::block_on);
        (0..200_000).for_each(|_| outer());
    });
    worker.join().unwrap();
    let _hung = task("since", std::future::pending::<()>());
    let mut bytes = Vec::new();
    recorder.snapshot().unwrap().write(&mut bytes).unwrap();
    recorder.stop();
    let trace = Processor::load(&bytes);
    assert_eq!(trace.column("select distinct name from slice where dur = -1 and depth = 0"), ["since"]);
    assert_eq!(trace.number("select max(value) from counter join counter_track on track_id = counter_track.id where name = 'tasks'"), 1);
}
