//! Counting the tasks that wait: memory of fixed size that is there before it is needed, no lock, and nothing that a task
//! would wait for.

use super::group::{DEEPEST, GroupCount, Tasks};
use hooks_runtime::tasks::observe::{self, Waiting};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Most groups.
const GROUPS: usize = 512;
/// How many places a group may be from where it belongs.
const PROBES: usize = 32;

/// See the module.
pub(in crate::stacks) struct Table {
    groups: Box<[GroupCount]>,
    /// One bit for each future: it has one inside that waits too.
    outer: Box<[u64]>,
}

impl Table {
    pub(in crate::stacks) fn new(futures: u32) -> Self {
        Self {
            groups: vec![GroupCount::default(); GROUPS].into(),
            outer: vec![0; futures as usize / 64 + 1].into(),
        }
    }

    /// Counts all tasks that wait now.
    pub(in crate::stacks) fn count(&mut self) -> Tasks {
        self.groups.iter_mut().for_each(|group| group.key = 0);
        let end = observe::end();
        self.mark_outer(end);
        let mut ungrouped = 0;
        for number in 1..end {
            let innermost = if self.is_outer(number) { None } else { observe::read(number) };
            ungrouped += u64::from(innermost.is_some_and(|innermost| !self.add(innermost)));
        }
        let mut groups: Vec<_> =
            self.groups.iter().filter(|group| group.key != 0).map(GroupCount::group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse((group.count, group.oldest)));
        Tasks { groups, ungrouped, left_out: observe::left_out() }
    }

    fn mark_outer(&mut self, end: u32) {
        self.outer.fill(0);
        for waiting in (1..end).filter_map(observe::read) {
            // Its number may be another future's by now, of which this one says nothing.
            let Some(parent) = outer(&waiting).map(|outer| outer.number()) else { continue };
            if let Some(word) = self.outer.get_mut(parent as usize / 64) {
                *word |= 1 << (parent % 64);
            }
        }
    }

    fn is_outer(&self, number: u32) -> bool {
        self.outer.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// `false`: there is no room for its group.
    fn add(&mut self, innermost: Waiting) -> bool {
        let mut stack = [const { None }; DEEPEST];
        let mut next = Some(innermost);
        for place in &mut stack {
            let Some(waiting) = next else { break };
            next = outer(&waiting);
            *place = Some(waiting);
        }
        let stack = || stack.iter().flatten();
        let key = key(stack());
        let Some(group) = self.group(key) else { return false };
        if group.key == 0 {
            group.begin(key, stack());
        }
        group.add(&stack(), next.is_some());
        true
    }

    /// The group with this key, or where it may begin.
    fn group(&mut self, key: u64) -> Option<&mut GroupCount> {
        let first = usize::try_from(key % GROUPS as u64).unwrap_or(0);
        let index = (0..PROBES).map(|probe| (first + probe) % GROUPS).find(|index| {
            let known = self.groups[*index].key;
            known == key || known == 0
        })?;
        self.groups.get_mut(index)
    }
}

/// The future that polls it, if that is still the same.
fn outer(waiting: &Waiting) -> Option<Waiting> {
    let (number, generation) = waiting.parent()?;
    observe::read(number).filter(|outer| outer.generation() == generation)
}

fn key<'w>(stack: impl Iterator<Item = &'w Waiting>) -> u64 {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let sites: u64 = stack.fold(0, |key, waiting| hasher.hash_one((key, waiting.site_id())));
    sites.max(1)
}
