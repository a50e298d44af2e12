//! Label sets by number, and the values of each key: a key with too many, as a request's id, is bounded by itself.

use super::data::{Label, LabelValue};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Values of a key that are kept apart; as many more may come before those that weigh least are put together.
pub(super) const MOST_VALUES: usize = 1_000;
/// What stands for the others. A number is rounded down to a power of two instead: a number that is a text would be one of
/// another kind.
const OTHER: &str = "(other)";
/// What an entry of a map takes beside its contents, about.
const ENTRY: usize = 96;

type Set = Arc<[Label]>;

/// See the module.
#[derive(Default)]
pub(super) struct LabelSets {
    /// By the bytes that they came as.
    known: HashMap<Box<[u8]>, u32>,
    numbers: HashMap<Set, u32>,
    sets: Vec<Set>,
    values: HashMap<Box<str>, HashSet<LabelValue>>,
    /// What all this takes, in bytes, about.
    size: usize,
    /// Keys of which values were put together.
    bounded: BTreeSet<Box<str>>,
}

impl LabelSets {
    /// The number of the set that `bytes` are; `decode` turns them into labels, sorted by key, of which the first of a key
    /// counts. Equal sets have one number. `None`: it is new, and there is no `room`.
    pub(super) fn number(
        &mut self,
        bytes: &[u8],
        room: usize,
        decode: fn(&[u8]) -> Vec<Label>,
    ) -> Option<u32> {
        if let Some(number) = self.known.get(bytes) {
            return Some(*number);
        }
        if room < bytes.len() + ENTRY {
            return None;
        }
        let mut labels = decode(bytes);
        labels.dedup_by(|next, kept| next.key == kept.key);
        let number = self.insert(labels.into());
        self.size += bytes.len() + ENTRY;
        self.known.insert(bytes.into(), number);
        Some(number)
    }

    fn insert(&mut self, set: Set) -> u32 {
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        self.size += ENTRY + set.iter().map(size).sum::<usize>();
        for label in &*set {
            if !self.values.get(&label.key).is_some_and(|values| values.contains(&label.value)) {
                self.size += ENTRY + size(label);
                self.values.entry(label.key.clone()).or_default().insert(label.value.clone());
            }
        }
        // More than this there is no memory for.
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(Arc::clone(&set));
        self.numbers.insert(set, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> &Set {
        &self.sets[number as usize]
    }

    /// How many sets there are.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// In bytes, about.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Of the key with the most values.
    pub(super) fn most_values(&self) -> usize {
        self.values.values().map(HashSet::len).max().unwrap_or(0)
    }

    /// Keys of which values were put together.
    pub(super) fn bounded(&self) -> impl Iterator<Item = &str> {
        self.bounded.iter().map(|key| &**key)
    }

    /// Puts the values together that weigh least, of each key that has more than `keep`. `weights` has that of each set.
    /// Returns the new number of each.
    pub(super) fn fold(&mut self, keep: usize, weights: &[i64]) -> Vec<u32> {
        let evicted = self.lightest(keep, weights);
        let bounded = evicted.keys().cloned().chain(std::mem::take(&mut self.bounded)).collect();
        let before = std::mem::replace(self, Self { bounded, ..Self::default() });
        let folded = |label: &Label| {
            let is_evicted = evicted.get(&label.key).is_some_and(|values| values.contains(&label.value));
            let value = if is_evicted { together(&label.value) } else { label.value.clone() };
            Label { key: label.key.clone(), value }
        };
        before.sets.iter().map(|set| self.insert(set.iter().map(folded).collect())).collect()
    }

    /// Of each key that has more than `keep` values, all but the heaviest.
    fn lightest(&self, keep: usize, weights: &[i64]) -> HashMap<Box<str>, HashSet<LabelValue>> {
        let mut sums = HashMap::<&str, HashMap<&LabelValue, i64>>::new();
        let many = |key: &str| self.values.get(key).is_some_and(|values| values.len() > keep);
        for (set, weight) in self.sets.iter().zip(weights) {
            for label in set.iter().filter(|label| many(&label.key)) {
                let sum = sums.entry(&label.key).or_default().entry(&label.value).or_default();
                *sum = sum.saturating_add(*weight);
            }
        }
        let light = |values: HashMap<&LabelValue, i64>| {
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
            values.into_iter().skip(keep).map(|(value, _)| value.clone()).collect()
        };
        sums.into_iter().map(|(key, values)| (key.into(), light(values))).collect()
    }
}

/// What a value and its like are together.
fn together(value: &LabelValue) -> LabelValue {
    match value {
        LabelValue::Text(_) => LabelValue::Text(OTHER.into()),
        LabelValue::Number { value, unit } => {
            let power = value.unsigned_abs().checked_ilog2().map_or(0, |bits| 1_u64 << bits);
            let rounded = i64::try_from(power).map_or(i64::MIN, |power| power * value.signum());
            LabelValue::Number { value: rounded, unit: unit.clone() }
        }
    }
}

fn size(label: &Label) -> usize {
    let value = match &label.value {
        LabelValue::Text(text) => text.len(),
        LabelValue::Number { unit, .. } => unit.len(),
    };
    size_of::<Label>() + label.key.len() + value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::test_profile::{number, text};

    fn set(number: u64) -> Vec<Label> {
        vec![text("request", &number.to_string()), text("route", "/orders")]
    }

    fn decode(bytes: &[u8]) -> Vec<Label> {
        set(u64::from_le_bytes(bytes.try_into().unwrap()))
    }

    #[test]
    fn the_heaviest_values_of_a_key_stay_and_other_keys_are_whole() {
        let mut sets = LabelSets::default();
        let numbers: Vec<_> =
            (0..100_u64).map(|n| sets.number(&n.to_le_bytes(), 1000, decode).unwrap()).collect();
        let weights: Vec<_> = (0..100).map(|n| if n == 70 { 9 } else { 1 }).collect();
        let size = sets.size();
        let new = sets.fold(1, &weights);
        assert!(sets.size() < size / 10);
        let request = |old: usize| sets.get(new[numbers[old] as usize])[0].value.to_string();
        assert_eq!([request(0), request(70), request(99)], ["(other)", "70", "(other)"]);
        assert!(new.iter().all(|number| sets.get(*number)[1] == text("route", "/orders")));
        assert_eq!(sets.bounded().collect::<Vec<_>>(), ["request"]);
        assert_eq!(sets.most_values(), 2);
        assert_eq!(sets.number(&70_u64.to_le_bytes(), 1000, decode), Some(new[70]), "as before");
        assert_eq!(sets.number(&100_u64.to_le_bytes(), 0, decode), None);
    }

    #[test]
    fn numbers_stay_numbers() {
        let rounded = |value| together(&number("size", value, "bytes").value);
        let values = [0, 1, 1000, 1024, -5, i64::MAX, i64::MIN].map(|value| rounded(value).to_string());
        let expected = [0, 1, 512, 1024, -4, 1 << 62, i64::MIN].map(|value: i64| format!("{value} bytes"));
        assert_eq!(values, expected);
    }
}
