//! Models of chunks and slots. loom runs each in all orders in which its threads may take turns and see each other's stores, as long as no
//! more than three times a thread has to stop that could go on.

use super::area::{Area, Parts};
use super::chunk::{self, HEAD, ROOM, Writer};
use super::record::PLAIN;
use super::slot;
use crate::shared::{AtomicU64, Ordering};
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
    area_of(Parts { chunks, ..PARTS })
}

fn area_of(parts: Parts) -> Area {
    let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(0)).collect();
    Area::of_zeroes(words.leak(), parts)
}

/// Takes a chunk, fills it with records that all say `thread`, and gives it up.
fn record(area: &Area, thread: u64) -> bool {
    let writer = Writer { slot: thread, thread, id: thread, name: [0; 16] };
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

/// Has a slot for one event, if there is one, which it counts.
fn count_one(area: &Area, state: u64) -> bool {
    let slots = area.parts().slots;
    let Some(slot) = (0..slots).map(|number| area.slot(number)).find(|slot| slot::take(slot, state)) else {
        return false;
    };
    let slot: &slot::Slot = slot.try_into().unwrap();
    slot::count(slot, slot::EVENTS);
    let [events, _] = slot::take_counts(slot);
    assert_eq!(events, 1, "those of the last one that had it are counted");
    area.count_events(events);
    slot::give_back(slot, state);
    true
}

#[test]
fn loom_a_slot_is_one_threads_and_its_events_are_counted_once() {
    model(|| {
        let area = area_of(Parts { slots: 1, ..PARTS });
        let other = thread::spawn(move || count_one(&area, 7));
        let counted = [count_one(&area, 7), count_one(&area, 7)];
        let counted = counted.into_iter().chain([other.join().unwrap()]).filter(|is_counted| *is_counted);
        let (counted, events) = (counted.count() as u64, area.events());
        assert_eq!(counted, events);
        assert!(counted > 0, "who finds none finds one that another has");
        assert!(count_one(&area, 7), "it is free again");
    });
}

#[test]
fn loom_who_has_a_slot_of_an_earlier_recording_does_not_give_back_that_of_a_later_one() {
    model(|| {
        let area = area_of(Parts { slots: 1, ..PARTS });
        assert!(slot::take(area.slot(0), 7));
        let late = thread::spawn(move || slot::give_back(area.slot(0), 7));
        // The area is formatted; with what loom puts into one order with the other's, which it does not with stores.
        area.slot(0).iter().for_each(|word| _ = word.swap(0, Ordering::Relaxed));
        let is_taken = slot::take(area.slot(0), 8);
        late.join().unwrap();
        assert!(is_taken && !slot::take(area.slot(0), 8), "it has one owner");
    });
}
