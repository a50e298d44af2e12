//! How far an area was read. Each round brings what is new, of each thread in the order of its events.
//!
//! Threads go on recording meanwhile, and do not wait: what was overwritten before it was read is missing, and it is told where.

use hooks_runtime::trace::observe::{Area, Head, Records};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// See the module.
#[derive(Debug)]
pub(crate) struct Cursor {
    area: Area,
    /// Of each chunk.
    positions: Vec<Position>,
    threads: HashMap<u64, Thread>,
    /// Threads up to this one may have been forgotten.
    forgotten: u64,
    /// What was read of a chunk; for the next one again.
    words: Vec<u64>,
    seen: u64,
    /// It keeps up with threads, and leaves out what it is too late for.
    skips: bool,
    last_round: Outcome,
}

/// Of the chunks with something new that a round came to.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    read: usize,
    /// Another thread had taken them.
    late: usize,
}

impl Outcome {
    /// A few are lost also by who keeps up.
    fn is_too_late(self) -> bool {
        self.late > self.read / 8
    }
}

/// A chunk that is to be read.
struct Listed {
    chunk: usize,
    sequence: u64,
    is_new: bool,
}

#[derive(Clone, Copy, Debug)]
struct Thread {
    /// The number of its next event.
    next: u64,
    /// The last of its chunks that was read.
    sequence: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Position {
    sequence: u64,
    words: usize,
}

/// What is new in a chunk.
pub(crate) struct Piece<'a> {
    /// Whose it is.
    pub(crate) head: Head,
    /// How many events of the thread are missing before these.
    pub(crate) missing: u64,
    /// The events.
    pub(crate) records: Records<'a>,
}

impl Cursor {
    /// Before all that there is.
    pub(crate) fn new(area: Area) -> Self {
        let positions = vec![Position::default(); area.count()];
        Self {
            area,
            positions,
            threads: HashMap::new(),
            forgotten: 0,
            words: Vec::new(),
            seen: 0,
            skips: false,
            last_round: Outcome::default(),
        }
    }

    /// Behind all that there is.
    pub(crate) fn from_now(area: Area) -> Self {
        let mut cursor = Self::new(area);
        let _ = cursor.round(&mut |_| ControlFlow::Continue(()));
        (cursor.seen, cursor.skips, cursor.last_round) = (0, true, Outcome::default());
        cursor
    }

    /// How many events were handed out.
    #[cfg(test)]
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Hands out what is new, a chunk at a time, until `each` has enough. The next round goes on behind the last one that it got.
    pub(crate) fn round(&mut self, each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let listed = self.new_chunks();
        self.last_round = Outcome::default();
        for it in listed {
            let mut words = std::mem::take(&mut self.words);
            words.clear();
            let flow = self.read(&it, &mut words, each);
            self.words = words;
            flow?;
        }
        ControlFlow::Continue(())
    }

    /// The chunks with something new, in the order in which they were begun; and of each thread the last that was read, in which
    /// nothing was new a moment ago: the thread may have filled it and begun the next one meanwhile.
    fn new_chunks(&mut self) -> Vec<Listed> {
        self.words.clear();
        let area = self.area;
        let heads: Vec<(Head, usize)> = (0..area.count())
            .filter_map(|chunk| Some((area.read(chunk, usize::MAX, &mut self.words)?, chunk)))
            .collect();
        self.forget(&heads);
        let mut listed: Vec<Listed> =
            heads.iter().filter_map(|(head, chunk)| self.listed(head, *chunk)).collect();
        listed.sort_by_key(|it| it.sequence);
        self.skip(&mut listed);
        listed
    }

    fn listed(&self, head: &Head, chunk: usize) -> Option<Listed> {
        let (read, sequence) = (self.positions[chunk], head.sequence);
        let is_new = read.sequence != sequence || read.words < head.words;
        let is_last = || self.threads.get(&head.thread).is_some_and(|it| it.sequence == sequence);
        (is_new || is_last()).then_some(Listed { chunk, sequence, is_new })
    }

    /// Where threads overwrite the oldest before they are read, who goes on with those reads nothing, and is as late the next
    /// time. That much is new is no sign of it: each of many threads may have a chunk with a few events.
    fn skip(&self, listed: &mut Vec<Listed>) {
        let (new, all) = (listed.iter().filter(|it| it.is_new).count(), self.area.count());
        if self.skips && self.last_round.is_too_late() && new > all / 4 * 3 {
            let mut left_out = new - all / 2;
            listed.retain(|it| {
                let stays = !it.is_new || left_out == 0;
                left_out -= usize::from(!stays);
                stays
            });
        }
    }

    /// Threads of which nothing is left, once there are very many: most have ended.
    fn forget(&mut self, heads: &[(Head, usize)]) {
        const MANY: usize = 100_000;
        if self.threads.len() < MANY {
            return;
        }
        let left: HashSet<u64> = heads.iter().map(|it| it.0.thread).collect();
        self.threads.retain(|thread, _| left.contains(thread));
        self.forgotten = left.iter().copied().max().unwrap_or(0);
    }

