//! A stretch of code with labels: two hidden locals of the expansion, a frame and the scope that links it.

use super::cell::{Cell, Set, Text, text};
use super::frame::{self, Frame, Head};
use super::interned;
use super::value::LabelValue;
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

/// Labels in force; dropped, they no longer are.
///
/// Not public: a scope that could be leaked or moved away from its frame would leave a dangling one. It holds the
/// parent itself, and not in the frame, so that it can stay in a register.
///
/// Without a lifetime, which clippy would take for a borrow of whatever was labelled: the expansion declares it after
/// its room, so that it is dropped before.
#[must_use]
pub struct Scope {
    parent: *const Frame,
}

/// Emitted for every sync fn.
#[inline]
pub fn room<C>() -> Room<C> {
    Room { frame: UnsafeCell::new(MaybeUninit::uninit()), cells: UnsafeCell::new(MaybeUninit::uninit()) }
}

impl<'a> Room<Text<'a>> {
    /// Emitted for a single label of borrowed text; not generic, because that costs the compiler least.
    #[inline]
    pub fn enter_text(&self, site: &'static &'static str, value: &'a str) -> Scope {
        self.enter_cells(site, text(value))
    }
}

impl<C: Cell> Room<C> {
    /// Emitted for any other single label.
    #[inline]
    pub fn enter<V: LabelValue<Cell = C> + ?Sized>(&self, site: &'static &'static str, value: &V) -> Scope {
        // SAFETY: nobody else refers to the cells of a frame that is not linked.
        value.write(unsafe { &mut *self.cells.get() });
        // Filled by now, as `link` wants them: nobody outside this crate implements `write`.
        self.link(site)
    }
}

impl<C: Copy> Room<C> {
    /// Emitted for several labels, and for those with `%` or `?`.
    #[inline]
    pub fn enter_all<T: Cells<Row = C>>(&self, site: &'static &'static str, cells: T) -> Scope {
        self.enter_cells(site, cells.row())
    }

    #[inline]
    pub(super) fn enter_cells(&self, site: &'static &'static str, cells: C) -> Scope {
        // SAFETY: nobody else refers to the cells of a frame that is not linked.
        unsafe { &mut *self.cells.get() }.write(cells);
        self.link(site)
    }

    /// With the cells written before: from here on they are read, by signal handlers too.
    #[inline]
    fn link(&self, site: &'static &'static str) -> Scope {
        let parent = frame::innermost();
        // SAFETY: as for the cells.
        unsafe { &mut *self.frame.get() }.write(Frame::new(parent, site));
        // The address of the room: with the cells in its provenance.
        frame::link((&raw const *self).cast());
        Scope { parent }
    }
}

/// Room for the frame of a future on the stack of its poll.
pub(super) struct FutureRoom(UnsafeCell<MaybeUninit<Frame>>);

/// Emitted for nobody; see [`room`].
#[inline]
pub(super) const fn future_room() -> FutureRoom {
    FutureRoom(UnsafeCell::new(MaybeUninit::uninit()))
}

impl FutureRoom {
    /// Links the labels that `head` begins.
    ///
    /// # Safety
    /// `head` is that of a future's labels, which stay where they are until the scope is dropped.
    #[inline]
    pub(super) unsafe fn enter(&self, head: *mut Head) -> Scope {
        let parent = frame::innermost();
        // SAFETY: nobody else refers to a frame that is not linked.
        unsafe { &mut *self.0.get() }.write(Frame::of_future(parent, head));
        frame::link(self.frame());
        Scope { parent }
    }

    /// The frame, once it is linked.
    #[inline]
    pub(super) fn frame(&self) -> *const Frame {
        self.0.get().cast()
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        frame::link(self.parent);
    }
}

/// Runs `work` with an interned set in force.
pub(super) fn with_set<R>(
    site: &'static &'static str,
    set: &'static interned::Set,
    work: impl FnOnce() -> R,
) -> R {
    let room = room();
    let _scope = room.enter_cells(site, Set::new(set));
    work()
}

/// Tuples of cells.
pub trait Cells: Copy {
    /// The same cells, laid out one after the other.
    type Row: Copy;
    #[doc(hidden)]
    fn row(self) -> Self::Row;
}

/// Two cells in a row.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Row<A, B>(A, B);

macro_rules! rows {
    () => { () };
    ($first:ident $($rest:ident)*) => { Row<$first, rows!($($rest)*)> };
}
macro_rules! row {
    () => { () };
    ($first:ident $($rest:ident)*) => { Row($first, row!($($rest)*)) };
}
macro_rules! tuples {
    ($($cell:ident)*) => {
        impl<$($cell: Cell),*> Cells for ($($cell,)*) {
            type Row = rows!($($cell)*);
            #[inline]
            #[allow(non_snake_case)]
            fn row(self) -> Self::Row {
                let ($($cell,)*) = self;
                row!($($cell)*)
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
