//! Adding up records: equal stacks with equal labels become one sample.

use super::comments::comments;
use super::record::{MAX_FRAMES, Record};
use super::session::Session;
use crate::capture::decode_labels;
use crate::code::{self, Code, Module};
use crate::profile::{Label, LabelValue, Profile, Sample};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Most memory that stacks and labels may take, in bytes; what is new after that is counted as lost.
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

/// The sums.
pub(super) struct Collector {
    /// The edition of the map that was looked at last.
    edition: u64,
    /// Code that is or was loaded, by address.
    modules: Vec<Module>,
    /// Libraries whose addresses another one took later.
    pub(super) replaced: usize,
    stacks: Interner<[u64]>,
    labels: Interner<[u8]>,
    /// Weight by stack, labels and whether the stack was cut.
    weights: HashMap<(u32, u32, bool), u64>,
    room: usize,
    /// Weight that found no room.
    pub(super) overflow: u64,
    /// Weight of stacks that did not end at a root.
    pub(super) incomplete: u64,
    /// Weight of stacks that were cut.
    pub(super) truncated: u64,
}

impl Collector {
    /// Nothing yet, but the libraries that are loaded.
    pub(super) fn new() -> Self {
        let mut collector = Self {
            edition: 0,
            modules: Vec::new(),
            replaced: 0,
            stacks: Interner::new(),
            labels: Interner::new(),
            weights: HashMap::new(),
            room: MEMORY,
            overflow: 0,
            incomplete: 0,
            truncated: 0,
        };
        collector.note(&code::current());
        collector
    }

    /// Takes note of the code that is loaded. `false`: it is what it was.
    pub(super) fn note(&mut self, code: &Code) -> bool {
        if code.edition == self.edition {
            return false;
        }
        self.edition = code.edition;
        for module in code.modules() {
            if self.modules.contains(module) {
                continue;
            }
            let before = self.modules.len();
            self.modules.retain(|old| old.end <= module.start || module.end <= old.start);
            self.replaced += before - self.modules.len();
            self.modules.push(module.clone());
        }
        self.modules.sort_by_key(|module| module.start);
        true
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &Record) {
        let weight = u64::from(record.weight);
        if record.truncated {
            self.truncated += weight;
        } else if !record.complete {
            self.incomplete += weight;
        }
        match self.key(record) {
            Some(key) => *self.weights.entry(key).or_insert(0) += weight,
            None => self.overflow += weight,
        }
    }

    fn key(&mut self, record: &Record) -> Option<(u32, u32, bool)> {
        let stack = self.stacks.number(record.frames(), &mut self.room)?;
        let labels = self.labels.number(record.labels.bytes(), &mut self.room)?;
        let key = (stack, labels, record.truncated);
        if !self.weights.contains_key(&key) {
            self.room = self.room.checked_sub(ENTRY)?;
        }
        Some(key)
    }

    /// The profile of `session` so far, of which this is the collector.
    pub(super) fn profile(&self, session: &Session) -> Profile {
        Profile {
            samples: self.samples(),
            modules: self.modules.clone(),
            clock: session.plan.clock.name(),
            period: session.plan.period,
            started: session.started,
            duration: session.began.elapsed(),
            periods_at_once: session.plan.periods_at_once(),
            lost: session.counts.lost() + self.overflow,
            comments: comments(session, self),
        }
    }

    /// One sample for each stack and set of labels, the heaviest first.
    fn samples(&self) -> Vec<Sample> {
        let mut sets = HashMap::<Vec<Label>, Arc<[Label]>>::new();
        let mut sums = HashMap::<(u32, Arc<[Label]>), u64>::new();
        for (&(stack, labels, truncated), &weight) in &self.weights {
            let mut set = decode_labels(&self.labels.values[labels as usize]);
            set.extend(truncated.then(truncation_mark));
            let shared = Arc::clone(sets.entry(set.clone()).or_insert_with(|| set.into()));
            *sums.entry((stack, shared)).or_insert(0) += weight;
        }
        let sample = |((stack, labels), weight)| Sample {
            stack: Arc::clone(&self.stacks.values[stack as usize]),
            labels,
            weight,
        };
        let mut samples: Vec<_> = sums.into_iter().map(sample).collect();
        samples.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.stack.cmp(&b.stack)));
        samples
    }
}

/// The label that says that a stack was cut: its root is not the root.
fn truncation_mark() -> Label {
    let value = LabelValue::Number { value: MAX_FRAMES.cast_signed() as i64, unit: "frames".into() };
    Label { key: "stack_truncated".into(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hooks_runtime::labels::observe::ValueRef;

    fn record(weight: u32, frames: &[u64], labels: &[(&str, &str)]) -> Record {
        let mut record = Record::default();
        record.reset(weight);
        assert!(frames.iter().all(|frame| record.push_frame(*frame)));
        assert!(labels.iter().all(|(key, value)| record.labels.push(key, ValueRef::Text(value))));
        record
    }

    #[test]
    fn equal_stacks_with_equal_labels_in_any_order_are_one_sample() {
        let mut collector = Collector::new();
        collector.add(&record(1, &[1, 2], &[("a", "x"), ("b", "y")]));
        collector.add(&record(2, &[1, 2], &[("b", "y"), ("a", "x")]));
        collector.add(&record(5, &[1, 2], &[]));
        collector.add(&record(4, &[1, 3], &[]));
        let weights: Vec<_> = collector.samples().iter().map(|sample| sample.weight).collect();
        assert_eq!(weights, [5, 4, 3]);
    }

    #[test]
    fn what_finds_no_room_is_counted_and_what_is_known_still_fits() {
        let mut collector = Collector::new();
        collector.room = 300;
        collector.add(&record(1, &[1], &[]));
        collector.add(&record(2, &[2], &[]));
        collector.add(&record(4, &[1], &[]));
        let kept: u64 = collector.samples().iter().map(|sample| sample.weight).sum();
        assert_eq!((kept, collector.overflow), (5, 2));
    }

    #[test]
    fn a_cut_stack_is_marked() {
        let mut collector = Collector::new();
        let mut cut = record(1, &[7; MAX_FRAMES], &[("a", "x")]);
        cut.truncated = true;
        collector.add(&cut);
        let keys: Vec<_> = collector.samples()[0].labels.iter().map(|label| label.key.clone()).collect();
        assert_eq!(keys, ["a".into(), "stack_truncated".into()] as [Box<str>; 2]);
        assert_eq!((collector.truncated, collector.incomplete), (1, 0));
    }
}
