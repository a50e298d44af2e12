//! The cleanups of one owner.

use super::counts::Counts;
use super::failure::Returned;
use super::fault::run_caught;
use crate::mutex::lock;
use crate::origin::Origin;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};

/// Holds the cleanups of its owner and runs them when it is dropped, the last added first.
///
/// As a field it goes last, since fields are dropped in their order. It allocates when the first cleanup is added.
/// A cloned slot is empty: the cleanups stay with the value that they were added to.
#[derive(Default)]
pub struct Slot {
    entries: OnceLock<Arc<Entries>>,
}

impl Slot {
    /// A slot without cleanups.
    pub const fn new() -> Self {
        Slot { entries: OnceLock::new() }
    }

    pub(super) fn add(&self, entry: Entry) -> Place {
        let entries = self.entries.get_or_init(Arc::default);
        Place { number: entries.add(entry), entries: Arc::downgrade(entries) }
    }
}

impl Clone for Slot {
    fn clone(&self) -> Self {
        Slot::new()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.entries.get().map_or(0, |entries| lock(&entries.0).count());
        write!(f, "Slot({count} cleanups)")
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(entries) = self.entries.get() else { return };
        // Outside of the lock: a cleanup may do anything, also stop another.
        while let Some(entry) = entries.last() {
            entry.run();
        }
    }
}

#[derive(Default)]
struct Entries(Mutex<Numbered>);

#[derive(Default)]
struct Numbered {
    next: u64,
    /// In the order of the numbers, with nothing where one was stopped.
    waiting: Vec<(u64, Option<Entry>)>,
    stopped: usize,
}

impl Numbered {
    fn count(&self) -> usize {
        self.waiting.len() - self.stopped
    }

    fn find(&self, number: u64) -> Option<usize> {
        self.waiting.binary_search_by_key(&number, |(number, _)| *number).ok()
    }

    fn last(&mut self) -> Option<Entry> {
        while let Some((_, entry)) = self.waiting.pop() {
            if entry.is_some() {
                return entry;
            }
            self.stopped -= 1;
        }
        None
    }

    fn remove(&mut self, number: u64) -> Option<Entry> {
        let at = self.find(number)?;
        let entry = self.waiting[at].1.take()?;
        self.stopped += 1;
        // Not each time, so that no stop pays for more than a few moves.
        if self.stopped > self.waiting.len() / 2 {
            self.waiting.retain(|(_, entry)| entry.is_some());
            self.stopped = 0;
        }
        Some(entry)
    }
}

impl Entries {
    fn add(&self, entry: Entry) -> u64 {
        let mut entries = lock(&self.0);
        let number = entries.next;
        entries.next += 1;
        entries.waiting.push((number, Some(entry)));
        number
    }

    fn last(&self) -> Option<Entry> {
        lock(&self.0).last()
    }

    fn remove(&self, number: u64) -> Option<Entry> {
        lock(&self.0).remove(number)
    }
}

/// A cleanup that waits.
pub(super) struct Entry {
    origin: Origin,
    counts: &'static Counts,
    call: Box<dyn FnOnce() + Send>,
}

impl Entry {
    pub(super) fn new<A: Send + 'static, R: Returned + 'static>(
        origin: Origin,
        counts: &'static Counts,
        cleanup: fn(A) -> R,
        argument: A,
    ) -> Self {
        counts.count_registered();
        let call = Box::new(move || run_caught(origin, || cleanup(argument)));
        Entry { origin, counts, call }
    }

    fn run(self) {
        self.counts.count_run();
        (self.call)();
    }
}

/// Where an entry is, as long as its slot is.
pub(super) struct Place {
    entries: Weak<Entries>,
    number: u64,
}

impl Place {
    pub(super) fn stop(&self) -> bool {
        let entry = self.entries.upgrade().and_then(|entries| entries.remove(self.number));
        let stopped = entry.is_some();
        if let Some(entry) = entry {
            entry.counts.count_stopped();
        }
        stopped
    }

    pub(super) fn origin(&self) -> Option<Origin> {
        let entries = self.entries.upgrade()?;
        let entries = lock(&entries.0);
        let at = entries.find(self.number)?;
        entries.waiting[at].1.as_ref().map(|entry| entry.origin)
    }
}
