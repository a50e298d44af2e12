//! SIGNAL HANDLER, as far as [`Reading`].
//!
//! What an entry of the table points to, the set of a future, while dumps read it.
//!
//! Whoever reads says so first, and whoever gives up a set asks after its entry is free whether somebody reads. Between the
//! two steps each has a fence, and of two fences one comes first: either the reader sees that the entry is free, or the other
//! one sees the reader, and puts the set aside. Nobody waits: what is aside is dropped when nobody reads, by the next one who
//! gives up a set or by the clock.
//!
//! A forked child has none of the threads that read in its parent, and counts anew.

use super::registry;
use crate::process::in_children;
use crate::shared::{AtomicPtr, AtomicU32, Ordering, fence, shared};
use std::ptr::null_mut;
use std::sync::Once;
use std::sync::atomic::AtomicU32 as Count;

shared! {
    /// How many read.
    static READERS: AtomicU32 = AtomicU32::new(0);
    /// What is aside.
    static ASIDE: AtomicPtr<Aside> = AtomicPtr::new(null_mut());
}

/// How many forks lie between this process and the one that began to count.
static FORKS: Count = Count::new(0);

/// Has children that are forked from now on count anew: else one that was forked amid a dump would keep for ever what it
/// gives up.
pub(crate) fn watch_forks() {
    static ONCE: Once = Once::new();
    in_children(&ONCE, in_child);
}

extern "C" fn in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    READERS.store(0, Ordering::Relaxed);
}

/// What an entry points to is there as long as this is. Async-signal-safe.
pub(crate) struct Reading {
    forks: u32,
}

impl Reading {
    pub(crate) fn begin() -> Self {
        READERS.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        Reading { forks: FORKS.load(Ordering::Relaxed) }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Begun before a fork, it is not counted after it.
        if self.forks == FORKS.load(Ordering::Relaxed) {
            // Release: who sees that nobody reads comes after all that was read.
            READERS.fetch_sub(1, Ordering::Release);
        }
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

#[cfg(all(test, unix, not(any(miri, loom))))]
mod tests {
    use super::*;

    /// Whether the set is kept in a child that is forked now.
    fn is_kept_in_child() -> bool {
        // SAFETY: the child looks at atomics, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let mut set = Some(());
            give_up(&mut set);
            // SAFETY: ends the child.
            unsafe { libc::_exit(i32::from(set.is_none())) };
        }
        let mut status = 0;
        // SAFETY: our child, and a local.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status), "{status}");
        libc::WEXITSTATUS(status) != 0
    }

    #[test]
    fn a_child_that_was_forked_amid_a_dump_keeps_nothing() {
        watch_forks();
        registry::start(1);
        let reading = Reading::begin();
        assert!(!is_kept_in_child(), "who reads is not there");
        let mut set = Some(());
        give_up(&mut set);
        assert!(set.is_none(), "the parent's dump goes on");
        drop(reading);
        assert_eq!(READERS.load(Ordering::Relaxed), 0);
    }
}
