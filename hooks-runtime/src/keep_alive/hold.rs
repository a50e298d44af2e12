//! What holds an argument in place until every way out of a fn: a borrow that the compiler sees and the program does
//! not.

use std::marker::PhantomData;

/// A borrow with a destructor: the borrow checker keeps it to the end of its scope, on every way out.
///
/// Nothing of the argument's type is in it, so it never keeps a future from being `Send`.
#[must_use]
#[derive(Debug)]
pub struct KeptAlive<'a>(PhantomData<&'a ()>);

impl Drop for KeptAlive<'_> {
    /// Empty, and needed: without a destructor the borrow would end with its last use.
    #[inline]
    fn drop(&mut self) {}
}

/// Holds the argument of a fn that is done when it returns.
#[inline]
pub const fn keep_alive<T: ?Sized>(_argument: &T) -> KeptAlive<'_> {
    KeptAlive(PhantomData)
}

/// Holds the argument of an async fn, in which no borrow may hide: its future can be dropped at any `.await`, and then
/// the lender is free to free.
#[inline]
pub const fn keep_alive_owned<T: ?Sized + 'static>(_argument: &T) -> KeptAlive<'_> {
    KeptAlive(PhantomData)
}

/// The same for `mut buf`.
#[inline]
pub const fn keep_alive_mut_owned<T: ?Sized + 'static>(argument: &mut T) -> &mut T {
    argument
}

/// Emitted where a body visibly moves what `mut buf` keeps, in an arm that is never taken, for the borrow checker to say so.
#[inline]
pub fn moved<T>(_argument: T) {}

/// The same for a body that puts another value in its place.
#[inline]
pub fn another<T>() -> T {
    unreachable!("emitted where it is never called")
}

/// Until here.
#[inline]
pub fn still_needed(_kept: KeptAlive<'_>) -> ! {
    unreachable!("emitted where it is never called")
}
