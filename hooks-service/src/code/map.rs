//! SIGNAL HANDLER, as far as [`Code::unwinder`], [`Code::range`] and [`Code::module`].
//!
//! The map of this process's code, as of one look at the dynamic linker's list.

use super::module::Module;
use super::objects::{self, Objects};
use super::unwinder::Unwinder;
use std::collections::BTreeMap;

/// Unloaded code that is remembered, in segments: a stack that was taken while it was there is named yet.
const MOST_UNLOADED: usize = 256;

/// The code that is loaded, as of one look, and how it is unwound. Immutable.
pub(crate) struct Code {
    /// Which look it is: grows by one with each that found a change.
    pub(crate) edition: u64,
    objects: Objects,
    unwinder: Unwinder,
    /// Where code is, by address.
    ranges: Vec<(u64, u64)>,
    /// Executable segments, loaded or not, those that came last at the end.
    segments: Vec<Segment>,
}

/// An executable segment.
#[derive(Clone)]
struct Segment {
    module: Module,
    /// The edition in which it was gone; `None`: it is loaded.
    until: Option<u64>,
}

impl Code {
    /// The map as it is now, of which `before` was the last.
    pub(super) fn after(before: Option<&Self>) -> Self {
        let nothing = BTreeMap::new();
        let objects = objects::load(before.map_or(&nothing, |before| &before.objects.loaded));
        let edition = before.map_or(1, |before| before.edition + 1);
        let unwinder = Unwinder::new(&objects);
        let loaded: Vec<&Module> = objects.loaded.values().flat_map(|object| &object.code).collect();
        let segments = segments(before.map_or(&[], |before| &before.segments), &loaded, edition);
        let mut ranges: Vec<_> = loaded.iter().map(|module| (module.start, module.end)).collect();
        ranges.sort_unstable();
        Self { edition, objects, unwinder, ranges, segments }
    }

    pub(crate) fn unwinder(&self) -> &Unwinder {
        &self.unwinder
    }

    /// Whether it is what is loaded now.
    pub(crate) fn is_current(&self) -> bool {
        self.objects.changes == objects::changes()
    }

    /// The code that is loaded.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.segments.iter().filter(|segment| segment.until.is_none()).map(|segment| &segment.module)
    }

    /// The code that was loaded at an earlier edition and, where nothing was, what came next: a stack may have led through a
    /// library that nobody had noticed yet.
    pub(crate) fn modules_at(&self, edition: u64) -> Vec<Module> {
        let mut modules: Vec<Module> = Vec::new();
        let was_there = |segment: &&Segment| segment.until.is_none_or(|until| edition < until);
        // In the order of their coming.
        for Segment { module, .. } in self.segments.iter().filter(was_there) {
            if modules.iter().all(|other| other.end <= module.start || module.end <= other.start) {
                modules.push(module.clone());
            }
        }
        modules
    }

    /// The range of code that holds `address`. Async-signal-safe.
    pub(crate) fn range(&self, address: u64) -> Option<(u64, u64)> {
        let after = self.ranges.partition_point(|(start, _)| *start <= address);
        self.ranges[..after].last().copied().filter(|(_, end)| address < *end)
    }

    /// The code that is loaded or was at that edition or later, and how many segments are left out because others took their
    /// addresses later.
    pub(crate) fn modules_since(&self, edition: u64) -> (Vec<Module>, u64) {
        let seen = |segment: &&Segment| segment.until.is_none_or(|until| edition < until);
        let (mut modules, mut replaced) = (Vec::<Module>::new(), 0);
        for Segment { module, .. } in self.segments.iter().filter(seen) {
            let before = modules.len();
            modules.retain(|old| old.end <= module.start || module.end <= old.start);
            replaced += (before - modules.len()) as u64;
            modules.push(module.clone());
        }
        (modules, replaced)
    }

    /// The module that holds `address`, of those that are loaded. Async-signal-safe.
    pub(crate) fn module(&self, address: u64) -> Option<&Module> {
        self.modules().find(|module| module.contains(address))
    }
}

/// What was there before, of which `loaded` goes on, and what is new.
fn segments(before: &[Segment], loaded: &[&Module], edition: u64) -> Vec<Segment> {
    let mut segments = before.to_vec();
    for segment in segments.iter_mut().filter(|segment| segment.until.is_none()) {
        if !loaded.contains(&&segment.module) {
            segment.until = Some(edition);
        }
    }
    let unloaded = segments.iter().filter(|segment| segment.until.is_some()).count();
    let mut excess = unloaded.saturating_sub(MOST_UNLOADED);
    segments.retain(|segment| {
        let forgotten = segment.until.is_some() && excess > 0;
        excess -= usize::from(forgotten);
        !forgotten
    });
    for module in loaded {
        if !segments.iter().any(|segment| segment.until.is_none() && segment.module == **module) {
            segments.push(Segment { module: (*module).clone(), until: None });
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(start: u64, path: &str) -> Module {
        let (path, build_id) = (path.into(), "".into());
        Module { start, end: start + 0x1000, file_offset: 0, bias: start, path, build_id }
    }

    fn names(segments: &[Segment]) -> Vec<(&str, Option<u64>)> {
        segments.iter().map(|segment| (&*segment.module.path, segment.until)).collect()
    }

    #[test]
    fn what_comes_and_goes_is_remembered_with_its_editions() {
        let (a, b, c) = (module(0x1000, "a"), module(0x2000, "b"), module(0x2000, "c"));
        let first = segments(&[], &[&a, &b], 1);
        let second = segments(&first, &[&a, &c], 2);
        assert_eq!(names(&second), [("a", None), ("b", Some(2)), ("c", None)]);
        let third = segments(&second, &[&a, &b], 3);
        assert_eq!(names(&third)[2..], [("c", Some(3)), ("b", None)]);
        let code = |segments| Code { segments, ..Code::after(None) };
        let at = |code: &Code, edition| {
            code.modules_at(edition).iter().map(|module| module.path.to_string()).collect::<String>()
        };
        let code = code(third);
        assert_eq!([1, 2, 3].map(|edition| at(&code, edition)), ["ab", "ac", "ab"]);
        let unnoticed = Code { segments: vec![Segment { module: c, until: Some(3) }], ..Code::after(None) };
        assert_eq!([1, 2, 3].map(|edition| at(&unnoticed, edition)), ["c", "c", ""]);
    }

    #[test]
    fn unloaded_code_is_bounded_and_the_oldest_is_forgotten() {
        let mut all = Vec::new();
        for edition in 1..1000 {
            all = segments(&all, &[&module(0x1000, &edition.to_string())], edition);
        }
        assert_eq!(all.len(), MOST_UNLOADED + 1);
        assert_eq!(&*all[0].module.path, (999 - MOST_UNLOADED).to_string());
    }
}
