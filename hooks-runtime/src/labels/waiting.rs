//! A future's frame while it is polled, and its entry among the tasks that wait.
//!
//! The number of the entry lies in the first word of the future's labels, which is copied into the frame for each poll. So a
//! future inside finds the entries of those that poll it by the chain of frames, makes those that are missing, and each
//! takes its own number home at the end of its poll. A future that is never pending has no entry.

use super::cell::{Found, is_future, read, task, with_task};
use super::frame::{BASE_SITE, Frame, SET_SITE, WATCHED_SITE};
use super::future::Template;
use super::scope::{Room, Scope};
use crate::sites::label_keys;
use crate::tasks::registry;
use crate::tasks::values::Values;

/// How far out the future is looked for that polls another one, over scopes of sync fns.
const MOST_STEPS: u32 = 4096;

/// A future that is being polled: its frame is linked. Dropped, it no longer is.
pub(super) struct Polled<'r, C: Copy> {
    room: &'r Room<C>,
    template: &'r mut Template<C>,
    /// Dropped after the rest of this has been.
    #[expect(dead_code, reason = "for its drop")]
    scope: Scope,
    last: bool,
}

impl<'r, C: Copy> Polled<'r, C> {
    #[inline]
    pub(super) fn enter(room: &'r Room<C>, template: &'r mut Template<C>) -> Self {
        let polled = Self::linked(room, template, false);
        let number = polled.number();
        if number != 0 {
            registry::runs(number);
        }
        polled
    }

    /// For the drop of the future: what it has among the tasks ends with this.
    #[inline]
    pub(super) fn enter_last(room: &'r Room<C>, template: &'r mut Template<C>) -> Self {
        Self::linked(room, template, true)
    }

    #[inline]
    fn linked(room: &'r Room<C>, template: &'r mut Template<C>, last: bool) -> Self {
        let scope = room.enter_cells(template.site, template.cells);
        Polled { room, template, scope, last }
    }

    /// The poll left it pending.
    #[inline]
    pub(super) fn waits(&self) {
        let now = registry::tick();
        if now != 0 {
            waits(self.room.frame(), now);
        }
    }

    #[inline]
    fn number(&self) -> u32 {
        // SAFETY: linked, and a future's.
        task(unsafe { *first(self.room.frame()) })
    }
}

impl<C: Copy> Drop for Polled<'_, C> {
    #[inline]
    fn drop(&mut self) {
        // What was polled inside may have given it a number.
        // SAFETY: the first words of the frame's cells, and of the cells they were copied from.
        unsafe { *self.template.first() = *first(self.room.frame()) };
        if self.last {
            let number = self.number();
            if number != 0 {
                registry::remove(number);
            }
        }
    }
}

#[inline]
fn waits(frame: *const Frame, now: u32) {
    // SAFETY: the linked frame of a future.
    let mut number = task(unsafe { *first(frame) });
    if number == 0 {
        number = add_all(frame);
    }
    registry::waits(number, now);
}

/// The first word of a frame's cells.
///
/// # Safety
/// `frame` is alive, and has cells.
#[inline]
unsafe fn first(frame: *const Frame) -> *mut u64 {
    // SAFETY: the cells follow their frame (`Room` is `repr(C)`).
    unsafe { frame.add(1) }.cast::<u64>().cast_mut()
}

/// Gives an entry to the future of this frame, and to those that poll it as far as they have none.
#[cold]
fn add_all(frame: *const Frame) -> u32 {
    let added = add(frame);
    let (mut child, mut frame) = (added, frame);
    while let Some(parent) = enclosing(frame) {
        // SAFETY: a future's frame in the chain.
        let known = task(unsafe { *first(parent) });
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
    // SAFETY: alive, and a future's: nobody but this thread uses it, and its memory may be written to through the chain.
    unsafe {
        let number = registry::add((*frame).site, &values(frame));
        *first(frame) = with_task(*first(frame), number);
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
        let mut cell = first(frame).cast_const();
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
