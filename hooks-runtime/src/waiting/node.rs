//! One entry of the table: written by the future that it is of, read by a dump at any time.
//!
//! Everything is atomic, and the generation says whether what was read belongs together: it is odd while the entry is of a
//! future, and grows at each change of that.

use crate::shared::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
use crate::values::codec::{ROOM, Values};

const WORDS: usize = ROOM / 8;

/// See the module. All zeroes is a free entry.
#[cfg_attr(all(test, loom), derive(Default))]
#[repr(C, align(64))]
pub(crate) struct Node {
    generation: AtomicU32,
    /// In a stack of free entries: the one below.
    pub(crate) next: AtomicU32,
    site: AtomicPtr<&'static str>,
    /// Number of the parent in the low half, its generation in the high one; 0: none.
    parent: AtomicU64,
    /// The tick at which it last ran, or [`RUNNING`].
    since: AtomicU32,
    born: AtomicU32,
    values: [AtomicU64; WORDS],
    /// Of the values.
    address: AtomicPtr<()>,
}

const _: () = assert!(size_of::<Node>() == 128 || cfg!(all(test, loom)));

/// In place of a tick: it is being polled.
pub(crate) const RUNNING: u32 = u32::MAX;

/// An entry as it was at one instant.
pub(crate) struct Copy<'a> {
    pub(crate) generation: u32,
    pub(crate) site: &'static &'static str,
    pub(crate) parent: u64,
    pub(crate) since: u32,
    pub(crate) born: u32,
    pub(crate) values: Values<'a>,
}

impl Node {
    /// Fills a free entry, which the caller has for itself.
    pub(crate) fn begin(&self, site: &'static &'static str, values: &Values<'_>, since: u32, now: u32) {
        // What follows comes after the last `end`: a reader that sees any of it sees that generation too.
        fence(Ordering::Release);
        self.site.store(std::ptr::from_ref(site).cast_mut(), Ordering::Relaxed);
        self.parent.store(0, Ordering::Relaxed);
        self.since.store(since, Ordering::Relaxed);
        self.born.store(now, Ordering::Relaxed);
        for (word, bytes) in self.values.iter().zip(values.words()) {
            word.store(bytes, Ordering::Relaxed);
        }
        self.address.store(values.address().cast_mut(), Ordering::Relaxed);
        // Release: who sees that it is in use sees all of it.
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// The entry is free.
    pub(crate) fn end(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn set_since(&self, since: u32) {
        self.since.store(since, Ordering::Relaxed);
    }

    /// What a child keeps of it, as its parent; `number` is its own.
    pub(crate) fn reference(&self, number: u32) -> u64 {
        u64::from(self.generation.load(Ordering::Relaxed)) << 32 | u64::from(number)
    }

    /// 0: it has none.
    pub(crate) fn set_parent(&self, reference: u64) {
        self.parent.store(reference, Ordering::Relaxed);
    }

    /// Whether it is of no future, at a glance.
    pub(crate) fn is_free(&self) -> bool {
        self.generation.load(Ordering::Relaxed) % 2 == 0
    }

    /// What is in it; `None`: it is free, or was changed while it was being read.
    ///
    /// # Safety
    /// A [`Reading`](super::reading::Reading) was begun before, and is there for `'a`.
    pub(crate) unsafe fn read<'a>(&self) -> Option<Copy<'a>> {
        let generation = self.generation.load(Ordering::Acquire);
        if generation % 2 == 0 {
            return None;
        }
        let site = self.site.load(Ordering::Relaxed);
        let (parent, since) = (self.parent.load(Ordering::Relaxed), self.since.load(Ordering::Relaxed));
        let born = self.born.load(Ordering::Relaxed);
        let words = std::array::from_fn(|index| self.values[index].load(Ordering::Relaxed));
        let address = self.address.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        if self.generation.load(Ordering::Relaxed) != generation {
            return None;
        }
        // SAFETY: it is in use, so `begin` has stored the address of a static.
        let site = unsafe { &*site };
        // SAFETY: those that `begin` was given. The set was there while the entry was in use, and whoever frees that later leaves
        // the set for as long as somebody reads.
        let values = unsafe { Values::from_words(words, address) };
        Some(Copy { generation, site, parent, since, born, values })
    }
}
