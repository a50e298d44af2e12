//! SIGNAL HANDLER, as far as [`Entered`].
//!
//! Labels that are entered and left by calls, and not by scopes: those of spans, which tell an observer when a thread enters
//! and leaves them, and keep to no order.
//!
//! They are no frames of the chain, since a frame that is left while others are inside of it would have to take the chain
//! apart. Each knows the frame that was the innermost when it was entered, by its address alone, which is never followed: so
//! one that is left too late is in force too long, and that is all.
//!
//! # Invariant
//! What a slot below `COUNT` shows is held, by it or by one that takes its place, until no reader of this thread is under way.
//! A handler that interrupts a change may see labels twice, and misses none but those that come or go.

use crate::chain::{self, Frame};
use crate::values::bounds::count_truncated;
use crate::values::set::{Entry, Set};
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, forget};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

/// How many may be entered on a thread at once. Those further in are left out, and counted in
/// [`truncated`](super::truncated).
const MOST: usize = 32;

struct Slot {
    id: Cell<u64>,
    /// The innermost frame when it was entered.
    at: AtomicPtr<Frame>,
    /// How many labels it shows, and where they are.
    length: AtomicUsize,
    start: AtomicPtr<Entry>,
    /// Holds them. A thread that ends inside of a span never gives them up: thread-local storage with a destructor could not
    /// be read at any time.
    set: Cell<ManuallyDrop<Set>>,
}

thread_local! {
    /// `const` and without a destructor, as the chain's head is.
    static SLOTS: [Slot; MOST] = const { [const { Slot::empty() }; MOST] };
    static COUNT: AtomicUsize = const { AtomicUsize::new(0) };
    /// How many readers are under way. What is left meanwhile is never given up, since they may be looking at it.
    static READERS: AtomicUsize = const { AtomicUsize::new(0) };
}

/// What is entered on this thread, for a reader that goes along the chain. Async-signal-safe.
pub(super) struct Entered {
    count: usize,
    _of_this_thread: PhantomData<*const ()>,
}

impl Entered {
    /// Not on a thread that has no head yet: there a first look would allocate, in a library that was loaded.
    pub(super) fn read() -> Self {
        let count = COUNT.with(|count| count.load(Relaxed)).min(MOST);
        if count > 0 {
            READERS.with(|readers| readers.store(readers.load(Relaxed) + 1, Relaxed));
        }
        compiler_fence(SeqCst);
        Entered { count, _of_this_thread: PhantomData }
    }

    /// The next labels that were entered while `frame` was the innermost one; with `None`, the next that were not `met`, which
    /// has a bit for each that was.
    pub(super) fn next(&self, met: &mut u32, frame: Option<*const Frame>) -> Option<&[Entry]> {
        SLOTS.with(|slots| {
            let is_next = |(index, slot): &(usize, &Slot)| {
                *met & 1 << index == 0 && frame.is_none_or(|frame| std::ptr::eq(slot.at.load(Relaxed), frame))
            };
            let (index, slot) = slots.iter().enumerate().take(self.count).rev().find(is_next)?;
            *met |= 1 << index;
            // SAFETY: the invariant, and `self` is a reader that is under way.
            Some(unsafe { std::slice::from_raw_parts(slot.start.load(Relaxed), slot.length.load(Relaxed)) })
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        compiler_fence(SeqCst);
        if self.count > 0 {
            READERS.with(|readers| readers.store(readers.load(Relaxed) - 1, Relaxed));
        }
    }
}

impl Slot {
    const fn empty() -> Self {
        Slot {
            id: Cell::new(0),
            at: AtomicPtr::new(null_mut()),
            length: AtomicUsize::new(0),
            start: AtomicPtr::new(std::ptr::dangling_mut()),
            set: Cell::new(ManuallyDrop::new(Set::EMPTY)),
        }
    }

    /// Holds and shows `set`, and returns what it held before.
    fn hold(&self, set: Set) -> Set {
        let entries = set.entries();
        let (start, length) = (entries.as_ptr().cast_mut(), entries.len());
        let before = self.set.replace(ManuallyDrop::new(set));
        // Never a length that is not that of what is at the start.
        self.show(self.start.load(Relaxed), 0);
        self.show(start, 0);
        self.show(start, length);
        ManuallyDrop::into_inner(before)
    }

    fn show(&self, start: *mut Entry, length: usize) {
        compiler_fence(SeqCst);
        self.start.store(start, Relaxed);
        self.length.store(length, Relaxed);
        compiler_fence(SeqCst);
    }

    /// Is as `next` is, which is about to be overwritten or to go.
    fn become_next(&self, next: &Slot) -> Set {
        self.id.set(next.id.get());
        self.at.store(next.at.load(Relaxed), Relaxed);
        self.hold(ManuallyDrop::into_inner(next.set.replace(ManuallyDrop::new(Set::EMPTY))))
    }
}

/// Has this set in force on this thread, inside all that is, until `id` is left.
pub(super) fn enter(id: u64, set: &Set) {
    // From here on this thread has a head, and readers look here.
    chain::touch();
    let count = COUNT.with(|count| count.load(Relaxed));
    let entered = SLOTS.with(|slots| {
        let slot = slots.get(count)?;
        slot.id.set(id);
        slot.at.store(chain::head_in_handler().cast_mut(), Relaxed);
        Some(slot.hold(set.clone()))
    });
    match entered {
        Some(before) => {
            set_count(count + 1);
            give_up(before);
        }
        None => count_truncated(1),
    }
}

/// Ends the innermost `enter` with this id on this thread, wherever it is; nothing, if there is none.
pub fn leave(id: u64) {
    let count = COUNT.with(|count| count.load(Relaxed));
    let left = SLOTS.with(|slots| {
        let entered = &slots[..count];
        let index = entered.iter().rposition(|slot| slot.id.get() == id)?;
        // Each but the first has been moved on when it is overwritten, and holds nothing.
        let mut moved = entered[index..].windows(2).map(|pair| pair[0].become_next(&pair[1]));
        let first = moved.next();
        moved.for_each(drop);
        Some(first.unwrap_or_else(|| {
            ManuallyDrop::into_inner(entered[index].set.replace(ManuallyDrop::new(Set::EMPTY)))
        }))
    });
    if let Some(set) = left {
        set_count(count - 1);
        give_up(set);
    }
}

/// What was entered on this thread with this id has this set from now on.
pub(super) fn change(id: u64, set: &Set) {
    let count = COUNT.with(|count| count.load(Relaxed));
    for index in 0..count {
        let before = SLOTS.with(|slots| {
            let slot = slots.get(index).filter(|slot| slot.id.get() == id)?;
            Some(slot.hold(set.clone()))
        });
        before.into_iter().for_each(give_up);
    }
}

/// Drops it, if no reader of this thread is under way: one that calls whoever leaves a span, say.
fn give_up(set: Set) {
    if READERS.with(|readers| readers.load(Relaxed)) > 0 {
        forget(set);
    }
}

fn set_count(to: usize) {
    compiler_fence(SeqCst);
    COUNT.with(|count| count.store(to, Relaxed));
    compiler_fence(SeqCst);
}
