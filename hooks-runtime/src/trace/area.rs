//! The memory that a recorder gave: its head, a slot for each thread, the table of sites, and the chunks.
//!
//! It may be read from outside, also when the process is gone; so it holds no address that anybody follows, and what is read of
//! it is looked at before it is used.

use super::chunk::{self, Words, Writer};
use super::clock::Clock;
use super::record::{PLAIN, payload_words};
use super::slot;
use crate::shared::{AtomicU64, Ordering::Relaxed};
use crate::sites;
use std::fmt;

const MAGIC: u64 = u64::from_ne_bytes(*b"hooks:tr");
const VERSION: u64 = 1;
/// Words of the head. In models only those that are used there.
const HEAD: usize = if cfg!(all(test, loom)) { LEAKED } else { 512 };

// Words of the head: what is written once,
const CHUNKS: usize = 2;
const SLOTS: usize = 3;
const SITES: usize = 4;
const CLOCK: usize = 5;
const PROCESS: usize = 6;
const STARTED: usize = 7;
const UNIX: usize = 9;
// and what changes. Apart from the others, as all threads write it.
const NEXT_CHUNK: usize = 16;
const NEXT_THREAD: usize = 17;
const OVERWRITTEN: usize = 18;
const EVENTS: usize = 19;
const DROPPED: usize = 20;
const LEAKED: usize = 21;
const NEXT_PAIR: usize = 32;
const SITES_USED: usize = 33;
/// Pairs of times, as a ring.
const PAIRS: usize = 64;
const MOST_PAIRS: usize = 64;

/// How large the parts of an area are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts {
    /// Chunks of 16 KiB: the events. A thread that records holds one.
    pub chunks: usize,
    /// Threads that may record at the same time.
    pub slots: usize,
    /// Words for the names of sites.
    pub sites: usize,
}

impl Parts {
    /// As many chunks as there is room for in so many bytes, at most, with slots and room for the sites of the program as it is.
    pub fn within(bytes: usize, slots: usize) -> Parts {
        let sites = sites::placed().map(|(_, text)| site_words(text)).sum();
        let left = (bytes / 8).saturating_sub(HEAD + slots * slot::WORDS + sites);
        Parts { chunks: left / chunk::WORDS, slots, sites }
    }

    /// How many words such an area has.
    pub fn words(self) -> usize {
        HEAD + self.slots * slot::WORDS + self.sites + self.chunks * chunk::WORDS
    }

    fn checked_words(self) -> Option<usize> {
        let slots = self.slots.checked_mul(slot::WORDS)?;
        let chunks = self.chunks.checked_mul(chunk::WORDS)?;
        HEAD.checked_add(slots)?.checked_add(self.sites)?.checked_add(chunks)
    }
}

/// Memory that is no area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Malformed {
    /// It does not begin as one.
    Magic,
    /// It is of another version of this crate.
    Version(u64),
    /// It has fewer words than its head says.
    Truncated {
        /// As it says.
        words: usize,
        /// As there are.
        found: usize,
    },
    /// The sizes in its head are none.
    Sizes,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Magic => f.write_str("this is no memory of a recorder"),
            Malformed::Version(version) => {
                write!(f, "version {version} of the format: this is version {VERSION}")
            }
            Malformed::Truncated { words, found } => {
                write!(f, "{found} words of memory, where its head says {words}")
            }
            Malformed::Sizes => f.write_str("the sizes in its head are none"),
        }
    }
}

impl std::error::Error for Malformed {}

/// What of an area is written once, when a recorder begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// The clock of its events.
    pub clock: Clock,
    /// The process.
    pub process: u32,
    /// The time.
    pub time: Pair,
    /// The same, in nanoseconds since 1970.
    pub unix: u64,
}

/// One instant on two clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pair {
    /// By the clock of the events.
    pub ticks: u64,
    /// By `CLOCK_MONOTONIC`, in nanoseconds.
    pub monotonic: u64,
}

/// See the module.
#[derive(Clone, Copy)]
pub struct Area {
    words: &'static [AtomicU64],
    parts: Parts,
}

impl Area {
    /// An empty one in these words, which are all for it. Nobody records in them, see [`is_quiet`](Area::is_quiet). `None`: they
    /// are too few, or there is no chunk or slot.
    pub fn format(words: &'static [AtomicU64], parts: Parts, start: &Start) -> Option<Area> {
        let fits = parts.checked_words().is_some_and(|all| all <= words.len());
        if !fits || parts.chunks == 0 || parts.slots == 0 {
            return None;
        }
        let area = Area { words, parts };
        area.set(0, 0);
        (1..HEAD).for_each(|index| area.set(index, 0));
        (0..parts.slots).for_each(|slot| area.slot(slot).iter().for_each(|word| word.store(0, Relaxed)));
        (0..parts.chunks as u64).filter_map(|turn| area.chunk(turn)).for_each(chunk::clear);
        let Start { clock, process, time, unix } = *start;
        for (index, value) in [(CHUNKS, parts.chunks), (SLOTS, parts.slots), (SITES, parts.sites)] {
            area.set(index, value as u64);
        }
        area.set(1, VERSION);
        area.set(CLOCK, clock.number());
        area.set(PROCESS, process.into());
        area.set(STARTED, time.ticks);
        area.set(STARTED + 1, time.monotonic);
        area.set(UNIX, unix);
        area.note_sites();
        area.note_time(time);
        area.set(0, MAGIC);
        Some(area)
    }

