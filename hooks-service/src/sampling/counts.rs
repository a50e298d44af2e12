//! What handlers count. Every period that a signal brings is in `seen`, and then either in a record or in one of the
//! losses.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter that handlers add to.
#[derive(Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Adds to it. Async-signal-safe.
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// The sum so far.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of a session.
#[derive(Default)]
pub(super) struct Counts {
    /// Periods that signals brought.
    pub(super) seen: Count,
    /// Periods lost because the ring was full.
    pub(super) ring_full: Count,
    /// Periods lost because all scratches were in use.
    pub(super) no_scratch: Count,
    /// Periods of threads that had no timer of their own yet.
    pub(super) unattached: Count,
    /// Labels that did not fit, or whose chain was too deep.
    pub(super) labels_left_out: Count,
    /// Periods in threads whose labels could not be read.
    pub(super) labels_unreadable: Count,
}

impl Counts {
    /// Periods lost in handlers.
    pub(super) fn lost(&self) -> u64 {
        self.ring_full.get() + self.no_scratch.get()
    }
}
