//! Frames on the stack: hidden locals of the expansion and of polls.

use super::{Frame, Head, innermost, link, unlink};
use crate::values::cell::BeginsWithCell;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

/// Room for a frame and its cells on the stack of the annotated fn.
///
/// Filled where it lies: to move a text that was just copied costs more than to copy it.
#[repr(C)]
pub struct Room<C> {
    frame: UnsafeCell<MaybeUninit<Frame>>,
    cells: UnsafeCell<MaybeUninit<C>>,
}

/// A frame in force; dropped, it no longer is.
///
/// Not public: a scope that could be leaked or moved away from its frame would leave a dangling one. It holds the
/// parent itself, and not in the frame, so that it can stay in a register; the frame's address is one of the stack's.
///
/// Without a lifetime, which clippy would take for a borrow of whatever was labelled: the expansion declares it after
/// its room, so that it is dropped before.
#[must_use]
pub struct Scope {
    frame: *const Frame,
    parent: *const Frame,
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        unlink(self.frame, self.parent);
    }
}

/// Emitted for every sync fn.
#[inline]
pub fn room<C>() -> Room<C> {
    Room { frame: UnsafeCell::new(MaybeUninit::uninit()), cells: UnsafeCell::new(MaybeUninit::uninit()) }
}

impl<C: BeginsWithCell> Room<C> {
    /// With its cells, for a frame that is linked later.
    #[inline]
    pub(crate) fn filled(cells: C) -> Self {
        Room { cells: UnsafeCell::new(MaybeUninit::new(cells)), ..room() }
    }

    #[inline]
    pub(crate) fn enter_cells(&self, site: &'static &'static str, cells: C) -> Scope {
        self.cells().write(cells);
        self.link(site)
    }
}

impl<C> Room<C> {
    /// The cells, to be written before the frame is linked.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "of a frame that is not linked, to which nobody else refers")]
    pub(crate) fn cells(&self) -> &mut MaybeUninit<C> {
        // SAFETY: nobody else refers to the cells of a frame that is not linked.
        unsafe { &mut *self.cells.get() }
    }

    /// With the cells written before: from here on they are read, by signal handlers too.
    #[inline]
    pub(crate) fn link(&self, site: &'static &'static str) -> Scope {
        let parent = innermost();
        // SAFETY: as for the cells.
        unsafe { &mut *self.frame.get() }.write(Frame::new(parent, site));
        // The address of the room: with the cells in its provenance.
        let frame = (&raw const *self).cast();
        link(frame);
        Scope { frame, parent }
    }
}

/// Room for the frame of a future on the stack of its poll.
pub(crate) struct FutureRoom(UnsafeCell<MaybeUninit<Frame>>);

impl FutureRoom {
    #[inline]
    pub(crate) const fn new() -> FutureRoom {
        FutureRoom(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Links the cells that `head` begins.
    ///
    /// # Safety
    /// `head` is that of a future's cells, which stay where they are until the scope is dropped.
    #[inline]
    pub(crate) unsafe fn enter(&self, head: *mut Head) -> Scope {
        let parent = innermost();
        // SAFETY: nobody else refers to a frame that is not linked.
        unsafe { &mut *self.0.get() }.write(Frame::of_future(parent, head));
        let frame = self.frame();
        link(frame);
        Scope { frame, parent }
    }

    /// The frame, once it is linked.
    #[inline]
    pub(crate) fn frame(&self) -> *const Frame {
        self.0.get().cast()
    }
}
