//! What a recorder calls: it gives the memory, switches events on and off, and reads them, while threads go on recording.
//!
//! The recorders are in `hooks-service`. Nothing in here is called by those who record.
//!
//! ```standalone_crate
//! use hooks_runtime::trace::{observe::{Area, Clock, Kept, Kind, Pair, Parts, Records, Start, stop}, region};
//! use std::sync::atomic::AtomicU64;
//!
//! // At most 1 MiB, and 16 threads at a time. It is kept for good: threads may be about to record at any time.
//! let parts = Parts::within(1 << 20, 16);
//! let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(0)).collect();
//! let now = Clock::Monotonic.now();
//! let time = Pair { ticks: now, monotonic: now };
//! let start = Start { clock: Clock::Monotonic, process: std::process::id(), time, unix: 0 };
//! let kept = Kept::new(Area::format(words.leak(), parts, &start).unwrap()).unwrap();
//! assert!(kept.start());
//!
//! region("read the table", || ());
//! stop();
//!
//! let mut events = Vec::new();
//! for chunk in 0..kept.area().count() {
//!     let mut words = Vec::new();
//!     if kept.area().read(chunk, 0, &mut words).is_some() {
//!         events.extend(Records::new(&words).map(|record| record.kind));
//!     }
//! }
//! assert_eq!(events, [Kind::NamedBegin, Kind::NamedEnd]);
//! ```
//!
//! # Cost
//! What a thread records costs it the same whoever reads. Reading copies words, some nanoseconds an event, and is waited for by
//! nobody. All of it but [`Area::read`] and the counts is for one thread at a time.
//!
//! # Errors
//! Memory that is no area is [`Malformed`]; whatever else another process wrote into one is read as far as it makes sense.

use super::switch;
use std::fmt;

pub use super::area::{Area, Malformed, Pair, Parts, Start};
pub use super::chunk::Head;
pub use super::clock::Clock;
pub use super::payload::{Field, Fields};
pub use super::record::{Kind, Record, Records};

/// An area that is kept for good, to be recorded into again and again.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    number: usize,
    area: Area,
}

impl Kept {
    /// Keeps this one. `None`: the process has 64 already, and a recorder takes one of those.
    pub fn new(area: Area) -> Option<Kept> {
        Some(Kept { number: switch::keep(area)?, area })
    }

    /// The area.
    pub fn area(&self) -> &Area {
        &self.area
    }

    /// Events are recorded into it from now on, which was just [formatted](Area::format), by the clock that was said there.
    ///
    /// `false`: its clock is none.
    pub fn start(&self) -> bool {
        let Some(Start { clock, .. }) = self.area.start() else { return false };
        switch::on(self.number, clock);
        true
    }
}

/// Events are recorded no more, but for those that have begun: see [`Area::is_quiet`].
pub fn stop() {
    switch::off();
}

/// The calling thread records nothing from now on: it is the recorder's, and would record what it does with what was recorded.
pub fn keep_out() {
    super::writer::keep_out();
}

/// Sets what a thread calls that leaves a region which took at least as long as its `slow = ".."` says, with the text of the
/// region's [site](crate::Site) and the nanoseconds. There is one in the process. Where it panics,
/// the region ends all the same.
pub fn set_slow_hook(hook: Option<fn(&'static str, u64)>) {
    super::slow::set_hook(hook);
}

/// Records an event that says no more than this number, so that a recorder sees whether it records.
pub fn test(number: u64) {
    super::writer::record(Kind::Test, number);
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
