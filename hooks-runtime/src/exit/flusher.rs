//! What is registered by `#[at_exit(..)]`.

use crate::cleanup::Returned;
use crate::mutex::lock_unless_orphaned;
use crate::sites::Site;
use crate::sort::sorted_by_key;
use std::sync::Mutex;
use std::time::Duration;

/// A registered flusher; the expansion submits one.
pub struct Entry {
    site: &'static &'static str,
    order: i32,
    timeout: Duration,
    call: fn() -> Option<String>,
}

inventory::collect!(Entry);

impl Entry {
    /// `call` returns the words for what went wrong.
    pub const fn new(
        site: &'static &'static str,
        order: i32,
        timeout_in_milliseconds: u64,
        call: fn() -> Option<String>,
    ) -> Self {
        Entry { site, order, timeout: Duration::from_millis(timeout_in_milliseconds), call }
    }
}

/// Those that are there for a while only: an observer's, as long as it has something to write.
static FOR_A_WHILE: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());

/// Registers a flusher until it is [removed](remove).
pub fn add(entry: &'static Entry) {
    if let Some(mut entries) = lock_unless_orphaned(&FOR_A_WHILE) {
        entries.retain(|other| !std::ptr::eq(*other, entry));
        entries.push(entry);
    }
}

/// It is not to be called any more.
pub fn remove(entry: &'static Entry) {
    if let Some(mut entries) = lock_unless_orphaned(&FOR_A_WHILE) {
        entries.retain(|other| !std::ptr::eq(*other, entry));
    }
}

/// What the value that a flusher returns says of its failure.
pub fn failure(returned: impl Returned) -> Option<String> {
    returned.into_failure()
}

/// A fn with `#[at_exit(..)]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Flusher {
    /// The attribute.
    pub site: Site,
    /// Lower ones come first; 0 where nothing is said.
    pub order: i32,
    /// How long the exit waits for it; 5 seconds where nothing is said.
    pub timeout: Duration,
    pub(super) call: Call,
}

/// Looks the same whatever it calls: where a fn lies is no property of its own.
#[derive(Clone, Copy)]
pub(super) struct Call(pub(super) fn() -> Option<String>);

impl PartialEq for Call {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Call {}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("fn")
    }
}

/// All flushers that are linked into the program, in the order that they run in: by `order`, and where that is the
/// same, by module path, name and place.
///
/// A library loaded with `dlopen` that links its own copy of this crate has a list of its own.
///
/// ```
/// use hooks_runtime::{at_exit, exit};
///
/// #[at_exit(order = 100, timeout = "500ms")]
/// fn flush_logs() {}
///
/// #[at_exit(order = 10)]
/// fn flush_queue() -> std::io::Result<()> {
///     Ok(())
/// }
///
/// let names: Vec<_> = exit::flushers().iter().map(|flusher| flusher.site.function()).collect();
/// let turn = |name: &str| names.iter().position(|listed| listed.ends_with(name)).unwrap();
/// assert!(turn("::flush_queue") < turn("::flush_logs"));
/// ```
pub fn flushers() -> Vec<Flusher> {
    let flusher = |entry: &Entry| Flusher {
        site: Site::of(entry.site),
        order: entry.order,
        timeout: entry.timeout,
        call: Call(entry.call),
    };
    let for_a_while = lock_unless_orphaned(&FOR_A_WHILE).map(|entries| entries.clone()).unwrap_or_default();
    let flushers: Vec<_> = inventory::iter::<Entry>.into_iter().chain(for_a_while).map(flusher).collect();
    sorted_by_key(&flushers, |flusher| {
        (flusher.order, flusher.site.function(), flusher.site.file(), flusher.site.line())
    })
}
