//! A recorder over memory of this process.

use hooks_runtime::trace::observe::{
    Area, Clock, Head, Kept, Kind, Pair, Parts, Record, Records, Start, stop,
};
use std::sync::atomic::AtomicU64;

pub(crate) struct Recorder {
    pub(crate) kept: Kept,
}

/// Records from now on, into so many chunks.
pub(crate) fn start(chunks: usize, slots: usize) -> Recorder {
    let parts = Parts { chunks, ..Parts::within(1 << 20, slots) };
    let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(!0)).collect();
    let time = Pair { ticks: Clock::Monotonic.now(), monotonic: Clock::Monotonic.now() };
    let start = Start { clock: Clock::Monotonic, process: std::process::id(), time, unix: 0 };
    let area = Area::format(words.leak(), parts, &start).unwrap();
    let kept = Kept::new(area).unwrap();
    assert!(kept.start());
    Recorder { kept }
}

/// One event.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Event {
    pub(crate) ticks: u64,
    pub(crate) kind: Kind,
    pub(crate) subject: u64,
    pub(crate) payload: Vec<u8>,
}

/// The events of a thread that are still there.
pub(crate) struct Thread {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) events: Vec<Event>,
    /// How many there were before these.
    pub(crate) before: u64,
}

impl Recorder {
    pub(crate) fn area(&self) -> &Area {
        self.kept.area()
    }

    /// The chunks, in the order in which they were begun.
    pub(crate) fn chunks(&self) -> Vec<(Head, Vec<u64>)> {
        let read = |chunk| {
            let mut words = Vec::new();
            self.area().read(chunk, 0, &mut words).map(|head| (head, words))
        };
        let mut chunks: Vec<_> = (0..self.area().count()).filter_map(read).collect();
        chunks.sort_by_key(|(head, _)| head.sequence);
        chunks
    }

    /// Of each thread.
    pub(crate) fn threads(&self) -> Vec<Thread> {
        let mut threads: Vec<Thread> = Vec::new();
        for (head, words) in self.chunks() {
            let mut records = Records::new(&words);
            let events: Vec<Event> = records.by_ref().map(|record| Event::of(&record)).collect();
            assert_eq!(records.rest(), [0; 0], "all of it is records");
            match threads.iter_mut().find(|thread| thread.number == head.thread) {
                Some(thread) => thread.events.extend(events),
                None => threads.push(Thread {
                    number: head.thread,
                    name: String::from_utf8_lossy(&head.name).trim_end_matches('\0').to_owned(),
                    events,
                    before: head.before,
                }),
            }
        }
        threads
    }

    /// Of the only thread that has any.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut threads = self.threads();
        assert!(threads.len() <= 1);
        threads.pop().map_or_else(Vec::new, |thread| thread.events)
    }
}

impl Event {
    fn of(record: &Record<'_>) -> Event {
        let Record { ticks, kind, subject, payload, .. } = *record;
        Event { ticks, kind, subject, payload: payload.to_vec() }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        stop();
    }
}
