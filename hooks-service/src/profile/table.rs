//! Adding up: equal stacks with equal labels become one sample.

use super::data::{Label, Sample};
use super::label_sets::{LabelSets, MOST_VALUES};
use std::collections::HashMap;
use std::sync::Arc;

/// Most memory that stacks and labels may take, in bytes. Where that does not suffice, label values that weigh least are put
/// together; what is new after that is counted as overflow.
const MEMORY: usize = 32 << 20;
/// What an entry takes beside its contents, about.
const ENTRY: usize = 96;

/// Gives equal stacks the same number.
#[derive(Default)]
struct Stacks {
    numbers: HashMap<Arc<[u64]>, u32>,
    all: Vec<Arc<[u64]>>,
    /// In bytes, about.
    size: usize,
}

impl Stacks {
    /// The number of a stack. `None`: it is new, and there is no `room` for it.
    fn number(&mut self, stack: &[u64], room: usize) -> Option<u32> {
        if let Some(number) = self.numbers.get(stack) {
            return Some(*number);
        }
        let size = size_of_val(stack) + ENTRY;
        let number = u32::try_from(self.all.len()).ok().filter(|_| size <= room)?;
        self.size += size;
        let stack: Arc<[u64]> = stack.into();
        self.all.push(Arc::clone(&stack));
        self.numbers.insert(stack, number);
        Some(number)
    }
}

/// Sums by stack and labels. Each sum has `width` values, those of the sample types of a profile.
pub(crate) struct Table {
    decode: fn(&[u8]) -> Vec<Label>,
    stacks: Stacks,
    labels: LabelSets,
    /// By stack and labels, where the values begin.
    rows: HashMap<(u32, u32), usize>,
    values: Vec<i64>,
    memory: usize,
    /// Nothing more can be put together.
    is_full: bool,
    /// What found no room.
    overflow: Box<[i64]>,
}

impl Table {
    /// `decode` turns bytes into labels, sorted by key; of those with the same key the first counts.
    pub(crate) fn new(width: usize, decode: fn(&[u8]) -> Vec<Label>) -> Self {
        Self {
            decode,
            stacks: Stacks::default(),
            labels: LabelSets::default(),
            rows: HashMap::new(),
            values: Vec::new(),
            memory: MEMORY,
            is_full: false,
            overflow: vec![0; width].into(),
        }
    }

    /// Adds `values` to those of a stack (addresses, leaf first) with labels, which are bytes here: equal bytes, equal labels.
    pub(crate) fn add(&mut self, stack: &[u64], labels: &[u8], values: &[i64]) {
        if self.labels.most_values() > 2 * MOST_VALUES {
            self.fold(MOST_VALUES);
        }
        let row = self.row(stack, labels).or_else(|| {
            self.make_room();
            self.row(stack, labels)
        });
        let sums = match row {
            Some(start) => &mut self.values[start..start + values.len()],
            None => &mut self.overflow[..],
        };
        add_up(sums, values);
    }

