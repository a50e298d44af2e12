//! The entries of polled futures among the tasks that wait.
//!
//! The number of the entry lies in the first word of the future's labels, which the frame of its poll points to. So a future
//! inside finds the entries of those that poll it by the chain of frames, and makes those that are missing. A future that is
//! never pending has no entry.

use super::registry;
use crate::chain::room::{FutureRoom, Scope};
use crate::chain::{Frame, Head};
use crate::sites::label_keys;
use crate::values::cell::{task, with_task};
use crate::values::codec::{Found, Values, read};

/// How far out the future is looked for that polls another one, over scopes of sync fns.
const MOST_STEPS: u32 = 4096;

/// The labels of the future are in force until the scope is dropped. It is being polled or dropped.
///
/// # Safety
/// `head` is that of a future's labels, which stay where they are until the scope is dropped.
#[inline]
pub(crate) unsafe fn polled(room: &FutureRoom, head: *mut Head) -> Scope {
    // SAFETY: by the contract of this function.
    unsafe {
        let number = task(*first(head));
        if number != 0 {
            runs(number);
        }
        room.enter(head)
    }
}

/// The poll has returned, and its scope is still there.
///
/// # Safety
/// As for [`polled`].
#[inline]
pub(crate) unsafe fn settle(room: &FutureRoom, head: *mut Head, is_pending: bool) {
    if is_pending {
        pending(room);
    } else {
        // SAFETY: by the contract of this function.
        unsafe { ready(head) };
    }
}

/// The poll leaves the future pending.
#[inline]
fn pending(room: &FutureRoom) {
    let now = registry::tick();
    if now != 0 {
        waits(room.frame(), now);
    }
}

/// The poll was the last one: the future may stay where it is for long, and waits no more.
///
/// # Safety
/// As for [`polled`].
#[inline]
unsafe fn ready(head: *mut Head) {
    // SAFETY: by the contract of this function.
    unsafe {
        let number = task(*first(head));
        if number != 0 {
            *first(head) = with_task(*first(head), 0);
            ends(number);
        }
    }
}

/// The labels of a future are in force while it is being dropped. Once this is dropped, the future is gone.
pub(crate) struct Dropping {
    _scope: Scope,
    _gone: Gone,
}

/// For the drop of a future.
///
/// # Safety
/// As for [`polled`].
#[inline]
pub(crate) unsafe fn dropping(room: &FutureRoom, head: *mut Head) -> Dropping {
    // SAFETY: by the contract of this function.
    Dropping { _scope: unsafe { polled(room, head) }, _gone: Gone(head) }
}

/// The future with these labels is gone once this is dropped.
struct Gone(*mut Head);

impl Drop for Gone {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: of a future that is being dropped: `self` is a local of that.
        let number = task(unsafe { *first(self.0) });
        if number != 0 {
            ends(number);
        }
    }
}

/// The first word of a future's cells.
#[inline]
fn first(head: *mut Head) -> *mut u64 {
    head.wrapping_add(1).cast()
}

// Called and not inlined: where nobody asks, polls are not to pay for it in registers.

#[cold]
#[inline(never)]
fn runs(number: u32) {
    registry::runs(number);
}

#[cold]
#[inline(never)]
fn ends(number: u32) {
    registry::remove(number);
}

#[cold]
#[inline(never)]
fn waits(frame: *const Frame, now: u32) {
    // SAFETY: the linked frame of a future, whose labels are alive as long as it is linked.
    unsafe {
        let Some(head) = (*frame).future() else { return };
        match (task(*first(head)), parent(frame)) {
            (number, Some(parent)) if number != 0 => registry::waits(number, parent, now),
            // The last thing done here, so that the usual way needs no registers kept.
            _ => begins_to_wait(frame, head, now),
        }
    }
}

/// The number of the future that polls that of this frame, 0: none does; `None`: it has no entry yet. Asked at each poll: who
/// did before may be gone, and another may have it.
#[inline]
fn parent(frame: *const Frame) -> Option<u32> {
    // SAFETY: of a frame in the chain.
    enclosing(frame)
        .map_or(Some(0), |(_, head)| Some(task(unsafe { *first(head) })).filter(|known| *known != 0))
}

/// With new entries for this future and for those that poll it, as far as they have none. One further out that has says itself
/// who polls it, when it is left pending.
#[cold]
#[inline(never)]
fn begins_to_wait(frame: *const Frame, head: *mut Head, now: u32) {
    let mut number = entry(head);
    registry::waits(number, parent(frame).unwrap_or(0), now);
    let mut inner = frame;
    // A loop: on a deep chain of polls there is little left of the stack.
    while parent(inner).is_none() {
        let Some((outer, head)) = enclosing(inner) else { return };
        let added = add(head);
        registry::set_parent(number, added);
        // Where it has an entry already, that says who polls it.
        registry::set_parent(added, parent(outer).unwrap_or(0));
        (inner, number) = (outer, added);
    }
}

fn entry(head: *mut Head) -> u32 {
    // SAFETY: as in `add`.
    match task(unsafe { *first(head) }) {
        0 => add(head),
        known => known,
    }
}

/// An entry for a future that is being polled.
fn add(head: *mut Head) -> u32 {
    // SAFETY: alive, and a future's, whose labels nobody but its poll uses, which this is a part of and which does not use
    // them before its end.
    unsafe {
        let number = registry::add((*head).site, &values(head));
        let first = first(head);
        *first = with_task(*first, number);
        number
    }
}

/// The frame of the future that polls that of `frame`.
fn enclosing(frame: *const Frame) -> Option<(*const Frame, *mut Head)> {
    // SAFETY: the chain's invariant: alive, and the last one is the root, which has no parent.
    unsafe {
        let mut outer = (*frame).parent;
        for _ in 0..MOST_STEPS {
            let this = outer.as_ref()?;
            if let Some(head) = this.future() {
                return Some((outer, head));
            }
            outer = this.parent;
        }
    }
    None
}

/// The labels of this future alone.
fn values<'a>(head: *mut Head) -> Values<'a> {
    let mut values = Values::new();
    // SAFETY: alive, with a cell for each key of its site, or one that is no label of that.
    unsafe {
        let (found, mut cell) = read(first(head));
        values.add(found);
        if matches!(found, Found::Text(_) | Found::Number(_) | Found::Absent) {
            for _ in label_keys((*head).site).skip(1) {
                let (found, next) = read(cell);
                cell = next;
                values.add(found);
            }
        }
    }
    values
}
