//! A stretch of code with labels: what expansions call round a body, and round a future.
//!
//! A sync fn has two hidden locals, a [`Room`] and the [`Scope`] that links it. A future has a template that each poll
//! makes its frame of; constructing it names no future's type.

use crate::chain::room::{Room, Scope, room};
use crate::polled::{Polled, Template};
use crate::values::cell::{BeginsWithCell, Cell, Set, Text, text};
use crate::values::set;
use crate::values::value::LabelValue;
use std::future::Future;

/// Marks a frame that holds one set.
pub(super) static SET_SITE: &str = "set";
/// The same, and what is outside it is out of sight: the labels a task or thread was started with.
pub(super) static BASE_SITE: &str = "base";

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
        value.write(self.cells());
        // Filled by now, as `link` wants them: nobody outside this crate implements `write`.
        self.link(site)
    }
}

impl<C: BeginsWithCell> Room<C> {
    /// Emitted for several labels, and for those with `%` or `?`.
    #[inline]
    pub fn enter_all<T: Cells<Row = C>>(&self, site: &'static &'static str, cells: T) -> Scope {
        self.enter_cells(site, cells.row())
    }
}

/// Emitted for a single label of borrowed text.
#[inline]
pub fn frame_text<'a>(site: &'static &'static str, value: &'a str) -> Template<Text<'a>> {
    Template::new(site, text(value))
}

/// Emitted for any other single label.
#[inline]
pub fn frame<V: LabelValue + ?Sized>(site: &'static &'static str, value: &V) -> Template<V::Cell> {
    Template::new(site, value.cell())
}

/// Emitted for several labels, and for those with `%` or `?`.
#[inline]
pub fn frame_all<C: Cells>(site: &'static &'static str, cells: C) -> Template<C::Row> {
    Template::new(site, cells.row())
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn labeled_future<C: Copy, F: Future>(template: Template<C>, future: F) -> Polled<C, (), F> {
    Polled::new(template, (), future)
}

/// Runs `work` with a set in force, which the caller holds until it returns.
pub(super) fn with_set<R>(site: &'static &'static str, set: &set::Set, work: impl FnOnce() -> R) -> R {
    let room = room();
    let _scope = room.enter_cells(site, Set::new(set));
    work()
}

/// Tuples of cells.
pub trait Cells: Copy {
    /// The same cells, laid out one after the other.
    type Row: BeginsWithCell;
    /// How many.
    const COUNT: usize;
    #[doc(hidden)]
    fn row(self) -> Self::Row;
}

/// Two cells in a row.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Row<A, B>(A, B);

// SAFETY: its first field is a cell.
unsafe impl<A: Cell, B: Copy> BeginsWithCell for Row<A, B> {}

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
            const COUNT: usize = [$(stringify!($cell)),*].len();
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
