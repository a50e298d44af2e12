//! What threads took of the processor by the kernel's account, beside what signals brought of it: where time is missing.
//!
//! Of a thread with a timer of its own both are known for as long as it is there. What is left of the process's account is that
//! of threads that had none yet, or of the last moments of those that have ended.

use crate::sampling::stats::{Missed, Stats};
use std::time::Duration;

/// How far a thread's account is in the ledger. All in nanoseconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Account {
    /// What it took.
    taken: u64,
    /// What its signals brought.
    brought: u64,
    /// What it took while it blocked the signal, and what no signal has brought yet.
    held_back: u64,
}

/// All accounts so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Ledger {
    blocked: Sum,
    others: Sum,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    taken: u64,
    brought: u64,
}

impl Sum {
    fn add(&mut self, taken: u64, brought: u64) {
        self.taken += taken;
        self.brought += brought;
    }

    fn since(self, from: Self) -> Self {
        Self { taken: self.taken - from.taken, brought: self.brought - from.brought }
    }

    /// Sums that are too large by chance miss nothing.
    fn missed(self) -> Duration {
        Duration::from_nanos(self.taken.saturating_sub(self.brought))
    }
}

impl Ledger {
    /// Enters what a thread took and what its signals brought, both since its timer began. `blocks` asks whether it blocks
    /// the signal: only where more is missing than at any time.
    pub(super) fn enter(
        &mut self,
        account: &mut Account,
        (taken, brought): (u64, u64),
        period: u64,
        blocks: impl FnOnce() -> bool,
    ) {
        let (took, mut came) = (taken.saturating_sub(account.taken), brought.saturating_sub(account.brought));
        (account.taken, account.brought) = (taken.max(account.taken), brought.max(account.brought));
        // Once it is not blocked any more, one signal brings all.
        let late = came.min(account.held_back);
        self.blocked.add(0, late);
        account.held_back -= late;
        came -= late;
        let behind = taken.saturating_sub(brought) > 2 * period;
        if behind && came == 0 && blocks() {
            self.blocked.add(took, 0);
            account.held_back += took;
        } else {
            self.others.add(took, came);
        }
    }

    /// What threads took so far while they blocked the signal, in nanoseconds.
    pub(super) fn held_back(&self) -> u64 {
        self.blocked.taken
    }

    /// What was missed between `from` and this, of all that `stats` has of that time.
    pub(super) fn missed(&self, from: &Self, stats: &Stats) -> Missed {
        let (blocked, others) = (self.blocked.since(from.blocked), self.others.since(from.others));
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let rest = Sum {
            taken: nanoseconds(stats.processor_time).saturating_sub(blocked.taken + others.taken),
            brought: nanoseconds(stats.seen_time()).saturating_sub(blocked.brought + others.brought),
        };
        Missed { blocked: blocked.missed(), between_ticks: others.missed(), short_threads: rest.missed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: u64 = 10;

    fn missed(ledger: &Ledger, from: &Ledger, taken: u64, brought: u64) -> [u64; 3] {
        let (processor_time, seen) = (Duration::from_nanos(taken), brought / PERIOD);
        let stats = Stats { processor_time, seen, frequency: 100_000_000, ..Stats::default() };
        let Missed { blocked, between_ticks, short_threads } = ledger.missed(from, &stats);
        [blocked, between_ticks, short_threads].map(|time| u64::try_from(time.as_nanos()).unwrap())
    }

    #[test]
    fn what_is_missing_is_that_of_who_missed_it() {
        let (mut ledger, mut one, mut other) = (Ledger::default(), Account::default(), Account::default());
        ledger.enter(&mut one, (100, 0), PERIOD, || true);
        ledger.enter(&mut other, (100, 60), PERIOD, || unreachable!("signals come"));
        assert_eq!(missed(&ledger, &Ledger::default(), 500, 160), [100, 40, 200]);
        let from = ledger;
        ledger.enter(&mut other, (200, 160), PERIOD, || false);
        assert_eq!(missed(&ledger, &from, 100, 100), [0; 3], "of a later time");
    }

    #[test]
    fn what_was_held_back_and_comes_late_is_not_missing() {
        let (mut ledger, mut account) = (Ledger::default(), Account::default());
        ledger.enter(&mut account, (100, 0), PERIOD, || true);
        ledger.enter(&mut account, (120, 110), PERIOD, || false);
        assert_eq!(missed(&ledger, &Ledger::default(), 120, 110), [0, 10, 0]);
    }

    #[test]
    fn a_thread_that_is_hardly_behind_is_not_asked() {
        let (mut ledger, mut account) = (Ledger::default(), Account::default());
        ledger.enter(&mut account, (20, 0), PERIOD, || unreachable!("a read of a file for each thread"));
        assert_eq!(missed(&ledger, &Ledger::default(), 20, 0), [0, 20, 0]);
    }
}
