//! Models of chunks. loom runs each in all orders in which its threads may take turns and see each other's stores, as long as no
//! more than three times a thread has to stop that could go on.

use super::area::{Area, Parts};
use super::chunk::{self, HEAD, ROOM, Writer};
use super::record::PLAIN;
use crate::shared::AtomicU64;
use loom::thread::{self, JoinHandle};

const PARTS: Parts = Parts { chunks: 1, slots: 0, sites: 0 };

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    // LOOM_MAX_PREEMPTIONS asks for more.
    model.preemption_bound = model.preemption_bound.or(Some(3));
    model.max_branches = 10_000;
    model.check(run);
}

/// loom has its atomics anew for each order. They are few, and are not given back.
fn area(chunks: usize) -> Area {
    let parts = Parts { chunks, ..PARTS };
    let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(0)).collect();
    Area::of_zeroes(words.leak(), parts)
}

/// Takes a chunk, fills it with records that all say `thread`, and gives it up.
fn record(area: &Area, thread: u64) -> bool {
    let writer = Writer { slot: thread, thread, id: thread, name: [thread; 2] };
    let Some(chunk) = area.take(&writer, thread) else { return false };
    for at in (HEAD..HEAD + ROOM).step_by(PLAIN) {
        chunk::write(chunk, at, [thread; PLAIN], at + PLAIN);
    }
    chunk::give_up(chunk, thread);
    true
}

fn recording(area: Area, thread: u64) -> JoinHandle<bool> {
    thread::spawn(move || record(&area, thread))
}

/// What is read is whole, and of one thread. Says of which.
fn read(area: &Area, chunk: usize) -> Option<u64> {
    let mut words = Vec::new();
    let head = area.read(chunk, 0, &mut words)?;
    let thread = head.thread;
    assert_eq!((head.id, head.before, words.len()), (thread, thread, head.words));
    assert!(words.len() % PLAIN == 0 && words.iter().all(|word| *word == thread), "{words:?} of {thread}");
    Some(thread)
}

#[test]
fn loom_a_reader_sees_whole_records_of_one_thread_or_nothing() {
    model(|| {
        let area = area(1);
        let writer = thread::spawn(move || record(&area, 1) && record(&area, 2));
        read(&area, 0);
        assert!(writer.join().unwrap());
        assert_eq!(read(&area, 0), Some(2));
        let lost = area.lost_until();
        assert_eq!(lost, 1);
    });
}

#[test]
fn loom_no_two_threads_write_one_chunk() {
    model(|| {
        let area = area(1);
        let other = recording(area, 2);
        let is_first = record(&area, 1);
        read(&area, 0);
        let is_second = other.join().unwrap();
        assert!(is_first || is_second, "at most one found it taken");
        let last = read(&area, 0).unwrap();
        assert!(if last == 1 { is_first } else { is_second });
    });
}

#[test]
fn loom_who_finds_one_chunk_taken_has_the_next() {
    model(|| {
        let area = area(2);
        let other = recording(area, 2);
        assert!(record(&area, 1));
        assert!(other.join().unwrap());
        let found: Vec<u64> = (0..2).filter_map(|chunk| read(&area, chunk)).collect();
        assert!(found.contains(&1) || found.contains(&2));
    });
}
