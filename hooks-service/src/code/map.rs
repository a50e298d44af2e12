//! The map of this process's code: one for all who ask, made anew when libraries come or go.

use super::objects::{self, Objects};
use super::{Module, Unwinder, pin};
use crate::process::PerProcess;
use std::collections::BTreeMap;
use std::sync::{Arc, Once};

/// Unloaded code that is remembered, in segments: a stack that was taken while it was there is named yet.
const MOST_UNLOADED: usize = 256;

/// The code that is loaded, as of one look, and how it is unwound. Immutable.
pub(crate) struct Code {
    /// Which look it is: grows by one with each that found a change.
    pub(crate) edition: u64,
    objects: Objects,
    unwinder: Unwinder,
    /// Executable segments, loaded or not, those that came last at the end.
    placed: Vec<Placed>,
}

/// An executable segment and the editions that have it.
#[derive(Clone)]
struct Placed {
    module: Module,
    since: u64,
    /// `None`: it is loaded.
    until: Option<u64>,
}

static LATEST: PerProcess<Option<Arc<Code>>> = PerProcess::new();

/// The code that is loaded now. Costs a look at the dynamic linker's counters, and where libraries have come or gone the
/// time to read their tables: 10 to 80 ms for the first of all calls.
///
/// Not for signal handlers: those have [`Pin::code`](super::Pin::code).
pub(crate) fn current() -> Arc<Code> {
    LATEST.with(|latest| match latest {
        Some(code) if code.objects.changes == objects::changes() => Arc::clone(code),
        _ => renew(latest),
    })
}

/// As [`current`], but looks at everything, whatever the counters say.
#[cfg(test)]
pub(super) fn look_again() -> Arc<Code> {
    LATEST.with(renew)
}

fn renew(latest: &mut Option<Arc<Code>>) -> Arc<Code> {
    static REGISTER: Once = Once::new();
    // SAFETY: `forget_others` is async-signal-safe, which is what code in a forked child must be.
    REGISTER.call_once(|| _ = unsafe { libc::pthread_atfork(None, None, Some(pin::forget_others)) });
    let new = Arc::new(Code::after(latest.as_deref()));
    *latest = Some(Arc::clone(&new));
    pin::publish(Arc::clone(&new));
    new
}

impl Code {
    fn after(before: Option<&Self>) -> Self {
        let nothing = BTreeMap::new();
        let objects = objects::load(before.map_or(&nothing, |before| &before.objects.loaded));
        let edition = before.map_or(1, |before| before.edition + 1);
        let unwinder = Unwinder::new(&objects);
        let loaded: Vec<&Module> = objects.loaded.values().flat_map(|object| &object.code).collect();
        let placed = place(before.map_or(&[], |before| &before.placed), &loaded, edition);
        Self { edition, objects, unwinder, placed }
    }

    pub(crate) fn unwinder(&self) -> &Unwinder {
        &self.unwinder
    }

    /// The code that is loaded.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.placed.iter().filter(|placed| placed.until.is_none()).map(|placed| &placed.module)
    }

    /// The code that was loaded at an earlier edition and, where nothing was, what is now.
    pub(crate) fn modules_at(&self, edition: u64) -> Vec<Module> {
        let was =
            |placed: &&Placed| placed.since <= edition && placed.until.is_none_or(|until| edition < until);
        let then: Vec<_> = self.placed.iter().filter(was).map(|placed| placed.module.clone()).collect();
        let free = |module: &&Module| {
            then.iter().all(|other| other.end <= module.start || module.end <= other.start)
        };
        let new: Vec<_> = self.modules().filter(free).cloned().collect();
        [then, new].concat()
    }

    /// The module that holds `address`, of those that are loaded. Async-signal-safe.
    pub(crate) fn module(&self, address: u64) -> Option<&Module> {
        self.modules().find(|module| module.contains(address))
    }
}

/// What was there before, of which `loaded` goes on, and what is new.
fn place(before: &[Placed], loaded: &[&Module], edition: u64) -> Vec<Placed> {
    let mut placed = before.to_vec();
    for place in placed.iter_mut().filter(|place| place.until.is_none()) {
        if !loaded.contains(&&place.module) {
            place.until = Some(edition);
        }
    }
    let unloaded = placed.iter().filter(|place| place.until.is_some()).count();
    let mut excess = unloaded.saturating_sub(MOST_UNLOADED);
    placed.retain(|place| {
        let forgotten = place.until.is_some() && excess > 0;
        excess -= usize::from(forgotten);
        !forgotten
    });
    for module in loaded {
        if !placed.iter().any(|place| place.until.is_none() && place.module == **module) {
            placed.push(Placed { module: (*module).clone(), since: edition, until: None });
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(start: u64, path: &str) -> Module {
        let (path, build_id) = (path.into(), "".into());
        Module { start, end: start + 0x1000, file_offset: 0, bias: start, path, build_id }
    }

    fn names(placed: &[Placed]) -> Vec<(&str, u64, Option<u64>)> {
        placed.iter().map(|place| (&*place.module.path, place.since, place.until)).collect()
    }

    #[test]
    fn what_comes_and_goes_is_remembered_with_its_editions() {
        let (a, b, c) = (module(0x1000, "a"), module(0x2000, "b"), module(0x2000, "c"));
        let first = place(&[], &[&a, &b], 1);
        let second = place(&first, &[&a, &c], 2);
        assert_eq!(names(&second), [("a", 1, None), ("b", 1, Some(2)), ("c", 2, None)]);
        assert_eq!(names(&place(&second, &[&a, &b], 3))[2..], [("c", 2, Some(3)), ("b", 3, None)]);
    }

    #[test]
    fn unloaded_code_is_bounded_and_the_oldest_is_forgotten() {
        let mut placed = Vec::new();
        for edition in 1..1000 {
            placed = place(&placed, &[&module(0x1000, &edition.to_string())], edition);
        }
        assert_eq!(placed.len(), MOST_UNLOADED + 1);
        assert_eq!(&*placed[0].module.path, (999 - MOST_UNLOADED).to_string());
    }

    #[test]
    fn a_second_look_finds_the_same_map_and_its_unwinder() {
        let first = current();
        assert!(Arc::ptr_eq(&first, &current()), "nothing was loaded");
        let again = look_again();
        assert_eq!(again.edition, first.edition + 1);
        assert_eq!(again.modules().collect::<Vec<_>>(), first.modules().collect::<Vec<_>>());
        assert_eq!(again.modules_at(first.edition), first.modules().cloned().collect::<Vec<_>>());
    }
}
