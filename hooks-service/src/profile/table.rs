//! Adding up: equal stacks with equal labels become one sample.

use super::data::{Label, Sample};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Most memory that stacks and labels may take, in bytes; what is new after that is counted as overflow.
const MEMORY: usize = 32 << 20;
/// What an entry takes beside its contents, about.
const ENTRY: usize = 96;

/// Gives equal values the same number.
struct Interner<T: ?Sized> {
    numbers: HashMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T> Interner<[T]>
where
    [T]: Hash + Eq,
    T: Copy,
{
    fn new() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }

    /// The number of `value`; if it is new, its size is taken from `room`. `None`: there is no room.
    fn number(&mut self, value: &[T], room: &mut usize) -> Option<u32> {
        if let Some(number) = self.numbers.get(value) {
            return Some(*number);
        }
        *room = room.checked_sub(size_of_val(value) + ENTRY)?;
        let number = u32::try_from(self.values.len()).ok()?;
        let value: Arc<[T]> = value.into();
        self.values.push(Arc::clone(&value));
        self.numbers.insert(value, number);
        Some(number)
    }
}

/// Sums by stack and labels. Each sum has `width` values, those of the sample types of a profile.
pub(crate) struct Table {
    stacks: Interner<[u64]>,
    labels: Interner<[u8]>,
    /// By stack and labels, where the values begin.
    rows: HashMap<(u32, u32), usize>,
    values: Vec<i64>,
    room: usize,
    /// What found no room.
    overflow: Box<[i64]>,
}

impl Table {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            stacks: Interner::new(),
            labels: Interner::new(),
            rows: HashMap::new(),
            values: Vec::new(),
            room: MEMORY,
            overflow: vec![0; width].into(),
        }
    }

    /// Adds `values` to those of a stack (addresses, leaf first) with labels, which are bytes here: equal bytes, equal labels.
    pub(crate) fn add(&mut self, stack: &[u64], labels: &[u8], values: &[i64]) {
        let sums = match self.row(stack, labels) {
            Some(start) => &mut self.values[start..start + values.len()],
            None => &mut self.overflow[..],
        };
        add_up(sums, values);
    }

    /// All sums; they begin anew.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(self.overflow.len()))
    }

    /// What found no room.
    pub(crate) fn overflow(&self) -> &[i64] {
        &self.overflow
    }

    fn row(&mut self, stack: &[u64], labels: &[u8]) -> Option<usize> {
        let key = (self.stacks.number(stack, &mut self.room)?, self.labels.number(labels, &mut self.room)?);
        if let Some(start) = self.rows.get(&key) {
            return Some(*start);
        }
        self.room = self.room.checked_sub(ENTRY)?;
        let start = self.values.len();
        self.values.resize(start + self.overflow.len(), 0);
        self.rows.insert(key, start);
        Some(start)
    }

    /// One sample for each stack and set of labels, the heaviest first. `decode` turns bytes into labels, sorted by key; of
    /// those with the same key the first counts.
    pub(crate) fn samples(&self, decode: impl Fn(&[u8]) -> Vec<Label>) -> Vec<Sample> {
        let mut sets = HashMap::<Vec<Label>, Arc<[Label]>>::new();
        let decoded: Vec<_> =
            self.labels.values.iter().map(|labels| set(decode(labels), &mut sets)).collect();
        let mut sums = HashMap::<(u32, &Arc<[Label]>), Box<[i64]>>::new();
        for (&(stack, labels), &start) in &self.rows {
            let values = &self.values[start..start + self.overflow.len()];
            let sum = sums.entry((stack, &decoded[labels as usize]));
            sum.and_modify(|sum| add_up(sum, values)).or_insert_with(|| values.into());
        }
        let sample = |((stack, labels), values): ((u32, &Arc<[Label]>), _)| Sample {
            stack: Arc::clone(&self.stacks.values[stack as usize]),
            labels: Arc::clone(labels),
            values,
        };
        let mut samples: Vec<_> = sums.into_iter().map(sample).collect();
        samples.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.stack.cmp(&b.stack)));
        samples
    }
}

/// The same set for the same labels.
fn set(mut labels: Vec<Label>, sets: &mut HashMap<Vec<Label>, Arc<[Label]>>) -> Arc<[Label]> {
    labels.dedup_by(|next, kept| next.key == kept.key);
    if let Some(set) = sets.get(&labels) {
        return Arc::clone(set);
    }
    let set: Arc<[Label]> = labels.as_slice().into();
    sets.insert(labels, Arc::clone(&set));
    set
}

fn add_up(sums: &mut [i64], values: &[i64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = sum.saturating_add(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::test_profile::text;

    /// Each byte is a label of this key.
    fn decode(bytes: &[u8]) -> Vec<Label> {
        let mut labels: Vec<_> = bytes.iter().map(|key| text(&char::from(*key).to_string(), "x")).collect();
        labels.sort_by(|a, b| a.key.cmp(&b.key));
        labels
    }

    fn values(table: &Table) -> Vec<Vec<i64>> {
        table.samples(decode).iter().map(|sample| sample.values.to_vec()).collect()
    }

    #[test]
    fn equal_stacks_with_equal_labels_in_any_order_are_one_sample() {
        let mut table = Table::new(2);
        table.add(&[1, 2], b"ab", &[1, 100]);
        table.add(&[1, 2], b"ba", &[2, 200]);
        table.add(&[1, 2], b"", &[5, 500]);
        table.add(&[1, 3], b"", &[4, 400]);
        assert_eq!(values(&table), [[5, 500], [4, 400], [3, 300]]);
        let labels = &table.samples(decode)[2].labels;
        assert_eq!(labels.iter().map(|label| &*label.key).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn of_two_labels_with_one_key_the_first_counts() {
        let mut table = Table::new(1);
        let both = |_: &[u8]| vec![text("thread", "the user's"), text("thread", "ours")];
        table.add(&[1], b"", &[1]);
        assert_eq!(*table.samples(both)[0].labels, [text("thread", "the user's")]);
    }

    #[test]
    fn what_finds_no_room_is_counted_and_what_is_known_still_fits() {
        let mut table = Table::new(1);
        table.room = 350;
        table.add(&[1], b"", &[1]);
        table.add(&[2], b"", &[2]);
        table.add(&[1], b"", &[4]);
        assert_eq!((values(&table), table.overflow()), (vec![vec![5]], &[2][..]));
    }

    #[test]
    fn what_is_taken_is_gone() {
        let mut table = Table::new(1);
        table.add(&[1], b"a", &[1]);
        let taken = table.take();
        table.add(&[1], b"a", &[2]);
        assert_eq!((values(&taken), values(&table)), (vec![vec![1]], vec![vec![2]]));
    }
}
