//! What a handler must know of the thread that it interrupts.

use super::perf;
use super::stack::Home;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

/// One attached thread. Written when it is attached or detached, read by the handlers that interrupt it.
#[derive(Default)]
pub(super) struct Slot {
    /// Which user of this slot: part of the value that its timer delivers.
    generation: AtomicU32,
    /// The stack.
    pub(super) home: Home,
    /// Whether the thread's labels may be read: its part of our thread-local storage exists.
    pub(super) labels_readable: AtomicBool,
    /// Periods that its timer's next signal stands for beside those that the kernel counts.
    owed: AtomicU32,
    /// Descriptor of its task clock plus one, 0: it has a timer.
    event: AtomicI32,
    /// Nanoseconds of the task clock that have been sampled.
    sampled: AtomicU64,
}

/// Marks timers of ours among all that may send `SIGPROF`.
const COOKIE: u64 = 0x484b << 48;

impl Slot {
    /// Prepares the slot for a new thread and returns the value for its timer.
    pub(super) fn renew(&self, index: u32, labels_readable: bool) -> u64 {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.home.clear();
        self.labels_readable.store(labels_readable, Ordering::Relaxed);
        self.owed.store(0, Ordering::Relaxed);
        self.event.store(0, Ordering::Relaxed);
        self.sampled.store(0, Ordering::Relaxed);
        self.value(index)
    }

    /// The value that this slot's timer delivers.
    pub(super) fn value(&self, index: u32) -> u64 {
        let generation = self.generation.load(Ordering::Relaxed);
        COOKIE | u64::from(index & 0xff_ffff) << 24 | u64::from(generation & 0xff_ffff)
    }

    /// Adds periods to the next signal of the timer, which is not started yet.
    pub(super) fn owe(&self, periods: u32) {
        self.owed.store(periods, Ordering::Release);
    }

    /// Periods to add to this signal of the timer. Async-signal-safe.
    pub(super) fn take_owed(&self) -> u32 {
        self.owed.swap(0, Ordering::Acquire)
    }

    /// The thread is sampled by this event.
    pub(super) fn set_event(&self, descriptor: i32) {
        self.event.store(descriptor + 1, Ordering::Release);
    }

    /// The event is about to be closed.
    pub(super) fn forget_event(&self) {
        self.event.store(0, Ordering::Release);
    }

    /// The event's descriptor, if there is one.
    pub(super) fn event(&self) -> Option<i32> {
        self.event.load(Ordering::Acquire).checked_sub(1).filter(|descriptor| *descriptor >= 0)
    }

    /// Periods that the event has counted since the last call. Only the thread itself calls this, in its handler.
    pub(super) fn event_periods(&self, descriptor: i32, period: u64) -> u32 {
        let Some(count) = perf::read_nanoseconds(descriptor) else { return 0 };
        let sampled = self.sampled.load(Ordering::Relaxed);
        let periods = count.saturating_sub(sampled) / period.max(1);
        self.sampled.store(sampled + periods * period, Ordering::Relaxed);
        u32::try_from(periods).unwrap_or(u32::MAX)
    }
}

const CHUNK: u32 = 64;
const CHUNKS: u32 = 512;

/// Slots, allocated as threads come and kept: handlers hold references to them.
pub(super) struct Slots {
    chunks: Box<[OnceLock<Box<[Slot]>>]>,
}

impl Slots {
    /// How many threads can be attached at once; what is beyond is left to the process-wide timer.
    pub(super) const CAPACITY: u32 = CHUNK * CHUNKS;

    /// No slots yet.
    pub(super) fn new() -> Self {
        Self { chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect() }
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
        if value & 0xffff << 48 != COOKIE {
            return None;
        }
        let index = u32::try_from(value >> 24 & 0xff_ffff).ok()?;
        self.get(index).filter(|slot| slot.value(index) == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lead_to_their_slot_until_it_has_another_thread() {
        let slots = Slots::new();
        let last = Slots::CAPACITY - 1;
        let value = slots.get_or_allocate(last).renew(last, false);
        assert!(slots.by_value(value).is_some_and(|slot| std::ptr::eq(slot, slots.get(last).unwrap())));
        for foreign in [0, value ^ 1 << 60, value & !(0xffff << 48), value ^ 1 << 24] {
            assert!(slots.by_value(foreign).is_none(), "{foreign:#x}");
        }
        slots.get_or_allocate(last).renew(last, false);
        assert!(slots.by_value(value).is_none());
    }
}
