//! Where a fault is a panic: in fns with `#[panic_on_fault]`, for the maps that they name, on their thread.
//!
//! Looked at after a fault only; what scopes cost is a link in and out of the chain of frames.

use super::{Fault, GuardedMap, sys};
use crate::chain::room::{Room, Scope};
use crate::chain::{Frame, frames};
use crate::polled::{Pair, PairOf, Polled, Template};
use crate::values::cell::{self, BeginsWithCell, MAPS};
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{UnwindSafe, catch_unwind, panic_any, resume_unwind};

/// Marks the frame of a sync fn.
static MAPS_SITE: &str = "maps";

/// The cell of a frame: the maps that it names.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub struct Ids<const N: usize> {
    kind: u64,
    ids: [u64; N],
}

// SAFETY: its kind, with the count of ids that follow.
unsafe impl<const N: usize> BeginsWithCell for Ids<N> {}

/// The maps of an annotated fn, and room for its frame.
pub struct Maps<const N: usize> {
    ids: Ids<N>,
    room: Room<Ids<N>>,
}

/// Emitted before the body.
#[inline]
pub fn panic_on_fault<const N: usize>(maps: [&GuardedMap; N]) -> Maps<N> {
    sys::prepare_thread_now_and_then();
    let ids = Ids { kind: MAPS | N as u64, ids: maps.map(GuardedMap::id) };
    Maps { ids, room: Room::filled(ids) }
}

/// While it lives, a fault in its maps is a panic.
pub struct Within<'a> {
    _scope: Scope,
    maps: PhantomData<&'a ()>,
}

impl<const N: usize> Maps<N> {
    /// Begins the scope.
    #[inline]
    pub fn enter(&self) -> Within<'_> {
        Within { _scope: self.room.link(&MAPS_SITE), maps: PhantomData }
    }
}

fn is_named(map: &GuardedMap) -> bool {
    // SAFETY: no scope is left before this returns.
    unsafe { frames() }.any(|frame| unsafe { ids(frame) }.contains(&map.id()))
}

/// The maps that a frame names.
///
/// # Safety
/// `frame` is linked for as long as the result is used, and not the root.
unsafe fn ids<'a>(frame: *const Frame) -> &'a [u64] {
    // SAFETY: the caller's; a cell of this kind is an `Ids` with so many.
    unsafe {
        let cell = Frame::cells(frame);
        if cell::kind(*cell) == MAPS {
            std::slice::from_raw_parts(cell.add(1), cell::length(*cell))
        } else {
            &[]
        }
    }
}

/// The fault, unless it is a panic here. While the thread unwinds already, a second panic would end the process, and where
/// panics abort the first one would, for a library that cannot know.
#[cold]
#[track_caller]
pub(super) fn raised(map: &GuardedMap, fault: Fault) -> Fault {
    if cfg!(panic = "unwind") && is_named(map) && !std::thread::panicking() {
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

/// Each poll and the drop of a future: the maps are in its frame, and the thread is made ready.
pub struct Prepared;

impl Pair for Prepared {
    #[inline]
    fn enter(&mut self) {
        sys::prepare_thread_now_and_then();
    }
}

impl<R> PairOf<R> for Prepared {}

/// Emitted round the body of an `async fn`.
#[inline]
#[expect(clippy::needless_pass_by_value, reason = "the expansion has no other use for them")]
pub fn panic_on_fault_future<const N: usize, F: Future>(
    site: &'static &'static str,
    maps: Maps<N>,
    future: F,
) -> Polled<Ids<N>, Prepared, F> {
    Polled::new(Template::new(site, maps.ids), Prepared, future)
}
