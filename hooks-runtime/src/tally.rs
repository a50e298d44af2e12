//! Counts of what has no fixed number of kinds: by the place that it comes from, for instance.
//!
//! Behind a lock, under which it may be allocated: where there is one counter, or a few, they are atomics.

use crate::mutex::lock;
use std::sync::Mutex;

/// A count for each key that was ever counted, in the order of the first of each.
pub(crate) struct Tally<K, V>(Mutex<Vec<(K, V)>>);

impl<K: Copy + PartialEq, V: Copy + Default> Tally<K, V> {
    pub(crate) const fn new() -> Self {
        Tally(Mutex::new(Vec::new()))
    }

    /// Adds `times` to what `part` is of the key's count, and says whether that was nothing so far.
    pub(crate) fn add(&self, key: K, times: u64, part: impl FnOnce(&mut V) -> &mut u64) -> bool {
        let mut counts = lock(&self.0);
        let at = counts.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            counts.push((key, V::default()));
            counts.len() - 1
        });
        let count = part(&mut counts[at].1);
        let is_first = *count == 0;
        *count += times;
        is_first
    }

    pub(crate) fn all(&self) -> Vec<(K, V)> {
        lock(&self.0).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_and_part_of_its_count_has_a_first_time() {
        let tally = Tally::<&str, [u64; 2]>::new();
        assert!(tally.add("one", 1, |count| &mut count[0]));
        assert!(!tally.add("one", 2, |count| &mut count[0]));
        assert!(tally.add("one", 4, |count| &mut count[1]));
        assert!(tally.add("two", 8, |count| &mut count[0]));
        assert_eq!(tally.all(), [("one", [3, 4]), ("two", [8, 0])]);
    }
}
