//! SIGNAL HANDLER, as far as [`Slot::any_in`] and what its work calls: [`Slot::end`], [`Slot::lose_from`].
//!
//! The ranges of all maps, as the signal handler finds them.
//!
//! Slots are never freed, and taken again when their range is given back. A handler counts itself in, and looks at the
//! state then; who gives a range back changes the state, and looks at the count then. So either the handler sees that
//! the range is gone, or its end is waited for.

use super::copy::ROUTINES;
use crate::signals::stack::page_size;
use std::ops::Range;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

const FREE: u8 = 0;
const CHANGING: u8 = 1;
/// A map without a slice so far: a lost page in it is nobody's to replace.
const UNSLICED: u8 = 2;
/// A map with a slice: what is lost in it becomes zeros.
const SLICED: u8 = 3;

/// No address: nothing of the range is lost.
const WHOLE: usize = usize::MAX;

pub(in crate::fault) struct Slot {
    state: AtomicU8,
    handlers: AtomicUsize,
    start: AtomicUsize,
    end: AtomicUsize,
    /// The first address from which on there are zeros in the place of what was lost.
    lost_from: AtomicUsize,
    next: *const Slot,
}

// SAFETY: `next` is set before the slot is shared, and points to another that is never freed.
unsafe impl Sync for Slot {}

static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());
/// How many are free, so that a search for one is not in vain, and the one that was given back last.
static FREE_SLOTS: AtomicUsize = AtomicUsize::new(0);
static GIVEN_BACK: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());
impl Slot {
    fn all() -> impl Iterator<Item = &'static Slot> {
        // SAFETY: slots are leaked.
        let first = unsafe { SLOTS.load(Ordering::Acquire).as_ref() };
        // SAFETY: as above.
        std::iter::successors(first, |slot| unsafe { slot.next.as_ref() })
    }

    /// Notes that there is a map at `start..start + length`, where the first is the start of a page.
    pub(in crate::fault) fn claim(start: usize, length: usize) -> &'static Slot {
        let slot = Self::free().unwrap_or_else(Self::add);
        let end = (start + length).checked_next_multiple_of(page_size()).unwrap_or(usize::MAX);
        let end = if length == 0 { start } else { end };
        slot.start.store(start, Ordering::Relaxed);
        slot.end.store(end, Ordering::Relaxed);
        slot.lost_from.store(WHOLE, Ordering::Relaxed);
        slot.state.store(UNSLICED, Ordering::SeqCst);
        slot
    }

    fn free() -> Option<&'static Slot> {
        // SAFETY: null, or a slot.
        let last = unsafe { GIVEN_BACK.swap(std::ptr::null_mut(), Ordering::AcqRel).as_ref() };
        let last = last.filter(|slot| slot.change(FREE, CHANGING));
        let found = last.or_else(|| {
            let any = FREE_SLOTS.load(Ordering::Relaxed) > 0;
            any.then(|| Self::all().find(|slot| slot.change(FREE, CHANGING))).flatten()
        });
        FREE_SLOTS.fetch_sub(usize::from(found.is_some()), Ordering::Relaxed);
        found
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Notes what other maps have lost of these pages already.
    pub(in crate::fault) fn learn_of_others(&self) {
        let range = self.start.load(Ordering::Relaxed)..self.end();
        Self::any_in(&range, |other, _| {
            if let Some(lost) = other.lost_from().filter(|lost| *lost < range.end) {
                self.lose_from(lost);
            }
            false
        });
    }

    /// Has the handler put zeros in the place of what is lost from now on.
    pub(in crate::fault) fn allow_slices(&self) {
        // Looked at before: an exchange that changes nothing takes longer than all the rest of a slice.
        if self.state.load(Ordering::Relaxed) == UNSLICED {
            self.change(UNSLICED, SLICED);
        }
    }

    fn add() -> &'static Slot {
        let mut next = SLOTS.load(Ordering::Acquire);
        let slot = Box::leak(Box::new(Slot {
            state: AtomicU8::new(CHANGING),
            handlers: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            lost_from: AtomicUsize::new(WHOLE),
            next,
        }));
        while let Err(other) =
            SLOTS.compare_exchange(next, &raw mut *slot, Ordering::AcqRel, Ordering::Acquire)
        {
            (next, slot.next) = (other, other);
        }
        slot
    }

    /// Ends it. `false` if a handler may still be at work in the range, which must then stay mapped: after a `fork` its
    /// thread may be one of the parent's.
    pub(in crate::fault) fn release(&'static self) -> bool {
        self.state.store(CHANGING, Ordering::SeqCst);
        for _ in 0..10_000 {
            if self.handlers.load(Ordering::SeqCst) == 0 {
                // Before it is free, so that the count is never below zero.
                FREE_SLOTS.fetch_add(1, Ordering::Relaxed);
                self.state.store(FREE, Ordering::SeqCst);
                GIVEN_BACK.store(std::ptr::from_ref(self).cast_mut(), Ordering::Release);
                return true;
            }
            std::thread::yield_now();
        }
        false
    }

    /// The first address that was lost.
    pub(in crate::fault) fn lost_from(&self) -> Option<usize> {
        let address = self.lost_from.load(Ordering::Acquire);
        (address != WHOLE).then_some(address)
    }

    /// The end of its last page. Async-signal-safe.
    pub(super) fn end(&self) -> usize {
        self.end.load(Ordering::Relaxed)
    }

    fn meets(&self, range: &Range<usize>) -> bool {
        self.start.load(Ordering::Relaxed) < range.end && range.start < self.end()
    }

    /// Calls `work` for each map with a page in `range` until it returns `true`, and tells it whether the map has a slice. The
    /// map is not given back meanwhile. Async-signal-safe.
    pub(super) fn any_in(range: &Range<usize>, work: impl Fn(&Slot, bool) -> bool) -> bool {
        // A look from outside first: to count in costs two writes for each map that there is.
        Self::all().filter(|slot| slot.meets(range)).any(|slot| {
            slot.handlers.fetch_add(1, Ordering::SeqCst);
            let state = slot.state.load(Ordering::SeqCst);
            let is_map = state == UNSLICED || state == SLICED;
            let is_last = is_map && slot.meets(range) && work(slot, state == SLICED);
            slot.handlers.fetch_sub(1, Ordering::SeqCst);
            is_last
        })
    }

    /// Tells that from `address` on there will be zeros. Async-signal-safe.
    pub(super) fn lose_from(&self, address: usize) {
        ROUTINES.lost_any.store(true, Ordering::SeqCst);
        let first = address.max(self.start.load(Ordering::Relaxed));
        self.lost_from.fetch_min(first, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, since slots are the process's.
    #[test]
    fn a_range_stays_while_a_handler_is_at_work_in_it_and_its_slot_is_taken_again() {
        // Not memory of anybody.
        let claim = || Slot::claim(page_size(), page_size());
        let page = page_size()..page_size() + 1;
        let slot = claim();
        let within = Slot::any_in(&page, |_, is_sliced| {
            assert!(!is_sliced);
            !slot.release()
        });
        assert!(within, "it gives up, and says so");
        assert!(!Slot::any_in(&page, |_, _| true), "no other handler enters it meanwhile");

        let others = [claim(), claim()];
        assert!(slot.release() && others.iter().all(|slot| slot.release()));
        let again = [claim(), claim(), claim()].map(std::ptr::from_ref);
        assert!([slot, others[0], others[1]].iter().all(|slot| again.contains(&std::ptr::from_ref(*slot))));
        assert!(!again.contains(&std::ptr::from_ref(claim())), "and not while it is in use");
    }
}