    /// One that this or another process has made.
    ///
    /// # Errors
    /// It is none, or there is less of it than its head says.
    pub fn open(words: &'static [AtomicU64]) -> Result<Area, Malformed> {
        let head = words.get(..HEAD).ok_or(Malformed::Truncated { words: HEAD, found: words.len() })?;
        let load = |index: usize| head[index].load(Relaxed);
        if load(0) != MAGIC {
            return Err(Malformed::Magic);
        }
        if load(1) != VERSION {
            return Err(Malformed::Version(load(1)));
        }
        let size = |index| usize::try_from(load(index)).map_err(|_| Malformed::Sizes);
        let parts = Parts { chunks: size(CHUNKS)?, slots: size(SLOTS)?, sites: size(SITES)? };
        let all = parts.checked_words().ok_or(Malformed::Sizes)?;
        if all > words.len() {
            return Err(Malformed::Truncated { words: all, found: words.len() });
        }
        if parts.chunks == 0 { Err(Malformed::Sizes) } else { Ok(Area { words, parts }) }
    }

    /// In a model, of words that are all zero, so that no step is lost on what is not modelled.
    #[cfg(all(test, loom))]
    pub(super) fn of_zeroes(words: &'static [AtomicU64], parts: Parts) -> Area {
        Area { words, parts }
    }

    /// What it is made of.
    pub fn parts(&self) -> Parts {
        self.parts
    }

    /// What was written when the recorder began. `None`: its clock is none.
    pub fn start(&self) -> Option<Start> {
        let time = Pair { ticks: self.get(STARTED), monotonic: self.get(STARTED + 1) };
        let process = u32::try_from(self.get(PROCESS)).ok()?;
        Some(Start { clock: Clock::of(self.get(CLOCK))?, process, time, unix: self.get(UNIX) })
    }

    /// Notes the time on both clocks. By one thread at a time.
    pub fn note_time(&self, pair: Pair) {
        let next = self.get(NEXT_PAIR);
        let at = PAIRS + usize::try_from(next).unwrap_or(0) % MOST_PAIRS * 2;
        self.set(at, pair.ticks);
        self.set(at + 1, pair.monotonic);
        self.set(NEXT_PAIR, next + 1);
    }

    /// The last 64 times that were noted, in order.
    pub fn times(&self) -> Vec<Pair> {
        let at = |index: usize| PAIRS + index * 2;
        let pair = |index| Pair { ticks: self.get(at(index)), monotonic: self.get(at(index) + 1) };
        let mut pairs: Vec<Pair> =
            (0..MOST_PAIRS).map(pair).filter(|pair| *pair != Pair::default()).collect();
        pairs.sort_by_key(|pair| pair.monotonic);
        pairs
    }

    /// All that are linked into the program, which does not change, as far as there is room.
    fn note_sites(&self) {
        let mut used = 0;
        for (address, text) in sites::placed() {
            let words = site_words(text);
            if used + words > self.parts.sites {
                break;
            }
            self.note_site(self.sites_at() + used, address, text);
            used += words;
        }
        self.set(SITES_USED, used as u64);
    }

    fn note_site(&self, at: usize, address: u64, text: &str) {
        self.set(at, address);
        self.set(at + 1, text.len() as u64);
        for (index, part) in text.as_bytes().chunks(8).enumerate() {
            let mut bytes = [0; 8];
            bytes[..part.len()].copy_from_slice(part);
            self.set(at + 2 + index, u64::from_ne_bytes(bytes));
        }
    }

    /// Nothing is in this chunk. Of a copy, where it is of no use.
    pub fn forget(&self, chunk: usize) {
        if let Some(chunk) = self.chunk(chunk as u64) {
            chunk::clear(chunk);
        }
    }

    /// The address by which records name a site, and its text, of all that were noted.
    pub fn sites(&self) -> Vec<(u64, String)> {
        let used = usize::try_from(self.get(SITES_USED)).unwrap_or(0).min(self.parts.sites);
        let (mut at, end) = (self.sites_at(), self.sites_at() + used);
        let mut sites = Vec::new();
        while at + 2 <= end {
            let length = usize::try_from(self.get(at + 1)).unwrap_or(usize::MAX);
            let words = length.div_ceil(8);
            if words > end - at - 2 {
                break;
            }
            let text = (at + 2..at + 2 + words).flat_map(|index| self.get(index).to_ne_bytes());
            let text = text.take(length).collect();
            if let Ok(text) = String::from_utf8(text) {
                sites.push((self.get(at), text));
            }
            at += 2 + words;
        }
        sites
    }

