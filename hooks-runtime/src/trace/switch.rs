//! Whether events are recorded: one word, which is all that an event looks at while they are not.

use super::area::Area;
use super::clock::Clock;
use crate::process::in_children;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Once, OnceLock};

/// 0: off. Else how many times it was on, the number of the area, and the clock. A thread that has seen another value begins
/// anew.
static STATE: AtomicU64 = AtomicU64::new(0);
static TIMES: AtomicU64 = AtomicU64::new(0);

/// Most areas in the life of a process: a recorder takes one that is there, if it fits.
pub(crate) const MOST_AREAS: usize = 64;
static AREAS: [OnceLock<Area>; MOST_AREAS] = [const { OnceLock::new() }; MOST_AREAS];

/// The clock's number is the lowest bit.
const COUNTER: u64 = 1;
const AREA_SHIFT: u32 = 1;
const TIMES_SHIFT: u32 = 8;

/// Whether a recorder runs: events are looked at, and kept.
///
/// ```
/// assert!(!hooks_runtime::trace::is_on());
/// ```
///
/// Cost: one load.
#[inline]
pub fn is_on() -> bool {
    state() != 0
}

/// 0: no recorder runs; else another number for each that does.
#[inline]
pub fn state() -> u64 {
    STATE.load(Ordering::Relaxed)
}

#[inline]
pub(super) fn clock(state: u64) -> Clock {
    if state & COUNTER == 0 { Clock::Monotonic } else { Clock::Counter }
}

/// The area of this state. `None` for 0, which is none.
pub(super) fn area(state: u64) -> Option<&'static Area> {
    let number = usize::try_from(state >> AREA_SHIFT).ok()? % MOST_AREAS;
    AREAS[number].get().filter(|_| state != 0)
}

/// Events are recorded into the area with this number.
pub(super) fn on(number: usize, clock: Clock) {
    watch_forks();
    let times = TIMES.fetch_add(1, Ordering::Relaxed) + 1;
    let state = times << TIMES_SHIFT | (number as u64) << AREA_SHIFT | clock.number();
    STATE.store(state, Ordering::SeqCst);
}

pub(super) fn off() {
    STATE.store(0, Ordering::SeqCst);
}

/// Keeps an area for good. `None`: there are as many as may be.
pub(super) fn keep(area: Area) -> Option<usize> {
    (0..MOST_AREAS).find(|number| AREAS[*number].set(area).is_ok())
}

/// A child has the memory of its parent, which records in it.
fn watch_forks() {
    static ONCE: Once = Once::new();
    in_children(&ONCE, in_child);
}

extern "C" fn in_child() {
    STATE.store(0, Ordering::Relaxed);
}
