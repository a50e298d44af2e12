//! SIGNAL HANDLER. Whether a signal that reaches a handler of ours has been there before. Nothing is allocated, locked or
//! waited for.
//!
//! Where two handlers each hold the other for the one before them a signal comes round, and that is how we know.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many of the latest visits are remembered: more than threads are in a handler of ours at a time.
const REMEMBERED: usize = 64;
/// The third visit is the last one that is told from the others.
const VISITS: usize = 3;

/// What is known of the signals that came to one handler, or to several that are one.
#[derive(Debug)]
pub struct Deliveries {
    count: AtomicUsize,
    seen: [AtomicUsize; REMEMBERED],
}

impl Deliveries {
    /// None has come.
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self { count: AtomicUsize::new(0), seen: [const { AtomicUsize::new(0) }; REMEMBERED] }
    }

    /// How often this delivery has been here before, at most twice.
    ///
    /// Each delivery gets a number, in a field of its context that the kernel leaves null and nobody reads. The context's
    /// address would not do: a handler that leaves by `siglongjmp` leaves the place to the next signal.
    pub fn visits_before(&self, context: &mut libc::ucontext_t) -> usize {
        let place = self.count.fetch_add(1, Ordering::Relaxed);
        if context.uc_link.is_null() {
            context.uc_link = ptr::without_provenance_mut(self.number(place));
            self.remember(place, context.uc_link.addr());
            return 0;
        }
        let number = context.uc_link.addr();
        let visits = (0..VISITS - 1).take_while(|visit| self.has_seen(nth(number, *visit))).count();
        if visits < VISITS - 1 {
            self.remember(place, nth(number, visits));
        }
        visits
    }

    /// Odd, and never the same, since half of the factor is odd. The address makes it another than one of somebody else.
    fn number(&self, place: usize) -> usize {
        (place.wrapping_mul(2 * 0x5A82_7999) ^ (&raw const *self).addr()) | 1
    }

    fn remember(&self, place: usize, visit: usize) {
        self.seen[place % REMEMBERED].store(visit, Ordering::Relaxed);
    }

    fn has_seen(&self, visit: usize) -> bool {
        self.seen.iter().any(|seen| seen.load(Ordering::Relaxed) == visit)
    }
}

/// What a visit of the delivery with that number is remembered by. Numbers are odd.
fn nth(number: usize, visit: usize) -> usize {
    number.wrapping_sub(visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> libc::ucontext_t {
        // SAFETY: plain data, of which all zeroes are valid.
        unsafe { std::mem::zeroed() }
    }

    #[test]
    fn a_delivery_is_told_from_its_second_visit_and_from_others() {
        let (ours, others) = (Deliveries::new(), Deliveries::new());
        let (mut first, mut second) = (context(), context());
        assert_eq!([&mut first, &mut second].map(|new| ours.visits_before(new)), [0, 0]);
        assert_eq!(others.visits_before(&mut first), 0, "it has not been with them");
        assert_eq!([(); 3].map(|()| ours.visits_before(&mut first)), [1, 2, 2]);
        assert_eq!(ours.visits_before(&mut second), 1);
        assert_eq!(others.visits_before(&mut first), 1);
    }

    #[test]
    fn no_two_deliveries_have_the_same_number() {
        let ours = Deliveries::new();
        assert!((0..200_000).all(|_| ours.visits_before(&mut context()) == 0));
        let mut numbers: Vec<_> = (0..200_000).map(|place| ours.number(place)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 200_000);
    }
}
