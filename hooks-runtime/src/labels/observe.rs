//! What observers call: a profiler's signal handler, a stack dump, a crash report.
//!
//! **Runs in signal handlers**, as far as [`visit`] and [`innermost_site`].

use super::walk;
use crate::Site;
use crate::chain::{self, thread_hook};
pub use crate::values::ValueRef;

/// Calls `visit(key, value)` for each label in force on this thread, innermost first, each key once.
///
/// Returns how many labels were left out because there were more than [`MOST_KEYS`](super::MOST_KEYS); where the chain
/// was too long to be walked to its end, that counts as one more.
///
/// Async-signal-safe: no allocation, no lock, no panic, `errno` untouched, and bounded: it looks at 4,096 scopes and
/// labels at most; also in a library that was loaded by `dlopen`, on threads that have never been in it. That is for `visit`
/// itself; what the closure does is the caller's.
///
/// ```
/// use hooks_runtime::labels;
///
/// labels!["route" => "/orders"].scope(|| {
///     let mut seen = Vec::new();
///     labels::observe::visit(&mut |key, value| seen.push(format!("{key}={value}")));
///     assert_eq!(seen, ["route=/orders"]);
/// });
/// ```
pub fn visit(visit: &mut dyn FnMut(&str, ValueRef<'_>)) -> u32 {
    walk::visit(visit)
}

/// The innermost annotated fn with labels that this thread is in: where the code that puts the labels in force stands.
///
/// Async-signal-safe, as [`visit`] is.
///
/// ```
/// use hooks_runtime::{labeled, labels::observe};
///
/// #[labeled(route)]
/// fn handle(route: &str) {
///     assert!(observe::innermost_site().unwrap().function().ends_with("::handle"));
/// }
///
/// handle("/orders");
/// assert!(observe::innermost_site().is_none());
/// ```
pub fn innermost_site() -> Option<Site> {
    walk::innermost_site()
}

/// Sets the function that each thread calls once: at its first label scope, at the start of a spawn helper's closure,
/// or in [`thread_started`]. An observer attaches to threads exactly with it. `None` takes it off.
///
/// There is one hook in the process; the profiler of `hooks-service` sets it while it runs. A hook that panics aborts the
/// process.
///
/// ```standalone_crate
/// use hooks_runtime::labels::observe;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static THREADS: AtomicU32 = AtomicU32::new(0);
///
/// fn count() {
///     THREADS.fetch_add(1, Ordering::Relaxed);
/// }
///
/// observe::set_thread_hook(Some(count));
/// std::thread::spawn(observe::thread_started).join().unwrap();
/// assert_eq!(THREADS.load(Ordering::Relaxed), 1);
/// # observe::set_thread_hook(None);
/// ```
///
/// Cost: nothing for threads that have started; one call for each new one.
pub fn set_thread_hook(hook: Option<fn()>) {
    thread_hook::set(hook);
}

/// Says that this thread has started: call it in `on_thread_start` of a runtime, so that its threads are observed from
/// their first instant and not from their first label on. Cost: one load, once it has been said.
///
/// ```
/// let pool = std::thread::Builder::new().spawn(|| {
///     hooks_runtime::labels::observe::thread_started();
/// });
/// # pool.unwrap().join().unwrap();
/// ```
pub fn thread_started() {
    chain::touch();
}
