//! State that a fn left changed on a thread that goes on.

pub use super::state::Change;
use super::state::Piece;
use crate::hook::Hook;
use crate::sites::Site;
use crate::sort::sorted_by_key;
use crate::tally::Tally;
use std::fmt;

/// What an annotated fn left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    site: Site,
    changes: Vec<Change>,
}

impl Leak {
    /// The use of the attribute.
    pub fn site(&self) -> Site {
        self.site
    }

    /// What is different, at least one.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// One line: the site, and each change with both values.
impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} left its thread changed", self.site)?;
        let mut separator = ": ";
        for Change { piece, before, after } in &self.changes {
            write!(f, "{separator}{piece} was {before}, is {after}")?;
            separator = "; ";
        }
        Ok(())
    }
}

/// How often a fn left a piece of state changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LeakCount {
    /// The use of the attribute.
    pub site: Site,
    /// What it left changed.
    pub piece: Piece,
    /// How often, from 1.
    pub count: u64,
}

static HOOK: Hook<Leak> = Hook::new();
static LEAKS: Tally<(Site, Piece), u64> = Tally::new();

/// Sets what is called when a fn leaves thread state changed that it did not declare, or that could not be put back:
/// once for each use of the attribute and piece of state. All are counted in [`leaks`]. The hook takes the place of the
/// one before it; without one a line goes to standard error.
///
/// It is called on the thread concerned, while the fn returns or unwinds; a panic of the hook ends there.
///
/// ```
/// use hooks_runtime::os_thread;
///
/// os_thread::on_leak(|leak| eprintln!("{leak}"));
/// ```
pub fn on_leak(hook: impl Fn(&Leak) + Send + Sync + 'static) {
    HOOK.set(hook);
}

/// What was left changed so far, by use of the attribute and piece of state. Cost: a lock, and a `Vec`.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_runtime::{lock_os_thread, os_thread};
///
/// #[lock_os_thread(reason = "names its thread, and does not declare it")]
/// fn rename() {
///     // SAFETY: a text that ends with a zero byte.
///     unsafe { libc::prctl(libc::PR_SET_NAME, c"renamed".as_ptr()) };
/// }
///
/// rename();
/// let leak = os_thread::leaks()[0];
/// assert!(leak.site.function().ends_with("::rename"));
/// assert_eq!((leak.piece, leak.count), (os_thread::Piece::Name, 1));
/// # }
/// ```
pub fn leaks() -> Vec<LeakCount> {
    let leaks = LEAKS.all().into_iter().map(|((site, piece), count)| LeakCount { site, piece, count });
    let leaks: Vec<_> = leaks.collect();
    sorted_by_key(&leaks, |leak| (leak.site.text(), leak.piece))
}

/// Counts all `changes`, and reports those that are the first of their site and piece.
#[cold]
pub(super) fn report(site: &'static str, mut changes: Vec<Change>) {
    let site = Site::of(site);
    changes.retain(|change| LEAKS.add((site, change.piece), 1, |count| count));
    if !changes.is_empty() {
        HOOK.tell(&Leak { site, changes }, true);
    }
}
