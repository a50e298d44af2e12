//! A stretch of code with labels, held by a hidden local of the expansion.

use super::cell::{Cell, Set, Text, text};
use super::frame::{self, Frame};
use super::interned;
use super::value::LabelValue;

/// A frame on the stack of the annotated fn.
///
/// Not public: a guard that could be leaked or moved would leave a dangling frame.
#[repr(C)]
pub struct Scope<C> {
    frame: Frame,
    cells: C,
}

impl<C: Copy> Scope<C> {
    #[inline]
    pub(super) fn new(site: &'static &'static str, cells: C) -> Self {
        Scope { frame: Frame { parent: frame::innermost(), site }, cells }
    }

    /// Puts the labels in force until `self` is dropped, which the expansion does in this same block.
    #[inline]
    pub fn enter(&self) {
        frame::link((&raw const *self).cast());
    }
}

impl<C> Drop for Scope<C> {
    #[inline]
    fn drop(&mut self) {
        frame::link(self.frame.parent);
    }
}

/// Emitted for a single label of borrowed text; not generic, because that costs the compiler least.
#[inline]
pub fn text_scope<'a>(site: &'static &'static str, value: &'a str) -> Scope<Text<'a>> {
    Scope::new(site, text(value))
}

/// Emitted for any other single label.
#[inline]
pub fn value_scope<V: LabelValue + ?Sized>(site: &'static &'static str, value: &V) -> Scope<V::Cell> {
    Scope::new(site, value.cell())
}

/// Emitted for several labels, and for those with `%` or `?`.
#[inline]
pub fn scope<C: Cells>(site: &'static &'static str, cells: C) -> Scope<C::Row> {
    Scope::new(site, cells.row())
}

/// Runs `work` with an interned set in force.
pub(super) fn with_set<R>(
    site: &'static &'static str,
    set: &'static interned::Set,
    work: impl FnOnce() -> R,
) -> R {
    let scope = Scope::new(site, Set::new(set));
    scope.enter();
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
