//! A slot: what the area knows of a thread that records, and the mark that it is in the middle of one.
//!
//! # Invariant
//! Who has its recording's state in `TAKEN` has the slot, and writes it alone. It is emptied with the whole area when the next
//! recording begins, whose state is another one: so nobody gives back what is no longer theirs.

use crate::shared::{AtomicU64, Ordering};

pub(super) const WORDS: usize = 16;
pub(super) type Slot = [AtomicU64; WORDS];

/// The [state](super::switch::state) in which a thread has it; 0: none does.
const TAKEN: usize = 0;
/// 1: its thread is in the middle of a record.
pub(super) const BUSY: usize = 1;
/// How many events it has recorded.
pub(super) const EVENTS: usize = 2;
/// How many it has not.
pub(super) const DROPPED: usize = 3;

/// Whether it is this thread's from now on.
pub(super) fn take(slot: &[AtomicU64], state: u64) -> bool {
    let taken = &slot[TAKEN];
    taken.load(Ordering::Relaxed) == 0
        && taken.compare_exchange(0, state, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

/// It is nobody's, if it is still that of this state.
pub(super) fn give_back(slot: &[AtomicU64], state: u64) {
    let _ = slot[TAKEN].compare_exchange(state, 0, Ordering::Release, Ordering::Relaxed);
}

/// What it has counted, events and dropped ones, which somebody else counts from now on.
pub(super) fn take_counts(slot: &[AtomicU64]) -> [u64; 2] {
    [EVENTS, DROPPED].map(|count| slot[count].swap(0, Ordering::Relaxed))
}

pub(super) fn is_busy(slot: &[AtomicU64]) -> bool {
    slot[BUSY].load(Ordering::Acquire) != 0
}

/// One more, by its owner alone.
#[inline]
pub(super) fn count(slot: &Slot, what: usize) {
    slot[what].store(slot[what].load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}
