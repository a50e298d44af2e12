//! The memory of a recorder that another process wrote, or something has destroyed: whatever its words are, it is read to an end.

use crate::support::trace_processor::Processor;
use hooks_runtime::{labels, region, trace};
use hooks_service::trace::{Error, FlightRecorder, Recovered, recover};
use std::fs;
use std::path::Path;

/// Of the format: words of the head, of a slot, of a chunk and its head, and where the head has the sizes.
const HEAD: usize = 512;
const SLOT: usize = 16;
const CHUNK: usize = 2048;
const CHUNK_HEAD: usize = 16;
const SLOTS: usize = 3;
const SITES: usize = 4;
/// In the head of a chunk.
const SEQUENCE: usize = 0;
const LENGTH: usize = 2;
const THREAD: usize = 3;
const BEFORE: usize = 7;

const REGION_BEGIN: u64 = 1;
const REGION_END: u64 = 2;

/// The words of such a file.
struct Words(Vec<u64>);

impl Words {
    fn of(ring: &Path) -> Self {
        let bytes = fs::read(ring).unwrap();
        Self(bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect())
    }

    /// One that the head has.
    fn size(&self, index: usize) -> usize {
        usize::try_from(self.0[index]).unwrap()
    }

    /// Where the chunks begin.
    fn chunks(&self) -> Vec<usize> {
        let first = HEAD + self.size(SLOTS) * SLOT + self.size(SITES);
        (first..=self.0.len() - CHUNK).step_by(CHUNK).collect()
    }

    /// Plain records fill all chunks, each of another thread, or all of one.
    fn fill(&mut self, is_one_thread: bool, mut record: impl FnMut(u64) -> (u64, u64)) {
        let mut number = 0;
        for (turn, at) in (1_u64..).zip(self.chunks()) {
            let chunk = &mut self.0[at..at + CHUNK];
            (chunk[SEQUENCE], chunk[LENGTH]) = (turn, (CHUNK - CHUNK_HEAD) as u64);
            chunk[THREAD] = if is_one_thread { 1 } else { turn };
            chunk[BEFORE] = if is_one_thread { number } else { 0 };
            for two in chunk[CHUNK_HEAD..].chunks_exact_mut(2) {
                let (kind, subject) = record(number);
                two.copy_from_slice(&[number, kind << 57 | subject]);
                number += 1;
            }
        }
    }

    fn recover(&self, ring: &Path) -> Result<(Recovered, Vec<u8>), Error> {
        let mut bytes = vec![0; 8 * self.0.len()];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&self.0) {
            *bytes = word.to_ne_bytes();
        }
        fs::write(ring, bytes).unwrap();
        let mut trace = Vec::new();
        recover(ring, &mut trace).map(|found| (found, trace))
    }
}

/// A recorder's file, with events of all kinds.
fn recorded(ring: &Path, bytes: u64) -> Words {
    let recorder = FlightRecorder::builder().max_bytes(bytes).ring_file(ring).start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for number in 0..50 {
            let work = labels!["number" => number].scope(|| tokio::spawn(trace::task("work", work(number))));
            work.await.unwrap();
        }
    });
    recorder.stop();
    Words::of(ring)
}

#[region(number)]
async fn work(number: i64) {
    tokio::task::yield_now().await;
    trace::region("inside", || trace::log("says", "something"));
    trace::counter("number", number);
}

/// Numbers that are random enough, and the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// One that a reader may stumble over.
    fn word(&mut self, was: u64) -> u64 {
        match self.next() % 7 {
            0 => 0,
            1 => u64::MAX,
            2 => u64::MAX - self.next() % 4096,
            3 => self.next() % 4096,
            4 => was ^ 1 << (self.next() % 64),
            5 => i64::MAX.cast_unsigned(),
            _ => self.next(),
        }
    }
}

#[test]
fn whatever_its_words_are_it_is_read_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let whole = recorded(&ring, 1 << 18);
    let chunks = whole.chunks();
    let mut numbers = Numbers(7);
    let (mut readable, mut refused) = (Vec::new(), 0);
    for turn in 0..200 {
        let mut words = Words(whole.0.clone());
        for _ in 0..1 << (turn % 8) {
            let chunk = chunks[numbers.below(chunks.len())];
            let at = match turn % 4 {
                0 => numbers.below(HEAD + 8 * SLOT),
                // Texts of sites.
                1 => chunks[0] - 1 - numbers.below(words.size(SITES)),
                2 => chunk + numbers.below(CHUNK_HEAD),
                _ => chunk + numbers.below(CHUNK),
            };
            words.0[at] = numbers.word(words.0[at]);
        }
        match words.recover(&ring) {
            Ok((_, trace)) => readable.push(trace),
            Err(error) => {
                assert!(matches!(error, Error::Unreadable { .. }), "{error}");
                refused += 1;
            }
        }
    }
    assert!(readable.len() > 100 && refused > 0, "{} {refused}", readable.len());
    for trace in readable.iter().step_by(readable.len() / 2) {
        Processor::load_with_faults(trace).number("select count(*) from slice");
    }
}

#[test]
fn ends_of_what_never_began_are_none_however_many_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let mut words = recorded(&ring, 8 << 20);
    let half = words.chunks().len() as u64 * (CHUNK - CHUNK_HEAD) as u64 / 4;
    words.fill(true, |number| if number < half { (REGION_BEGIN, 1) } else { (REGION_END, 2) });
    let (found, _) = words.recover(&ring).unwrap();
    assert_eq!(found.events, 2 * half);
}

#[test]
fn sites_that_nobody_knows_are_looked_for_once() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let mut words = recorded(&ring, 4 << 20);
    words.fill(false, |number| (if number % 2 == 0 { REGION_BEGIN } else { REGION_END }, 8 + number / 2));
    let (found, trace) = words.recover(&ring).unwrap();
    let trace = Processor::load(&trace);
    let named = trace.rows("select name, count(*) from slice group by name");
    assert_eq!(named, [["unknown region".to_owned(), (found.events / 2).to_string()]]);
}

#[test]
fn counts_that_cannot_be_are_as_large_as_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    let mut words = recorded(&ring, 1 << 18);
    // Events and drops of the head and of the first slots; events before a chunk.
    for at in [19, 20, HEAD + 2, HEAD + 3, HEAD + SLOT + 2, HEAD + SLOT + 3] {
        words.0[at] = u64::MAX;
    }
    for (number, at) in words.chunks().into_iter().enumerate() {
        words.0[at + BEFORE] = u64::MAX - number as u64 % 2;
    }
    let (found, trace) = words.recover(&ring).unwrap();
    assert_eq!(found.dropped, u64::MAX);
    Processor::load(&trace);
}
