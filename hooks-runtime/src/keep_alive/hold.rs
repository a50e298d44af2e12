//! What holds an argument in place until every way out of a fn: a borrow that the compiler sees and the program does
//! not.

use super::KeepAlive;
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

/// The same where the body waits: there the argument is dropped with a future that is dropped.
#[inline]
pub const fn keep_alive_over_await<T: OutlastsFuture + ?Sized + 'static>(_argument: &T) -> KeptAlive<'_> {
    KeptAlive(PhantomData)
}

/// The same for `mut buf`.
#[inline]
pub const fn keep_alive_mut_over_await<T: OutlastsFuture + ?Sized + 'static>(argument: &mut T) -> &mut T {
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

/// What an `async fn` with [`#[keep_alive(..)]`](macro@crate::keep_alive) may keep over an `.await`: memory that stays
/// where it is though the future that has it is dropped, as long as somebody else works on it.
///
/// A future can be dropped at any `.await`, its arguments with it, and C or the kernel knows nothing of that. A
/// [`KeepAlive`] stays as long as there are leases of it. Of a type of yours you say by an impl that what is lent of it
/// is in such:
///
/// ```
/// use hooks_runtime::keep_alive::{KeepAlive, OutlastsFuture};
///
/// struct Request {
///     bytes: KeepAlive<Vec<u8>>, // what the kernel gets, by a lease
///     offset: u64,
/// }
///
/// impl OutlastsFuture for Request {}
///
/// #[hooks_runtime::keep_alive(request)]
/// async fn read(request: Request) -> u64 {
///     let lease = request.bytes.lease();
///     // .. submit(.., lease.into_raw()) ..
///     std::future::ready(()).await;
///     lease.release();
///     request.offset
/// }
/// assert_eq!(futures::executor::block_on(read(Request { bytes: KeepAlive::new(vec![0]), offset: 1 })), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is freed with the future, which can be dropped at any `.await`, while C or the kernel may still use it",
    label = "this does not outlast the future",
    note = "take a `KeepAlive` and give them its `lease()`; where their use ends before the `.await`, move it to a plain fn \
            and put the attribute there"
)]
pub trait OutlastsFuture {}

impl<T> OutlastsFuture for KeepAlive<T> {}
impl<T: ?Sized> OutlastsFuture for &'static T {}
// Not of any `T` that outlasts it: of a `Vec<u8>` the error would speak of `u8`.
impl<T> OutlastsFuture for Option<KeepAlive<T>> {}
impl<T> OutlastsFuture for Vec<KeepAlive<T>> {}
