//! SIGNAL HANDLER, up to the mark. The map of loaded code, as those see it that may not wait for a lock.
//!
//! A pin keeps the map that its holder sees from being freed. There are as many as threads can usefully look at the same
//! time, and each has a number, by which [`capture`](crate::capture) lends it what else it needs.

use super::map::Code;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many pins there are.
pub(crate) const PINS: usize = 264;

/// Even: free. Odd: taken. Grows by one each time, so that a change shows that it was free meanwhile. On a line of memory
/// of its own: threads take pins at a high rate.
#[repr(align(64))]
struct Turn(AtomicUsize);

static TURNS: [Turn; PINS] = [const { Turn(AtomicUsize::new(0)) }; PINS];
/// Was taken by a thread of the process that this one was forked from, which will not give it back.
const LOST: usize = usize::MAX;
/// What was published last; null: nothing yet.
static CURRENT: AtomicPtr<Code> = AtomicPtr::new(std::ptr::null_mut());

/// The right to look at the map, until it is dropped.
pub(crate) struct Pin {
    index: usize,
    /// The thread that took it is the one that looks.
    bound: PhantomData<*const ()>,
}

impl Pin {
    /// Takes the first free pin of those numbers, from `first` on and round. `None`: all are taken. Async-signal-safe.
    pub(crate) fn take(numbers: Range<usize>, first: usize) -> Option<Self> {
        let (start, end) = (first.clamp(numbers.start, numbers.end), numbers.end);
        (start..end).chain(numbers.start..start).find_map(Self::take_one)
    }

    fn take_one(index: usize) -> Option<Self> {
        let turn = &TURNS.get(index)?.0;
        let before = turn.load(Ordering::Relaxed);
        if before % 2 == 1 {
            return None;
        }
        // SeqCst: it comes before the load in `code` in the one order that `all_passed` relies on.
        let taken = turn.compare_exchange(before, before + 1, Ordering::SeqCst, Ordering::Relaxed).is_ok();
        // Not `then_some`: that would make a pin, and drop it, where none was had.
        taken.then(|| Self { index, bound: PhantomData })
    }

    /// Takes a pin that was [lost](forget_others) in a fork: what goes with its number may be half-changed.
    pub(crate) fn take_lost(index: usize) -> Option<Self> {
        let taken =
            TURNS.get(index)?.0.compare_exchange(LOST, 1, Ordering::SeqCst, Ordering::Relaxed).is_ok();
        taken.then(|| Self { index, bound: PhantomData })
    }

    /// The map, as of the last look at it; `None` before the first. Async-signal-safe.
    #[expect(clippy::unused_self, reason = "the borrow is what keeps the map")]
    pub(crate) fn code(&self) -> Option<&Code> {
        // SAFETY: null or from `publish`, which frees what it replaced only when every pin has been free since. This one
        // is taken for as long as the borrow.
        unsafe { CURRENT.load(Ordering::SeqCst).as_ref() }
    }

    /// Its number: nobody else has it as long as this lives.
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        TURNS[self.index].0.fetch_add(1, Ordering::SeqCst);
    }
}

// The mark: what follows does not run in a handler.

/// How long to wait for those that look at a map that was replaced; a thread that is stopped meanwhile costs the memory.
const PATIENCE: Duration = Duration::from_secs(1);

/// Has pins see `new`, and frees the map before it once nobody looks at it.
pub(super) fn publish(new: Arc<Code>) {
    let old = CURRENT.swap(Arc::into_raw(new).cast_mut(), Ordering::SeqCst);
    if old.is_null() || !all_passed() {
        return;
    }
    // SAFETY: from `into_raw` of an earlier call, and swapped out once. Every pin that was taken before the swap, and so
    // might show it, is free; those taken later show the new one.
    drop(unsafe { Arc::from_raw(old) });
}

/// Waits until every pin that is taken now has been free.
fn all_passed() -> bool {
    let turns = || TURNS.iter().map(|turn| turn.0.load(Ordering::SeqCst));
    let (then, start): (Vec<_>, _) = (turns().collect(), Instant::now());
    let passed = |(then, now): (&usize, usize)| then % 2 == 0 || *then != now || now == LOST;
    while !then.iter().zip(turns()).all(passed) {
        if start.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    true
}

/// In a forked child: threads that it does not have give nothing back.
pub(crate) extern "C" fn forget_others() {
    for turn in &TURNS {
        if turn.0.load(Ordering::Relaxed) % 2 == 1 {
            turn.0.store(LOST, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that nothing else in the process uses: the pools of processors with fewer threads end before.
    const SPARE: Range<usize> = PINS - 4..PINS;

    #[test]
    fn a_number_has_one_holder_and_they_run_out_in_order() {
        let first = Pin::take(SPARE, SPARE.start + 2).unwrap();
        assert_eq!(first.index(), SPARE.start + 2);
        let others: Vec<_> = std::iter::from_fn(|| Pin::take(SPARE, SPARE.start + 2)).collect();
        assert_eq!(others.iter().map(|pin| pin.index - SPARE.start).collect::<Vec<_>>(), [3, 0, 1]);
        drop(first);
        assert_eq!(Pin::take(SPARE, SPARE.start).unwrap().index(), SPARE.start + 2);
    }

    #[test]
    fn a_map_is_freed_once_nobody_looks_at_it() {
        let old = crate::code::registry::look_again();
        let pin = Pin::take(SPARE, SPARE.start).unwrap();
        assert!(std::ptr::eq(pin.code().unwrap(), &raw const *old));
        let waits = std::thread::spawn(crate::code::registry::look_again);
        std::thread::sleep(Duration::from_millis(20));
        // This one, that of the publication, and that of the registry.
        assert!(!waits.is_finished() && Arc::strong_count(&old) >= 2);
        drop(pin);
        waits.join().unwrap();
        assert_eq!(Arc::strong_count(&old), 1);
    }
}