    /// How many chunks there are. [`read`](Area::read) knows those below.
    pub fn count(&self) -> usize {
        self.parts.chunks
    }

    /// What there is in this chunk: its head, and the words of its records from `from` on, which are added to `to`.
    ///
    /// `None`: nothing, or another thread took it meanwhile, and `to` is as it was. Nobody waits for this.
    pub fn read(&self, chunk: usize, from: usize, to: &mut Vec<u64>) -> Option<chunk::Head> {
        chunk::read(self.chunk(chunk as u64)?, from, to)
    }

    /// Events at this time and before may have been overwritten; 0: none was.
    pub fn lost_until(&self) -> u64 {
        self.get(OVERWRITTEN)
    }

    /// How many events were recorded.
    pub fn events(&self) -> u64 {
        self.get(EVENTS).saturating_add(self.in_slots(slot::EVENTS))
    }

    /// How many were not: in a signal handler that interrupted a record, because each chunk was being written, or there was no
    /// slot for the thread.
    pub fn dropped(&self) -> u64 {
        self.get(DROPPED).saturating_add(self.in_slots(slot::DROPPED))
    }

    /// How many tasks were left pending with nobody who could wake them, and have not been polled since.
    pub fn leaked(&self) -> u64 {
        self.get(LEAKED)
    }

    /// How many threads have recorded something.
    pub fn threads(&self) -> u64 {
        self.get(NEXT_THREAD)
    }

    /// Whether no thread is recording at this instant. After the [`stop`](super::observe::stop), and a barrier on all threads,
    /// nobody records any more once this was so.
    pub fn is_quiet(&self) -> bool {
        (0..self.parts.slots).all(|slot| !slot::is_busy(self.slot(slot)))
    }

    fn in_slots(&self, what: usize) -> u64 {
        // What another process wrote may be any number.
        (0..self.parts.slots).fold(0, |sum, slot| sum.saturating_add(self.slot(slot)[what].load(Relaxed)))
    }

    pub(super) fn count_leaked(&self) {
        self.words[LEAKED].fetch_add(1, Relaxed);
    }

    pub(super) fn count_not_leaked(&self) {
        let _ = self.words[LEAKED].fetch_update(Relaxed, Relaxed, |tasks| tasks.checked_sub(1));
    }

    pub(super) fn count_dropped(&self, events: u64) {
        self.words[DROPPED].fetch_add(events, Relaxed);
    }

    pub(super) fn count_events(&self, events: u64) {
        self.words[EVENTS].fetch_add(events, Relaxed);
    }

    pub(super) fn next_thread(&self) -> u64 {
        self.words[NEXT_THREAD].fetch_add(1, Relaxed) + 1
    }

    /// The next chunk that nobody writes, which from now on this thread does. `None`: all are being written.
    pub(super) fn take(&self, writer: &Writer, before: u64) -> Option<&'static Words> {
        for _ in 0..self.parts.chunks {
            let turn = self.words[NEXT_CHUNK].fetch_add(1, Relaxed);
            let chunk = self.chunk(turn)?;
            if let Some(overwritten) = chunk::take(chunk, writer) {
                // Before it is: who finds nothing in it any more knows what was.
                self.words[OVERWRITTEN].fetch_max(overwritten, Relaxed);
                chunk::begin(chunk, turn + 1, writer, before);
                return Some(chunk);
            }
        }
        None
    }

    /// The chunk whose turn it is.
    pub(super) fn chunk(&self, turn: u64) -> Option<&'static Words> {
        let number = usize::try_from(turn % self.parts.chunks as u64).ok()?;
        let start = self.sites_at() + self.parts.sites + number * chunk::WORDS;
        self.words.get(start..start + chunk::WORDS)?.try_into().ok()
    }

    /// With a number below that of the slots.
    pub(super) fn slot(&self, number: usize) -> &'static [AtomicU64] {
        let start = HEAD + number * slot::WORDS;
        &self.words[start..start + slot::WORDS]
    }

    fn sites_at(&self) -> usize {
        HEAD + self.parts.slots * slot::WORDS
    }

    fn get(&self, index: usize) -> u64 {
        self.words.get(index).map_or(0, |word| word.load(Relaxed))
    }

    fn set(&self, index: usize, value: u64) {
        self.words[index].store(value, Relaxed);
    }
}

impl fmt::Debug for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Area").field("parts", &self.parts).finish_non_exhaustive()
    }
}

fn site_words(text: &str) -> usize {
    2 + text.len().div_ceil(8)
}

// Records with the largest payload fit into a chunk, and are few in it.
const _: () =
    assert!(cfg!(all(test, loom)) || PLAIN + payload_words(super::record::MOST_PAYLOAD) < chunk::ROOM / 8);
