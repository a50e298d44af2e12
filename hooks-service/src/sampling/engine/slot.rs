//! SIGNAL HANDLER, as far as [`place`], [`Slot`] and [`Slots::by_value`].
//!
//! What a handler must know of the thread that it interrupts.

use super::perf::Identity;
use super::stack::Home;
use super::ticks;
use crate::sampling::error::MOST_RATES;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

/// One attached thread. Written when it is attached or detached, read by the handlers that interrupt it.
#[derive(Default)]
pub(super) struct Slot {
    /// Which user of this slot: part of the value that its timer delivers.
    generation: AtomicU32,
    /// The thread's id.
    thread: AtomicI32,
    /// The stack.
    pub(super) home: Home,
    /// Whether it has a timer or an event of its own: the process-wide timer leaves it alone.
    armed: AtomicBool,
    /// Periods that those have brought.
    brought: AtomicU64,
    /// Periods that an expiry of its timer stands for.
    at_once: AtomicU32,
    /// Periods that its timer's next signal stands for beside those that the kernel counts.
    owed: AtomicU32,
    /// Descriptor of its task clock event plus one, 0: it has a timer.
    event: AtomicI32,
    /// Which event that is.
    event_id: AtomicU64,
    /// Nanoseconds of the thread's clock that are in samples, where it has an event.
    sampled: AtomicU64,
}

/// Marks timers of ours among all that may send `SIGPROF`.
const COOKIE: u64 = 0x48 << 56;

/// The place of the rate whose timer delivered `value`. Async-signal-safe.
pub(super) fn place(value: u64) -> Option<usize> {
    (value & 0xff << 56 == COOKIE).then(|| place_of(value.to_be_bytes()[1]))
}

/// What the process-wide timer delivers.
pub(super) const PROCESS: u64 = 0x50 << 56;

/// A rate has a tag, so that signals of one that was there before are known: its lowest bits are the place.
fn place_of(tag: u8) -> usize {
    usize::from(tag) % MOST_RATES
}

impl Slot {
    /// Prepares the slot for a new thread.
    pub(super) fn renew(&self, thread: libc::pid_t) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.thread.store(thread, Ordering::Relaxed);
        self.home.clear();
        self.armed.store(false, Ordering::Relaxed);
        self.brought.store(0, Ordering::Relaxed);
        self.at_once.store(1, Ordering::Relaxed);
        self.owed.store(0, Ordering::Relaxed);
        self.event.store(0, Ordering::Relaxed);
        self.sampled.store(0, Ordering::Relaxed);
    }

    /// The thread's id. Async-signal-safe.
    pub(super) fn thread(&self) -> libc::pid_t {
        self.thread.load(Ordering::Relaxed)
    }

    /// Whether its signals are those of its own timer or event. Async-signal-safe.
    pub(super) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::Acquire)
    }

    /// Its signals are to be those of its own timer or event, or no longer.
    pub(super) fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::Release);
    }

    /// Periods that an expiry of its timer stands for. Async-signal-safe.
    pub(super) fn at_once(&self) -> u32 {
        self.at_once.load(Ordering::Relaxed)
    }

    /// Sets that, before the timer does.
    pub(super) fn set_at_once(&self, periods: u32) {
        self.at_once.store(periods, Ordering::Release);
    }

    /// Counts periods that its timer or event brought. Async-signal-safe.
    pub(super) fn bring(&self, periods: u32) {
        self.brought.fetch_add(periods.into(), Ordering::Relaxed);
    }

    /// What was brought so far.
    pub(super) fn brought(&self) -> u64 {
        self.brought.load(Ordering::Relaxed)
    }

    /// Adds periods to the next signal of the timer, which is not started yet.
    pub(super) fn owe(&self, periods: u32) {
        self.owed.store(periods, Ordering::Release);
    }

    /// Periods to add to this signal of the timer. Async-signal-safe.
    pub(super) fn take_owed(&self) -> u32 {
        self.owed.swap(0, Ordering::Acquire)
    }

    /// The thread is sampled by this event, from this time of its clock on.
    pub(super) fn set_event(&self, event: Identity, now: u64) {
        self.sampled.store(now, Ordering::Relaxed);
        self.event_id.store(event.event, Ordering::Relaxed);
        self.event.store(event.number + 1, Ordering::Release);
    }

    /// The event is about to be closed.
    pub(super) fn forget_event(&self) {
        self.event.store(0, Ordering::Release);
    }

    /// The event, if there is one. Async-signal-safe.
    pub(super) fn event(&self) -> Option<Identity> {
        let number = self.event.load(Ordering::Acquire).checked_sub(1).filter(|number| *number >= 0)?;
        Some(Identity { number, event: self.event_id.load(Ordering::Relaxed) })
    }

    /// Periods that the thread has taken since the last call. Only the thread itself calls this, in its handler: by its own
    /// clock, so that signals that the kernel merged lose no weight.
    pub(super) fn event_periods(&self, period: u64) -> u32 {
        let sampled = self.sampled.load(Ordering::Relaxed);
        let periods = ticks::own_nanoseconds().saturating_sub(sampled) / period.max(1);
        self.sampled.store(sampled + periods * period, Ordering::Relaxed);
        u32::try_from(periods).unwrap_or(u32::MAX)
    }
}

