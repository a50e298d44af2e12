//! A future's frame while it is polled, and its entry among the tasks that wait.
//!
//! The number of the entry lies in the first word of the future's labels, its *home*, whose address stands before the frame
//! while the future is polled. So a future inside finds the entries of those that poll it by the chain of frames, and makes
//! those that are missing. A future that is never pending has no entry.

use super::cell::{Found, is_future, read, task, with_task};
use super::frame::{BASE_SITE, Frame, SET_SITE, WATCHED_SITE};
use super::future::Template;
use super::scope::{Room, Scope, room};
use crate::sites::label_keys;
use crate::tasks::registry;
use crate::tasks::values::Values;
use std::cell::Cell;

/// How far out the future is looked for that polls another one, over scopes of sync fns.
const MOST_STEPS: u32 = 4096;

/// Room for the frame of a future on the stack of its poll.
#[repr(C)]
pub(super) struct FutureRoom<C> {
    home: Cell<*mut u64>,
    room: Room<C>,
}

/// Empty room, to be entered where it lies.
#[inline]
pub(super) fn future_room<C>() -> FutureRoom<C> {
    FutureRoom { home: Cell::new(std::ptr::null_mut()), room: room() }
}

impl<C: Copy> FutureRoom<C> {
    /// The labels of the future are in force until the scope is dropped. It is being polled or dropped.
    #[inline]
    pub(super) fn enter(&self, template: &mut Template<C>) -> Scope {
        let home = template.first();
        self.home.set(home);
        // SAFETY: the first word of the cells.
        let number = task(unsafe { *home });
        if number != 0 {
            runs(number);
        }
        self.room.enter_cells(template.site, template.cells)
    }

    /// The poll leaves the future pending. The scope is still there.
    #[inline]
    pub(super) fn pending(&self) {
        let now = registry::tick();
        if now != 0 {
            waits(self.room.frame(), now);
        }
    }
}

/// The future with these labels is gone once this is dropped.
pub(super) struct Gone<'t, C: Copy>(pub(super) &'t mut Template<C>);

impl<C: Copy> Drop for Gone<'_, C> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the first word of the cells.
        let number = task(unsafe { *self.0.first() });
        if number != 0 {
            ends(number);
        }
    }
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
    // SAFETY: the linked frame of a future.
    let mut number = task(unsafe { *home(frame) });
    if number == 0 {
        number = add_all(frame);
    }
    registry::waits(number, now);
}

/// The first word of a future's labels.
///
/// # Safety
/// `frame` is linked, and a future's.
unsafe fn home(frame: *const Frame) -> *mut u64 {
    // SAFETY: it stands before the frame (`FutureRoom` is `repr(C)`), and was set before the frame was linked.
    unsafe { *frame.cast::<*mut u64>().sub(1) }
}

/// The first word of a frame's cells.
///
/// # Safety
/// `frame` is alive, and has cells.
#[inline]
unsafe fn first(frame: *const Frame) -> *const u64 {
    // SAFETY: the cells follow their frame (`Room` is `repr(C)`).
    unsafe { frame.add(1) }.cast::<u64>()
}

/// Gives an entry to the future of this frame, and to those that poll it as far as they have none.
fn add_all(frame: *const Frame) -> u32 {
    let added = add(frame);
    let (mut child, mut frame) = (added, frame);
    while let Some(parent) = enclosing(frame) {
        // SAFETY: a future's frame in the chain.
        let known = task(unsafe { *home(parent) });
        if known != 0 {
            registry::set_parent(child, known);
            break;
        }
        let number = add(parent);
        registry::set_parent(child, number);
        (child, frame) = (number, parent);
    }
    added
}

fn add(frame: *const Frame) -> u32 {
    // SAFETY: alive, and a future's, whose labels nobody but its poll uses, which this is a part of and which does not use
    // them before its end.
    unsafe {
        let number = registry::add((*frame).site, &values(frame));
        let home = home(frame);
        *home = with_task(*home, number);
        number
    }
}

/// The frame of the future that polls that of `frame`.
fn enclosing(frame: *const Frame) -> Option<*const Frame> {
    // SAFETY: the chain's invariant: alive, and the last one is the root, the only one without a parent and without cells.
    unsafe {
        let mut outer = (*frame).parent;
        for _ in 0..MOST_STEPS {
            let next = outer.as_ref()?.parent;
            if next.is_null() {
                return None;
            }
            if is_future(*first(outer)) {
                return Some(outer);
            }
            outer = next;
        }
    }
    None
}

/// The labels of this frame alone.
fn values(frame: *const Frame) -> Values {
    let mut values = Values::new();
    // SAFETY: alive, with a cell for each key of its site, or one where the site is a mark.
    unsafe {
        let site = (*frame).site;
        let marks = [&raw const SET_SITE, &raw const BASE_SITE, &raw const WATCHED_SITE];
        let is_mark = marks.iter().any(|mark| std::ptr::eq(site, *mark));
        let cells = if is_mark { 1 } else { label_keys(site).count() };
        let mut cell = first(frame);
        for _ in 0..cells {
            let (found, next) = read(cell);
            cell = next;
            match found {
                Found::Text(text) => values.text(text),
                Found::Number(number) => values.number(number),
                Found::Absent => values.absent(),
                Found::Set(set) => values.set(set),
                Found::Place(place) => values.place(place),
            }
        }
    }
    values
}