    /// One that was taken by another thread meanwhile is for the next round: what comes before it is not read yet.
    fn read(
        &mut self,
        listed: &Listed,
        words: &mut Vec<u64>,
        each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Listed { chunk, sequence, is_new } = *listed;
        let read = self.positions[chunk];
        let is_another = sequence != read.sequence;
        let from = if is_another { 0 } else { read.words };
        let head = self.area.read(chunk, from, words).filter(|head| head.sequence == sequence);
        self.last_round.read += usize::from(is_new && head.is_some());
        self.last_round.late += usize::from(is_new && head.is_none());
        let Some(head) = head else { return ControlFlow::Continue(()) };
        self.positions[chunk] = Position { sequence: head.sequence, words: head.words };
        let events = Records::new(words).count() as u64;
        let next = if head.thread <= self.forgotten { head.before } else { 0 };
        let thread = self.threads.entry(head.thread).or_insert(Thread { next, sequence: 0 });
        if sequence < thread.sequence {
            // What came after it was handed out already, and it was counted as missing.
            return ControlFlow::Continue(());
        }
        let missing = if is_another { head.before.saturating_sub(thread.next) } else { 0 };
        *thread = Thread { next: thread.next.saturating_add(missing).saturating_add(events), sequence };
        self.seen += events;
        if events == 0 && missing == 0 {
            return ControlFlow::Continue(());
        }
        each(Piece { head, missing, records: Records::new(words) })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::trace::engine::{LEAST, Reader, Reading, Wanted, start};
    use hooks_runtime::trace::observe::test;

    fn recorder() -> Reading {
        start(Reader::Trace, Wanted::Bytes(LEAST)).unwrap()
    }

    /// The threads, how many events are missing, and the numbers of those that are not.
    fn round(cursor: &mut Cursor) -> (HashSet<u64>, u64, Vec<u64>) {
        let mut all = (HashSet::new(), 0, Vec::new());
        let flow = cursor.round(&mut |piece| {
            all.0.insert(piece.head.thread);
            all.1 += piece.missing;
            all.2.extend(piece.records.map(|record| record.subject));
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        all
    }

    #[test]
    fn each_event_comes_once_and_in_order() {
        let reading = recorder();
        test(1);
        let mut cursor = Cursor::from_now(*reading.area());
        assert_eq!(round(&mut cursor).2, [0; 0]);
        for first in [2, 7, 9] {
            (first..first + 2).for_each(test);
            assert_eq!(round(&mut cursor).2, [first, first + 1]);
            assert_eq!(round(&mut cursor).2, [0; 0]);
        }
        assert_eq!(cursor.seen(), 6);
        let mut whole = Cursor::new(*reading.area());
        assert_eq!(round(&mut whole).2[1..], [1, 2, 3, 7, 8, 9, 10]);
    }

    #[test]
    fn over_many_chunks_in_order_while_it_is_written() {
        let reading = recorder();
        let mut cursor = Cursor::from_now(*reading.area());
        let many = 400_000_u64;
        let (mut missing, mut next) = (0, 0);
        std::thread::scope(|scope| {
            let writer = scope.spawn(move || (0..many).for_each(test));
            let mut is_last = false;
            loop {
                let (_, lost, numbers) = round(&mut cursor);
                missing += lost;
                for number in numbers {
                    assert!(number >= next, "{number} after {next}");
                    next = number + 1;
                }
                if is_last {
                    break;
                }
                is_last = writer.is_finished();
            }
        });
        assert_eq!((next, cursor.seen() + missing), (many, many));
    }

    #[test]
    fn what_was_overwritten_is_missing() {
        let reading = recorder();
        test(1);
        let mut cursor = Cursor::from_now(*reading.area());
        (0..100_000).for_each(test);
        let (threads, missing, numbers) = round(&mut cursor);
        assert_eq!((threads.len(), missing + numbers.len() as u64), (1, 100_000));
        assert!(missing > 0 && numbers.into_iter().eq(missing..100_000));
    }

    #[test]
    fn a_few_events_of_each_of_many_threads_are_all_read() {
        let reading = recorder();
        test(1);
        let mut cursor = Cursor::from_now(*reading.area());
        // Of this thread, and of the one that the recorder tested itself with.
        let most = reading.area().count() as u64 - 2;
        for threads in [most, most / 4, most / 4, most, most] {
            for number in 0..threads {
                std::thread::spawn(move || (0..2).for_each(|event| test(2 * number + event))).join().unwrap();
            }
            let (seen, missing, numbers) = round(&mut cursor);
            assert_eq!((seen.len() as u64, missing), (threads, 0));
            assert!(numbers.into_iter().eq(0..2 * threads));
        }
    }

    #[test]
    fn who_was_too_late_leaves_out_the_older_half() {
        let reading = recorder();
        test(1);
        let mut cursor = Cursor::from_now(*reading.area());
        let chunks = reading.area().count();
        (0..100_000).for_each(test);
        let mut is_first = true;
        assert!(
            cursor
                .round(&mut |_| {
                    if std::mem::take(&mut is_first) {
                        (100_000..200_000).for_each(test);
                    }
                    ControlFlow::Continue(())
                })
                .is_continue()
        );
        assert!(cursor.last_round.is_too_late());
        assert!(cursor.new_chunks().len() <= chunks / 2 + 1, "of {chunks}");
        let (_, _, numbers) = round(&mut cursor);
        assert_eq!((numbers.last(), cursor.last_round.is_too_late()), (Some(&199_999), false));
    }

    #[test]
    fn it_ends_when_it_is_enough_and_goes_on_there() {
        let reading = recorder();
        let mut cursor = Cursor::from_now(*reading.area());
        (0..3_000).for_each(test);
        let (mut pieces, mut numbers) = (0, Vec::new());
        loop {
            let flow = cursor.round(&mut |piece| {
                pieces += 1;
                numbers.extend(piece.records.map(|record| record.subject));
                ControlFlow::Break(())
            });
            if flow.is_continue() {
                break;
            }
        }
        assert!(pieces > 1 && numbers.into_iter().eq(0..3_000));
    }
}
