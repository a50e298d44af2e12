//! What became of added cleanups, by where they were added.

use crate::hook::say;
use crate::mutex::lock_unless_orphaned;
use crate::origin::Origin;
use crate::process;
use crate::sort::sorted_by_key;
use std::cmp::Reverse;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};

/// The cleanups added at one place to one type of owner.
pub(super) struct Counts {
    place: &'static Location<'static>,
    owner: &'static str,
    registered: AtomicU64,
    run: AtomicU64,
    stopped: AtomicU64,
}

impl Counts {
    const fn new(place: &'static Location<'static>, owner: &'static str) -> Self {
        let (registered, run, stopped) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Counts { place, owner, registered, run, stopped }
    }

    pub(super) fn count_registered(&self) {
        self.registered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_run(&self) {
        self.run.fetch_add(1, Ordering::Release);
    }

    pub(super) fn count_stopped(&self) {
        self.stopped.fetch_add(1, Ordering::Release);
    }

    /// What is done is read first, so that nothing seems done that is not registered.
    fn counters(&self) -> Counters {
        let (run, stopped) = (self.run.load(Ordering::Acquire), self.stopped.load(Ordering::Acquire));
        let registered = self.registered.load(Ordering::Acquire);
        Counters { origin: Origin::Call(self.place), owner: self.owner, registered, run, stopped }
    }
}

/// One for each call of `add_cleanup` in the program's text, and so bounded; in the order of their places and owners.
static ALL: Mutex<Vec<&'static Counts>> = Mutex::new(Vec::new());

/// In a child made by `fork` that finds the list held, of what is added from then on.
static UNLISTED: Counts = Counts::new(Location::caller(), "");

pub(super) fn of(place: &'static Location<'static>, owner: &'static str) -> &'static Counts {
    let Some(mut all) = lock_unless_orphaned(&ALL) else { return &UNLISTED };
    let at = all.binary_search_by_key(&(place, owner), |counts| (counts.place, counts.owner));
    let at = at.unwrap_or_else(|at| {
        all.insert(at, Box::leak(Box::new(Counts::new(place, owner))));
        at
    });
    all[at]
}

/// What became of the cleanups added by one call in the program's text, to owners of one type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Counters {
    /// The call.
    pub origin: Origin,
    /// The type of the owners.
    pub owner: &'static str,
    /// Cleanups added.
    pub registered: u64,
    /// Cleanups that have run or run now.
    pub run: u64,
    /// Cleanups that were stopped.
    pub stopped: u64,
}

impl Counters {
    /// Cleanups whose owners are still there.
    pub fn outstanding(&self) -> u64 {
        self.registered - self.run - self.stopped
    }
}

/// The counters of every call of [`add_cleanup`](super::add_cleanup) that has happened, in no order.
///
/// ```
/// use hooks_runtime::cleanup::{self, WithCleanups, add_cleanup};
///
/// let mut owners: Vec<_> = (0..3).map(WithCleanups::new).collect();
/// owners.iter().for_each(|owner| drop(add_cleanup(owner, |()| (), ())));
/// drop(owners.pop());
/// let counters = cleanup::counters()[0];
/// assert_eq!((counters.registered, counters.run, counters.outstanding()), (3, 1, 2));
/// ```
///
/// Cost: a lock, and a `Vec`.
pub fn counters() -> Vec<Counters> {
    let all = lock_unless_orphaned(&ALL);
    all.iter().flat_map(|all| all.iter()).map(|counts| counts.counters()).collect()
}

/// Owners that are still there, by where a cleanup was added to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Outstanding {
    /// The call of [`add_cleanup`](super::add_cleanup).
    pub origin: Origin,
    /// The type of the owners.
    pub owner: &'static str,
    /// How many cleanups wait for them, at least 1.
    pub count: u64,
}

/// One line, for instance `3 cleanups of alloc::sync::Arc<app::Session> from src/app.rs:12:5`.
impl fmt::Display for Outstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cleanups of {} from {}", self.count, self.owner, self.origin)
    }
}

/// The cleanups whose owners are still there: at the end of `main`, what leaked. The largest counts come first.
///
/// ```
/// use hooks_runtime::cleanup::{self, WithCleanups, add_cleanup};
/// use std::sync::{Arc, OnceLock};
///
/// struct Node {
///     next: OnceLock<Arc<WithCleanups<Node>>>,
/// }
///
/// let node = Arc::new(WithCleanups::new(Node { next: OnceLock::new() }));
/// add_cleanup(&node, |()| (), ());
/// let _ = node.next.set(Arc::clone(&node)); // a cycle
/// drop(node);
/// let leaked = &cleanup::outstanding()[0];
/// assert!(leaked.owner.contains("Node"));
/// assert_eq!(leaked.count, 1);
/// ```
pub fn outstanding() -> Vec<Outstanding> {
    let mut all = Vec::new();
    for counters in &counters() {
        let count = counters.outstanding();
        if count > 0 {
            all.push(Outstanding { origin: counters.origin, owner: counters.owner, count });
        }
    }
    sorted_by_key(&all, |outstanding| (Reverse(outstanding.count), outstanding.origin.line()))
}

/// Writes what is [`outstanding`] to standard error when the program exits, by `std::process::exit` or the end of
/// `main`.
///
/// Owners in statics are never dropped and so are among them.
///
/// ```
/// use hooks_runtime::cleanup;
///
/// cleanup::report_at_exit(); // at the start of `main`
/// ```
pub fn report_at_exit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| process::at_exit(report));
}

extern "C" fn report() {
    for outstanding in outstanding() {
        say(format_args!("still there at exit: {outstanding}"));
    }
}