const CHUNK: u32 = 64;
const CHUNKS: u32 = 512;

/// Slots, allocated as threads come and kept: handlers hold references to them.
pub(super) struct Slots {
    tag: u8,
    chunks: Box<[OnceLock<Box<[Slot]>>]>,
}

impl Slots {
    /// How many threads can be attached at once; what is beyond is left to the process-wide timer.
    pub(super) const CAPACITY: u32 = CHUNK * CHUNKS;

    /// No slots yet. The lowest bits of `tag` are the place of the rate, the others tell it from those before.
    pub(super) fn new(tag: u8) -> Self {
        Self { tag, chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect() }
    }

    /// The place of the rate.
    pub(super) fn place(&self) -> usize {
        place_of(self.tag)
    }

    /// The value that the timer of `slot`, which has the number `index`, delivers.
    pub(super) fn value(&self, slot: &Slot, index: u32) -> u64 {
        let generation = u64::from(slot.generation.load(Ordering::Relaxed) & 0xff_ffff);
        COOKIE | u64::from(self.tag) << 48 | u64::from(index & 0xff_ffff) << 24 | generation
    }

    /// The slot number `index`, allocated if need be; `index` is less than [`CAPACITY`](Self::CAPACITY).
    pub(super) fn get_or_allocate(&self, index: u32) -> &Slot {
        // Built on the heap: this may run on a thread with a small stack.
        let chunk = self.chunks[(index / CHUNK) as usize]
            .get_or_init(|| std::iter::repeat_with(Slot::default).take(CHUNK as usize).collect());
        &chunk[(index % CHUNK) as usize]
    }

    /// The slot number `index` if it was ever allocated. Async-signal-safe.
    pub(super) fn get(&self, index: u32) -> Option<&Slot> {
        let chunk = self.chunks.get((index / CHUNK) as usize)?.get()?;
        chunk.get((index % CHUNK) as usize)
    }

    /// The slot whose timer delivered `value`; `None` if the timer is not ours, or of a thread before.
    /// Async-signal-safe.
    pub(super) fn by_value(&self, value: u64) -> Option<&Slot> {
        let index = u32::try_from(value >> 24 & 0xff_ffff).ok()?;
        self.get(index).filter(|slot| self.value(slot, index) == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lead_to_their_slot_until_it_has_another_thread() {
        let slots = Slots::new(0b0101_1010);
        let last = Slots::CAPACITY - 1;
        let slot = slots.get_or_allocate(last);
        slot.renew(7);
        let value = slots.value(slot, last);
        assert_eq!((place(value), slots.place(), slot.thread()), (Some(2), 2, 7));
        assert!(slots.by_value(value).is_some_and(|found| std::ptr::eq(found, slot)));
        for foreign in [0, value ^ 1 << 60, value & !(0xff << 56), value ^ 1 << 24] {
            assert!(slots.by_value(foreign).is_none(), "{foreign:#x}");
        }
        assert_eq!((place(0), place(PROCESS), place(value ^ 1 << 60)), (None, None, None));
        assert!(Slots::new(2).by_value(value).is_none(), "of the rate that had this place before");
        slot.renew(8);
        assert!(slots.by_value(value).is_none());
    }
}
