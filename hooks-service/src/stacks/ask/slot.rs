//! SIGNAL HANDLER, as far as [`Slot::write`], [`Slot::ask`] and [`Slot::answer`]. Where a thread leaves its registers, labels and stack: memory that is never freed, so
//! that an answer that comes after its dump does no harm.

use crate::capture::{LabelBytes, Registers};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many threads are asked at a time.
pub(super) const SLOTS: usize = 128;
/// How much of a stack is copied.
pub(super) const STACK: usize = 32 * 1024;

// The phases of a slot, in the lowest bits of its state; above them is the generation, which tells its users apart.
const FREE: u64 = 0;
/// A thread was asked.
const ASKED: u64 = 1;
/// The thread is writing its answer.
const WRITING: u64 = 2;
/// The answer is there.
const ANSWERED: u64 = 3;
const PHASES: u64 = 4;

/// What a thread answers.
pub(crate) struct ThreadAnswer {
    pub(super) registers: Registers,
    /// How many bytes of `stack` are filled, from the stack pointer on.
    pub(super) length: usize,
    pub(super) labels: LabelBytes<1000>,
    /// How long the handler ran, in nanoseconds.
    pub(super) pause: u64,
    pub(super) stack: Box<[u8]>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Slot {
    state: AtomicU64,
    answered: UnsafeCell<ThreadAnswer>,
}

impl Default for ThreadAnswer {
    fn default() -> Self {
        let (registers, labels) = (Registers::default(), LabelBytes::default());
        // Written to, so that its pages are there: no handler waits for the kernel to clear one.
        Self { registers, length: 0, labels, pause: 0, stack: vec![1; STACK].into() }
    }
}

// SAFETY: `answered` belongs to whoever brought `state` into the phase it is in: the handler while WRITING, the one that
// takes the dump in all others.
unsafe impl Sync for Slot {}

impl Slot {
    /// Takes the slot for a new user, and returns the generation. `None`: a handler is still writing into it.
    pub(super) fn ask(&self) -> Option<u64> {
        let state = self.state.load(Ordering::Acquire);
        if state % PHASES == WRITING {
            return None;
        }
        let generation = state / PHASES + 1;
        // Release: what the last user's answer was read for comes before.
        let new = generation * PHASES + ASKED;
        self.state.compare_exchange(state, new, Ordering::AcqRel, Ordering::Relaxed).ok().map(|_| generation)
    }

    /// Takes the question back. `false`: too late, the thread is answering.
    pub(super) fn revoke(&self, generation: u64) -> bool {
        let (asked, free) = (generation * PHASES + ASKED, generation * PHASES + FREE);
        self.state.compare_exchange(asked, free, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The answer, if it is there.
    pub(super) fn answer(&self, generation: u64) -> Option<&ThreadAnswer> {
        let answered = self.state.load(Ordering::Acquire) == generation * PHASES + ANSWERED;
        // SAFETY: in this phase only the one that takes the dump changes the state, and it is the caller.
        answered.then(|| unsafe { &*self.answered.get() })
    }

    /// Has `write` fill the answer, if the question still stands. Async-signal-safe if `write` is.
    pub(super) fn write(&self, generation: u64, write: impl FnOnce(&mut ThreadAnswer)) {
        let state = |phase| generation.wrapping_mul(PHASES).wrapping_add(phase);
        let begun =
            self.state.compare_exchange(state(ASKED), state(WRITING), Ordering::AcqRel, Ordering::Relaxed);
        if begun.is_ok() {
            // SAFETY: the exchange made this call the only one that may touch it until the store below.
            write(unsafe { &mut *self.answered.get() });
            self.state.store(state(ANSWERED), Ordering::Release);
        }
    }
}

/// The slots of a process.
pub(super) struct Pool {
    pub(super) pid: libc::pid_t,
    pub(super) slots: &'static [Slot],
}

impl Pool {
    /// Slots that are never freed.
    pub(super) fn leaked() -> &'static Self {
        let slots: Box<[Slot]> = (0..SLOTS).map(|_| Slot::default()).collect();
        Box::leak(Box::new(Self { pid: std::process::id().cast_signed(), slots: Box::leak(slots) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_once_and_only_while_it_is_asked_for() {
        let pool = Pool::leaked();
        let slot = &pool.slots[0];
        let first = slot.ask().unwrap();
        assert!(slot.answer(first).is_none());
        slot.write(first, |answer| answer.length = 7);
        slot.write(first, |answer| answer.length = 8);
        assert_eq!(slot.answer(first).unwrap().length, 7);
        assert!(!slot.revoke(first), "it is answered");

        let second = slot.ask().unwrap();
        assert!(slot.revoke(second));
        slot.write(second, |answer| answer.length = 9);
        assert!(slot.answer(second).is_none(), "revoked");
        slot.write(first, |answer| answer.length = 9);
        slot.write(u64::MAX, |answer| answer.length = 9);

        let third = slot.ask().unwrap();
        slot.write(third, |_| assert!(slot.ask().is_none() && !slot.revoke(third), "being written"));
        assert_eq!(slot.answer(third).unwrap().length, 7);
    }
}
