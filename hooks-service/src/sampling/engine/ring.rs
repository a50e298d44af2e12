//! SIGNAL HANDLER, as far as [`Ring::push`].
//!
//! A bounded lock-free queue of records: many signal handlers push, one collector pops.
//!
//! Each cell has a turn number (Vyukov's bounded queue). A producer claims a position by moving `head`, fills the cell
//! in place and publishes it by advancing the turn; the consumer hands the cell back one lap later. A full queue
//! refuses at once: the caller counts what it could not keep.

#[cfg(all(test, loom))]
use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicUsize, Ordering},
};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicUsize, Ordering};

/// `std`'s cell with loom's interface.
#[cfg(not(all(test, loom)))]
#[derive(Debug)]
struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(all(test, loom)))]
impl<T> UnsafeCell<T> {
    fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }
    fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }
    fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

struct Cell<T> {
    /// `position`: free for the producer of that position. `position + 1`: filled. The consumer sets
    /// `position + capacity`.
    turn: AtomicUsize,
    value: UnsafeCell<T>,
}

/// The queue. Capacity is a power of two.
pub(super) struct Ring<T> {
    cells: Box<[Cell<T>]>,
    head: AtomicUsize,
    tail: AtomicUsize,
}

// SAFETY: a value is touched only by the thread whose turn it is (see `push` and `pop`), so sending values is all that
// is asked of T.
unsafe impl<T: Send> Sync for Ring<T> {}
// SAFETY: nothing in a ring is bound to a thread.
unsafe impl<T: Send> Send for Ring<T> {}

impl<T> Ring<T> {
    /// A ring of at least `capacity` cells, all made here. At least two: with one cell a filled turn could not be
    /// told from a free one.
    pub(super) fn new(capacity: usize, make: impl Fn() -> T) -> Self {
        let cell = |turn| Cell { turn: AtomicUsize::new(turn), value: UnsafeCell::new(make()) };
        let cells = (0..capacity.next_power_of_two().max(2)).map(cell).collect();
        Self { cells, head: AtomicUsize::new(0), tail: AtomicUsize::new(0) }
    }
}

impl<T> Ring<T> {
    /// How many cells there are: after so many pops, all that was there at the first is read.
    pub(super) fn capacity(&self) -> usize {
        self.cells.len()
    }

    fn cell(&self, position: usize) -> &Cell<T> {
        &self.cells[position & (self.cells.len() - 1)]
    }

    /// Claims a cell, lets `fill` write it and publishes it. `false`: the ring is full, `fill` was not called.
    ///
    /// Async-signal-safe as far as `fill` is.
    pub(super) fn push(&self, fill: impl FnOnce(&mut T)) -> bool {
        let Some(position) = self.claim() else { return false };
        let cell = self.cell(position);
        // SAFETY: `claim` moved `head` past `position` while the cell's turn was `position`: no other producer can
        // claim it, and the consumer does not touch it before the turn becomes `position + 1` below.
        cell.value.with_mut(|value| fill(unsafe { &mut *value }));
        cell.turn.store(position.wrapping_add(1), Ordering::Release);
        true
    }

    fn claim(&self) -> Option<usize> {
        let mut position = self.head.load(Ordering::Relaxed);
        loop {
            // Acquire: what the consumer read of this cell happened before we overwrite it.
            let turn = self.cell(position).turn.load(Ordering::Acquire);
            match turn.wrapping_sub(position).cast_signed() {
                0 => {
                    let next = position.wrapping_add(1);
                    match self.head.compare_exchange_weak(
                        position,
                        next,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    ) {
                        Ok(_) => return Some(position),
                        Err(now) => position = now,
                    }
                }
                ahead if ahead > 0 => position = self.head.load(Ordering::Relaxed),
                _ => return None,
            }
        }
    }

    /// Lets `read` see the oldest record and frees its cell. `false`: there is none that is complete.
    ///
    /// One consumer at a time: the caller holds the collector's lock.
    pub(super) fn pop(&self, read: impl FnOnce(&T)) -> bool {
        let position = self.tail.load(Ordering::Relaxed);
        let cell = self.cell(position);
        if cell.turn.load(Ordering::Acquire) != position.wrapping_add(1) {
            return false;
        }
        // SAFETY: the turn says that the producer is done with the cell, the next one waits for the store below, and
        // there is one consumer.
        cell.value.with(|value| read(unsafe { &*value }));
        self.tail.store(position.wrapping_add(1), Ordering::Relaxed);
        cell.turn.store(position.wrapping_add(self.cells.len()), Ordering::Release);
        true
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Ring;

    #[test]
    fn keeps_order_refuses_when_full_and_recovers() {
        let ring = Ring::new(4, || 0_u32);
        for lap in 0..3 {
            for n in 0..4 {
                assert!(ring.push(|cell| *cell = lap * 10 + n));
            }
            assert!(!ring.push(|_| unreachable!("a full ring must not be written")));
            for n in 0..4 {
                assert!(ring.pop(|cell| assert_eq!(*cell, lap * 10 + n)));
            }
            assert!(!ring.pop(|_| unreachable!("an empty ring must not be read")));
        }
    }
}

/// Compiled as a part of `models`.
#[cfg(all(test, loom))]
mod model {
    use super::Ring;
    use loom::sync::Arc;
    use loom::thread;

    /// Every record pushed is popped once, whole and in its producer's order; what was refused was said to be refused.
    #[test]
    fn loom_nothing_is_torn_lost_or_doubled() {
        loom::model(|| {
            let ring = Arc::new(Ring::new(2, || (0_u32, 0_u32)));
            let producers: Vec<_> = (1..=2)
                .map(|id| {
                    let ring = Arc::clone(&ring);
                    thread::spawn(move || {
                        (0..2).filter(|n| ring.push(|cell| *cell = (id * 10 + n, id * 10 + n))).count()
                    })
                })
                .collect();
            let mut seen = Vec::new();
            for _ in 0..2 {
                ring.pop(|cell| seen.push(*cell));
            }
            let pushed: usize = producers.into_iter().map(|producer| producer.join().unwrap()).sum();
            while ring.pop(|cell| seen.push(*cell)) {}
            assert_eq!(seen.len(), pushed);
            assert!(seen.iter().all(|(left, right)| left == right), "torn: {seen:?}");
            let mut unique = seen.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), seen.len(), "doubled: {seen:?}");
        });
    }
}