    /// All sums; they begin anew.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(self.overflow.len(), self.decode))
    }

    /// What found no room.
    pub(crate) fn overflow(&self) -> &[i64] {
        &self.overflow
    }

    /// Keys of labels of which values were put together.
    pub(crate) fn bounded_keys(&self) -> impl Iterator<Item = &str> {
        self.labels.bounded()
    }

    fn room(&self) -> usize {
        let rows = self.rows.len() * (ENTRY + size_of_val(&*self.overflow));
        self.memory.saturating_sub(self.stacks.size + self.labels.size() + rows)
    }

    fn row(&mut self, stack: &[u64], labels: &[u8]) -> Option<usize> {
        let room = self.room();
        let stack = self.stacks.number(stack, room)?;
        let key = (stack, self.labels.number(labels, room, self.decode)?);
        if let Some(start) = self.rows.get(&key) {
            return Some(*start);
        }
        let start = (self.room() > 0).then_some(self.values.len())?;
        self.values.resize(start + self.overflow.len(), 0);
        self.rows.insert(key, start);
        Some(start)
    }

    /// Puts label values together until an eighth of the memory is free.
    fn make_room(&mut self) {
        let mut keep = MOST_VALUES;
        while !self.is_full && self.room() < self.memory / 8 {
            self.fold(keep);
            // A key of few values, as a route, stays whole.
            self.is_full = keep < 32;
            keep /= 2;
        }
    }

    /// Puts together what weighs least of the values of each key that has more than `keep`.
    fn fold(&mut self, keep: usize) {
        let width = self.overflow.len();
        let mut weights = vec![0_i64; self.labels.len()];
        for (&(_, labels), &start) in &self.rows {
            let weight = &mut weights[labels as usize];
            *weight = weight.saturating_add(self.values[start]);
        }
        let numbers = self.labels.fold(keep, &weights);
        let (rows, values) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.values));
        for ((stack, labels), start) in rows {
            let next = self.values.len();
            let row = *self.rows.entry((stack, numbers[labels as usize])).or_insert(next);
            self.values.resize(next.max(row + width), 0);
            add_up(&mut self.values[row..row + width], &values[start..start + width]);
        }
    }

    /// One sample for each stack and set of labels, the heaviest first.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        let sample = |(&(stack, labels), &start): (&(u32, u32), &usize)| Sample {
            stack: Arc::clone(&self.stacks.all[stack as usize]),
            labels: Arc::clone(self.labels.get(labels)),
            values: self.values[start..start + self.overflow.len()].into(),
        };
        let mut samples: Vec<_> = self.rows.iter().map(sample).collect();
        samples.sort_by(|a, b| b.values.cmp(&a.values).then_with(|| a.stack.cmp(&b.stack)));
        samples
    }
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
        table.samples().iter().map(|sample| sample.values.to_vec()).collect()
    }

    #[test]
    fn equal_stacks_with_equal_labels_in_any_order_are_one_sample() {
        let mut table = Table::new(2, decode);
        table.add(&[1, 2], b"ab", &[1, 100]);
        table.add(&[1, 2], b"ba", &[2, 200]);
        table.add(&[1, 2], b"", &[5, 500]);
        table.add(&[1, 3], b"", &[4, 400]);
        assert_eq!(values(&table), [[5, 500], [4, 400], [3, 300]]);
        let labels = &table.samples()[2].labels;
        assert_eq!(labels.iter().map(|label| &*label.key).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn of_two_labels_with_one_key_the_first_counts() {
        let mut table = Table::new(1, |_| vec![text("thread", "the user's"), text("thread", "ours")]);
        table.add(&[1], b"", &[1]);
        assert_eq!(*table.samples()[0].labels, [text("thread", "the user's")]);
    }

    #[test]
    fn what_finds_no_room_is_counted_and_what_is_known_still_fits() {
        let mut table = Table::new(1, decode);
        table.memory = 500;
        table.add(&[1], b"", &[1]);
        table.add(&[2], b"", &[2]);
        table.add(&[1], b"", &[4]);
        assert_eq!((values(&table), table.overflow()), (vec![vec![5]], &[2][..]));
    }

    #[test]
    fn what_is_taken_is_gone() {
        let mut table = Table::new(1, decode);
        table.add(&[1], b"a", &[1]);
        let taken = table.take();
        table.add(&[1], b"a", &[2]);
        assert_eq!((values(&taken), values(&table)), (vec![vec![1]], vec![vec![2]]));
    }

    /// Eight bytes are a request's id, and any other number of bytes a route.
    fn request(bytes: &[u8]) -> Vec<Label> {
        match bytes.try_into() {
            Ok(id) => vec![text("request", &u64::from_le_bytes(id).to_string()), text("route", "/all")],
            Err(_) => vec![text("route", &String::from_utf8_lossy(bytes))],
        }
    }

    fn weight(table: &Table, wanted: &Label) -> i64 {
        let samples = table.samples();
        samples.iter().filter(|sample| sample.labels.contains(wanted)).map(|sample| sample.values[0]).sum()
    }

    #[test]
    fn a_key_of_any_number_of_values_leaves_room_and_keeps_the_heaviest() {
        let mut table = Table::new(1, request);
        for id in 0..20_000_u64 {
            table.add(&[id % 7], &id.to_le_bytes(), &[1]);
            table.add(&[1], &7_777_u64.to_le_bytes(), &[i64::from(id % 100 == 99)]);
        }
        table.add(&[1], b"/late", &[5]);
        assert_eq!(table.overflow(), [0]);
        assert!(table.room() > MEMORY / 2, "{}", table.room());
        assert_eq!(weight(&table, &text("route", "/all")), 20_200);
        assert_eq!(weight(&table, &text("route", "/late")), 5);
        assert_eq!(weight(&table, &text("request", "7777")), 201);
        assert!(weight(&table, &text("request", "(other)")) > 17_000);
        assert_eq!(table.bounded_keys().collect::<Vec<_>>(), ["request"]);
    }

    #[test]
    fn where_memory_ends_values_are_put_together_before_anything_is_lost() {
        let mut table = Table::new(1, request);
        table.memory = 64 * 1024;
        for id in 0..1_000_u64 {
            table.add(&[id % 7], &id.to_le_bytes(), &[1]);
        }
        assert_eq!((table.overflow(), weight(&table, &text("route", "/all"))), (&[0][..], 1_000));
        for stack in 0..1_000 {
            table.add(&[1_000 + stack], b"/x", &[1]);
        }
        assert!(table.is_full && table.overflow()[0] > 0, "stacks alone are more than there is room for");
    }
}
