//! How long threads were interrupted.

use crate::stacks::Pauses;
use std::time::Duration;

/// Sums up pauses in nanoseconds.
pub(super) fn pauses(mut nanoseconds: Vec<u64>) -> Pauses {
    nanoseconds.sort_unstable();
    let at = |percent: usize| {
        let index = (nanoseconds.len() * percent / 100).min(nanoseconds.len().saturating_sub(1));
        Duration::from_nanos(nanoseconds.get(index).copied().unwrap_or(0))
    };
    Pauses { median: at(50), percentile_99: at(99), longest: at(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        let summed = pauses((1..=1000).rev().collect());
        let all = [summed.median, summed.percentile_99, summed.longest];
        assert_eq!(all.map(|pause| pause.as_nanos()), [501, 991, 1000]);
        assert_eq!(pauses(Vec::new()).longest, Duration::ZERO);
        assert_eq!(pauses(vec![5]).median, Duration::from_nanos(5));
    }
}
