//! Which threads are locked now.

use super::state::thread_id;
use crate::mutex::lock;
use crate::sites::Site;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// A thread that is locked now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Held {
    /// The outermost use of the attribute on it, with the [`reason`](Site::reason).
    pub site: Site,
    /// Since when.
    pub since: SystemTime,
    /// The kernel's number of the thread, as `/proc` and debuggers show it. Linux only, elsewhere 0.
    pub thread_id: i32,
    /// The name that the thread was started with.
    pub thread_name: Option<String>,
}

/// A thread's line in the list, its own for as long as it lives.
struct Line {
    thread_id: i32,
    thread_name: Option<String>,
    lock: Mutex<Option<(&'static str, SystemTime)>>,
}

static LINES: Mutex<Vec<Arc<Line>>> = Mutex::new(Vec::new());

/// Takes the line off the list when the thread ends.
struct Listed(Arc<Line>);

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&LINES).retain(|line| !Arc::ptr_eq(line, &self.0));
    }
}

thread_local! {
    static LINE: Listed = Listed::new();
}

impl Listed {
    fn new() -> Listed {
        let thread_name = std::thread::current().name().map(str::to_owned);
        let line = Arc::new(Line { thread_id: thread_id(), thread_name, lock: Mutex::new(None) });
        lock(&LINES).push(Arc::clone(&line));
        Listed(line)
    }
}

/// While a thread ends its line may be gone: it is not listed any more.
pub(super) fn set(site: Option<&'static str>) {
    let held = site.map(|site| (site, SystemTime::now()));
    let _ = LINE.try_with(|listed| *lock(&listed.0.lock) = held);
}

/// The threads that are locked now: sync fns that are running, and async fns from their first poll until they end.
///
/// ```
/// use hooks_runtime::{lock_os_thread, os_thread};
///
/// #[lock_os_thread(reason = "the driver keeps its handle in a thread-local")]
/// fn query() {
///     let held = os_thread::locked();
///     assert_eq!(held[0].site.reason(), Some("the driver keeps its handle in a thread-local"));
/// }
/// query();
/// assert!(os_thread::locked().is_empty());
/// ```
pub fn locked() -> Vec<Held> {
    let held = |line: &Arc<Line>| {
        let (site, since) = (*lock(&line.lock))?;
        let (thread_id, thread_name) = (line.thread_id, line.thread_name.clone());
        Some(Held { site: Site::of(site), since, thread_id, thread_name })
    };
    lock(&LINES).iter().filter_map(held).collect()
}
