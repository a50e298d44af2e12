//! Where a fault is a panic: in fns with `#[panic_on_fault]`, for the maps that they name, on their thread.
//!
//! Looked at after a fault only; what scopes cost is a link in and out of a list.

use super::{Fault, GuardedMap, sys};
use std::cell::Cell;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::{UnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

thread_local! {
    /// The innermost scope. From it, following `outer`, every link is alive: a [`Scope`] borrows it, and takes it out of
    /// the list before it ends.
    static INNERMOST: Cell<*const Link> = const { Cell::new(std::ptr::null()) };
}

/// A scope as its thread finds it. Atomics, so that the future that it is part of may change threads between polls.
struct Link {
    ids: AtomicPtr<u64>,
    count: AtomicUsize,
    outer: AtomicPtr<Link>,
}

/// The maps of an annotated fn.
pub struct Maps<const N: usize> {
    ids: [u64; N],
    link: Link,
}

/// Emitted before the body.
#[inline]
pub fn panic_on_fault<const N: usize>(maps: [&GuardedMap; N]) -> Maps<N> {
    sys::prepare_thread_now_and_then();
    let link = Link {
        ids: AtomicPtr::new(std::ptr::null_mut()),
        count: AtomicUsize::new(N),
        outer: AtomicPtr::new(std::ptr::null_mut()),
    };
    Maps { ids: maps.map(GuardedMap::id), link }
}

/// While it lives, a fault in its maps is a panic.
pub struct Scope<'a> {
    link: &'a Link,
}

impl<const N: usize> Maps<N> {
    /// Begins the scope.
    #[inline]
    pub fn enter(&self) -> Scope<'_> {
        let link = &self.link;
        link.ids.store(self.ids.as_ptr().cast_mut(), Relaxed);
        link.outer.store(INNERMOST.get().cast_mut(), Relaxed);
        INNERMOST.set(link);
        Scope { link }
    }
}

impl Drop for Scope<'_> {
    #[inline]
    fn drop(&mut self) {
        INNERMOST.set(self.link.outer.load(Relaxed));
    }
}

fn is_named(map: &GuardedMap) -> bool {
    let mut next = INNERMOST.get();
    // SAFETY: what `INNERMOST` and `outer` point to is alive (see there), and so are the ids beside it.
    while let Some(link) = unsafe { next.as_ref() } {
        let (ids, count) = (link.ids.load(Relaxed), link.count.load(Relaxed));
        // SAFETY: as above; `enter` stored the address of so many.
        if unsafe { std::slice::from_raw_parts(ids, count) }.contains(&map.id()) {
            return true;
        }
        next = link.outer.load(Relaxed);
    }
    false
}

/// The fault, unless it is a panic here. While the thread unwinds already, a second panic would end the process.
#[cold]
#[track_caller]
pub(super) fn raised(map: &GuardedMap, fault: Fault) -> Fault {
    if is_named(map) && !std::thread::panicking() {
        panic_any(fault);
    }
    fault
}

/// Calls `work` and returns the [`Fault`] that it panicked with, if that is how it ended. Other panics go on.
///
/// # Errors
/// The fault.
///
/// ```
/// use hooks_runtime::fault::{self, GuardedMap};
///
/// #[hooks_runtime::panic_on_fault(map)]
/// fn sum(map: &GuardedMap) -> u8 {
///     (0..5000).map(|offset| map.get::<u8>(offset).expect("it would have panicked")).sum()
/// }
///
/// let map = GuardedMap::map_anon(4096)?;
/// let fault = fault::catch(|| sum(&map)).unwrap_err();
/// assert_eq!(fault.offset, 4096);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn catch<R>(work: impl FnOnce() -> R + UnwindSafe) -> Result<R, Fault> {
    catch_unwind(work).map_err(|payload| match payload.downcast::<Fault>() {
        Ok(fault) => *fault,
        Err(other) => resume_unwind(other),
    })
}

/// What an annotated `async fn` returns: each poll, and the drop, is in the scope.
pub struct PanicOnFaultFuture<const N: usize, F> {
    maps: Maps<N>,
    inner: ManuallyDrop<F>,
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn panic_on_fault_future<const N: usize, F: Future>(
    maps: Maps<N>,
    future: F,
) -> PanicOnFaultFuture<N, F> {
    PanicOnFaultFuture { maps, inner: ManuallyDrop::new(future) }
}

impl<const N: usize, F: Future> Future for PanicOnFaultFuture<N, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `inner` is pinned with `self`: it is never moved out, and `Drop` below drops it in place. `Unpin` is
        // derived from `F`'s.
        let this = unsafe { self.get_unchecked_mut() };
        sys::prepare_thread_now_and_then();
        let _scope = this.maps.enter();
        // SAFETY: as above.
        unsafe { Pin::new_unchecked(&mut *this.inner) }.poll(context)
    }
}

impl<const N: usize, F> Drop for PanicOnFaultFuture<N, F> {
    #[inline]
    fn drop(&mut self) {
        let _scope = self.maps.enter();
        // SAFETY: dropped here and nowhere else, in place.
        unsafe { ManuallyDrop::drop(&mut self.inner) };
    }
}
