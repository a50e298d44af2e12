//! A chunk: the part of the area that one thread writes its records into, one after the other.
//!
//! # Invariant
//! Who has its number in `OWNER` writes it, and nobody else. Its words up to `LENGTH` are whole records, and change no more
//! until it is taken again. `SEQUENCE` is 0 while that is done, and another one afterwards: who reads the same one before and
//! after has read what belongs together. Nobody waits for a reader.

use super::record::PLAIN;
use crate::shared::{AtomicU64, Ordering, fence};

/// Words of a chunk, with its head. In models few: each is one step more of a thread.
pub(crate) const WORDS: usize = if cfg!(all(test, loom)) { HEAD + 4 } else { 2048 };
pub(crate) const HEAD: usize = 16;
/// The words for records.
pub(crate) const ROOM: usize = WORDS - HEAD;

pub(crate) type Words = [AtomicU64; WORDS];

/// In the order in which chunks were taken, from 1 on; 0: never yet, or being taken.
const SEQUENCE: usize = 0;
/// The slot of the thread that writes, from 1 on; 0: nobody does.
const OWNER: usize = 1;
/// The words that are written.
const LENGTH: usize = 2;
/// The number of the thread, which no other thread of the process ever has.
const THREAD: usize = 3;
/// The kernel's number of it.
const ID: usize = 4;
/// Its name, in two words.
const NAME: usize = 5;
/// How many events it had recorded before those in here.
const BEFORE: usize = 7;
/// The time at which it was full, or its thread ended.
const LAST: usize = 8;

/// Whose events they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Writer {
    /// From 1 on.
    pub(crate) slot: u64,
    pub(crate) thread: u64,
    pub(crate) id: u64,
    pub(crate) name: [u8; 16],
}

/// If nobody writes it, this thread does from now on. Says until when events are in it that will be overwritten; 0: none are.
pub(crate) fn take(chunk: &Words, writer: &Writer) -> Option<u64> {
    chunk[OWNER].compare_exchange(0, writer.slot, Ordering::Acquire, Ordering::Relaxed).ok()?;
    let is_first = chunk[SEQUENCE].load(Ordering::Relaxed) == 0;
    Some(if is_first { 0 } else { chunk[LAST].load(Ordering::Relaxed) })
}

/// Nothing is in it, of a thread that has taken it.
pub(crate) fn begin(chunk: &Words, sequence: u64, writer: &Writer, before: u64) {
    chunk[SEQUENCE].store(0, Ordering::Relaxed);
    // What follows comes after: a reader that sees any of it sees that the old sequence is gone.
    fence(Ordering::Release);
    chunk[LENGTH].store(0, Ordering::Relaxed);
    chunk[THREAD].store(writer.thread, Ordering::Relaxed);
    chunk[ID].store(writer.id, Ordering::Relaxed);
    for (word, part) in chunk[NAME..NAME + 2].iter().zip(writer.name.chunks(8)) {
        word.store(u64::from_ne_bytes(part.try_into().unwrap_or_default()), Ordering::Relaxed);
    }
    chunk[BEFORE].store(before, Ordering::Relaxed);
    chunk[SEQUENCE].store(sequence, Ordering::Release);
}

/// A record, whose payload is there already, from `at` to `end`: from now on it is one of those to be read.
#[inline]
pub(crate) fn write(chunk: &Words, at: usize, record: [u64; PLAIN], end: usize) {
    if let Some(words) = chunk.get(at..at + PLAIN) {
        words[0].store(record[0], Ordering::Relaxed);
        words[1].store(record[1], Ordering::Relaxed);
        chunk[LENGTH].store((end - HEAD) as u64, Ordering::Release);
    }
}

/// This thread writes it no more.
pub(crate) fn give_up(chunk: &Words, ticks: u64) {
    chunk[LAST].store(ticks, Ordering::Relaxed);
    chunk[OWNER].store(0, Ordering::Release);
}

/// What was read of a chunk at one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Head {
    /// Which of all chunks that were ever begun it is: those of a thread are in the order of its events.
    pub sequence: u64,
    /// The thread's number in the process, which no other thread ever has.
    pub thread: u64,
    /// The kernel's number of the thread.
    pub id: u64,
    /// The thread's name when it began the chunk, up to the first zero.
    pub name: [u8; 16],
    /// How many events the thread had recorded before those in here.
    pub before: u64,
    /// How many words of records there were.
    pub words: usize,
}

/// The head, and the words from `from` on, which are added to `to`. `None`: there are none, or it was taken by another thread
/// meanwhile, and `to` is as it was.
pub(crate) fn read(chunk: &[AtomicU64], from: usize, to: &mut Vec<u64>) -> Option<Head> {
    let (start, load) = (to.len(), |index: usize| chunk.get(index).map(|word| word.load(Ordering::Relaxed)));
    let sequence = chunk.first()?.load(Ordering::Acquire);
    if sequence == 0 {
        return None;
    }
    let words = chunk.get(LENGTH)?.load(Ordering::Acquire);
    let words = usize::try_from(words).ok().filter(|words| *words <= ROOM)?;
    let name = name_of([load(NAME)?, load(NAME + 1)?]);
    let head = Head { sequence, thread: load(THREAD)?, id: load(ID)?, name, before: load(BEFORE)?, words };
    let written = chunk.get(HEAD + from.min(words)..HEAD + words)?;
    to.extend(written.iter().map(|word| word.load(Ordering::Relaxed)));
    fence(Ordering::Acquire);
    if chunk.first()?.load(Ordering::Relaxed) != sequence {
        to.truncate(start);
        return None;
    }
    Some(head)
}

fn name_of(words: [u64; 2]) -> [u8; 16] {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&words[0].to_ne_bytes());
    name[8..].copy_from_slice(&words[1].to_ne_bytes());
    name
}

/// Nobody has ever written it.
pub(super) fn clear(chunk: &Words) {
    chunk[..HEAD].iter().for_each(|word| word.store(0, Ordering::Relaxed));
}
