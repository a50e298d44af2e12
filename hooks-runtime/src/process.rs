//! What there is of a process: its children, its exit, threads of our own.
//!
//! A child made by `fork` has the forking thread and no other, so what our threads would do is not done there.

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Whether this process was forked from one in which [`watch_forks`] had been called.
pub(crate) fn is_child() -> bool {
    IS_CHILD.load(Ordering::Relaxed)
}

/// To be called before the first thread is started that others count on.
pub(crate) fn watch_forks() {
    static ONCE: Once = Once::new();
    in_children(&ONCE, in_child);
}

extern "C" fn in_child() {
    IS_CHILD.store(true, Ordering::Relaxed);
}

/// Has libc call `function` in children that are forked from now on, once for each `once`; in Miri nobody forks. It does nothing
/// that a child of a program with threads may not do. Without memory for the entry, children are what they would be without us.
#[cfg_attr(any(not(unix), miri), expect(unused_variables, reason = "there are no forks"))]
pub(crate) fn in_children(once: &Once, function: extern "C" fn()) {
    #[cfg(all(unix, not(miri)))]
    once.call_once(|| {
        // SAFETY: `function` lives as long as the program, and may run there, as this one's contract says.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(function)) };
    });
}

/// Starts a thread that nobody joins. The body is boxed, so that all that a start is made of is compiled once, and not
/// for each body.
pub(crate) fn start_thread(thread: Builder, body: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread.spawn(body).map(drop)
}

/// Has libc call `function` at the exit; in Miri nobody does.
pub(crate) fn at_exit(function: extern "C" fn()) {
    if !cfg!(miri) {
        // SAFETY: `function` does not unwind, and lives as long as the program.
        // Without memory for the entry, the exit goes on without it.
        let _ = unsafe { libc::atexit(function) };
    }
}
