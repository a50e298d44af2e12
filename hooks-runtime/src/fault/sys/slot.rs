//! The ranges in slice mode, as the signal handler finds them.
//!
//! Slots are never freed, and taken again when their range is given back. A handler counts itself in, and looks at the
//! state then; who gives a range back changes the state, and looks at the count then. So either the handler sees that
//! the range is gone, or its end is waited for.

use super::memory::page_size;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

const FREE: u8 = 0;
const CHANGING: u8 = 1;
pub(super) const ACTIVE: u8 = 2;

/// No address: nothing of the range is lost.
const WHOLE: usize = usize::MAX;

pub(in crate::fault) struct Slot {
    pub(super) state: AtomicU8,
    pub(super) handlers: AtomicUsize,
    pub(super) start: AtomicUsize,
    pub(super) end: AtomicUsize,
    /// The first address from which on there are zeros in the place of what was lost.
    pub(super) lost_from: AtomicUsize,
    next: *const Slot,
}

// SAFETY: `next` is set before the slot is shared, and points to another that is never freed.
unsafe impl Sync for Slot {}

static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());

impl Slot {
    /// All slots. Async-signal-safe.
    pub(super) fn all() -> impl Iterator<Item = &'static Slot> {
        // SAFETY: slots are leaked.
        let first = unsafe { SLOTS.load(Ordering::Acquire).as_ref() };
        // SAFETY: as above.
        std::iter::successors(first, |slot| unsafe { slot.next.as_ref() })
    }

    /// Has the handler mind `start..start + length`, where the first is the start of a page.
    pub(in crate::fault) fn claim(start: usize, length: usize) -> &'static Slot {
        let slot = Self::all().find(|slot| slot.change(FREE)).unwrap_or_else(Self::add);
        slot.start.store(start, Ordering::Relaxed);
        slot.end.store((start + length).next_multiple_of(page_size()), Ordering::Relaxed);
        slot.lost_from.store(WHOLE, Ordering::Relaxed);
        slot.state.store(ACTIVE, Ordering::SeqCst);
        slot
    }

    fn change(&self, from: u8) -> bool {
        self.state.compare_exchange(from, CHANGING, Ordering::SeqCst, Ordering::Relaxed).is_ok()
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
    pub(in crate::fault) fn release(&self) -> bool {
        self.change(ACTIVE);
        for _ in 0..10_000 {
            if self.handlers.load(Ordering::SeqCst) == 0 {
                self.state.store(FREE, Ordering::SeqCst);
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
}
