//! The ranges in slice mode, as the signal handler finds them.
//!
//! Slots are never freed, and taken again when their range is given back. A handler counts itself in, and looks at the
//! state then; who gives a range back changes the state, and looks at the count then. So either the handler sees that
//! the range is gone, or its end is waited for.

use super::memory::page_size;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicUsize, Ordering};

const FREE: u8 = 0;
const CHANGING: u8 = 1;
const ACTIVE: u8 = 2;

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

    /// Puts zeros in the place of what was lost: the page of `address` and all behind it, since a file is shortened from
    /// its end. `None` if the address is not of this range. Async-signal-safe.
    pub(super) fn poison(&self, address: usize) -> Option<bool> {
        self.handlers.fetch_add(1, Ordering::SeqCst);
        let range = self.start.load(Ordering::Relaxed)..self.end.load(Ordering::Relaxed);
        let ours = self.state.load(Ordering::SeqCst) == ACTIVE && range.contains(&address);
        let poisoned = ours.then(|| self.replace(address, range.end));
        self.handlers.fetch_sub(1, Ordering::SeqCst);
        poisoned
    }

    /// Several threads may do so at once: the system makes each change whole, and zeros over zeros change nothing.
    fn replace(&self, address: usize, end: usize) -> bool {
        let page = address & !(page_size() - 1);
        // First, so that who reads zeros and looks here sees why.
        self.lost_from.fetch_min(page, Ordering::SeqCst);
        // SAFETY: the pages are of a mapping whose owner agreed to this and waits for us before it unmaps them.
        let zeros = unsafe {
            libc::mmap(
                page as *mut libc::c_void,
                end - page,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        zeros != libc::MAP_FAILED
    }
}
