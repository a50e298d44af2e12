//! SIGNAL HANDLER, as far as [`Reading`].
//!
//! What an entry of the table points to, the set of a future, while dumps read it.
//!
//! Whoever reads says so first, and whoever gives up a set asks after its entry is free whether somebody reads. Between the
//! two steps each has a fence, and of two fences one comes first: either the reader sees that the entry is free, or the other
//! one sees the reader, and puts the set aside. Nobody waits: what is aside is dropped when nobody reads, by the next one who
//! gives up a set or by the clock.

use super::registry;
use crate::shared::{AtomicPtr, AtomicU32, Ordering, fence, shared};
use std::ptr::null_mut;

shared! {
    /// How many read.
    static READERS: AtomicU32 = AtomicU32::new(0);
    /// What is aside.
    static ASIDE: AtomicPtr<Aside> = AtomicPtr::new(null_mut());
}

/// What an entry points to is there as long as this is. Async-signal-safe.
pub(crate) struct Reading(());

impl Reading {
    pub(crate) fn begin() -> Self {
        READERS.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        Reading(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Release: who sees that nobody reads comes after all that was read.
        READERS.fetch_sub(1, Ordering::Release);
    }
}

/// Whether somebody may read what was in an entry that the caller knows to be free.
fn is_read() -> bool {
    fence(Ordering::SeqCst);
    READERS.load(Ordering::Acquire) != 0
}

/// A stack without locks. Only all of it is ever taken.
struct Aside {
    next: *mut Aside,
    _what: Box<dyn Send>,
}

/// Takes `what`, which a free entry of the table may have pointed to, and leaves the default, if somebody reads: then it is
/// dropped later. Else the caller may drop it.
#[inline]
pub(crate) fn give_up<T: Default + Send + 'static>(what: &mut T) {
    // Else there never was an entry: who made one had seen the clock go, and the future came here from there.
    if registry::tick() == 0 {
        return;
    }
    if is_read() {
        put_aside(Box::new(std::mem::take(what)));
    } else {
        clear();
    }
}

#[cold]
fn put_aside(what: Box<dyn Send>) {
    let aside = Box::into_raw(Box::new(Aside { next: null_mut(), _what: what }));
    push(aside, aside);
}

/// Drops what is aside, unless somebody reads.
pub(crate) fn clear() {
    if ASIDE.load(Ordering::Relaxed).is_null() {
        return;
    }
    // Acquire: what is there was put aside before, and its entry freed.
    let first = ASIDE.swap(null_mut(), Ordering::Acquire);
    if first.is_null() {
        return;
    }
    if is_read() {
        push(first, last(first));
    } else {
        free(first);
    }
}

fn last(mut aside: *mut Aside) -> *mut Aside {
    // SAFETY: a list that was taken is the caller's alone.
    while let Some(next) = unsafe { aside.as_ref() }.map(|this| this.next).filter(|next| !next.is_null()) {
        aside = next;
    }
    aside
}

/// Puts a list, from `first` to `last`, which is the caller's alone, on top.
fn push(first: *mut Aside, last: *mut Aside) {
    let mut top = ASIDE.load(Ordering::Relaxed);
    loop {
        // SAFETY: the caller's alone until it is on top.
        unsafe { (*last).next = top };
        match ASIDE.compare_exchange_weak(top, first, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => top = now,
        }
    }
}

fn free(mut aside: *mut Aside) {
    while !aside.is_null() {
        // SAFETY: made by `put_aside`, and in a list that was taken is the caller's alone.
        let this = unsafe { Box::from_raw(aside) };
        aside = this.next;
    }
}
