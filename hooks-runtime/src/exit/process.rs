//! The end of the process.

use super::{ending, gate, job, run, task};
use crate::cleanup::background;
use std::thread;

/// Runs the flushers and ends the process with `code`: what `std::process::exit` is without them.
///
/// May be called from any thread, at any time, by several at once and by a flusher: the flushers run once, the code of
/// the first call stands, and no call returns. Destructors of the threads that run are not called, as with
/// `std::process::exit`; to have those of `main` called, return from a `main` with `#[exit_scope]`.
/// [`#[at_exit]`](macro@crate::at_exit) tells the order of things, and what is different in a flusher, in what libc's exit
/// runs, in a signal handler and in a forked child.
///
/// It takes as long as cleanups and flushers do: at most the sum of their timeouts.
///
/// ```no_run
/// if std::fs::metadata("/etc/service.toml").is_err() {
///     eprintln!("no configuration");
///     hooks_runtime::exit(2);
/// }
/// ```
///
/// The Go hook: `os.Exit`, with what it forgets.
pub fn exit(code: i32) -> ! {
    if gate::is_orphan() {
        // SAFETY: it ends the process, and runs nothing of the one that it was forked from.
        unsafe { libc::_exit(code) }
    }
    let is_first = gate::claim();
    if is_first && ending::has_begun() {
        ending::cut_short(code);
    }
    // Whoever waits for this thread's work waits in vain from here on.
    job::leave();
    background::hand_over();
    run::run_flushers(None);
    if is_first {
        ending::begin(code);
        std::process::exit(code);
    }
    wait_for_the_end()
}

/// Another thread ends the process.
fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

/// Emitted round the body of a `main`: runs the flushers when it is left, unwinding included. `status` says what the
/// process ends with, if it knows.
pub fn exit_scope_main<R: 'static>(
    site: &'static str,
    body: impl FnOnce() -> R,
    status: impl FnOnce(&R) -> Option<i32>,
) -> R {
    let mut main = Main { status: Some(STATUS_OF_PANIC) };
    let value = task::exit_scope(site, body);
    main.status = status(&value);
    value
}

/// What the standard library ends a process with whose `main` has panicked.
const STATUS_OF_PANIC: i32 = 101;

struct Main {
    status: Option<i32>,
}

impl Drop for Main {
    fn drop(&mut self) {
        if gate::is_orphan() {
            return;
        }
        let is_first = gate::claim();
        run::run_flushers(None);
        if !is_first {
            wait_for_the_end();
        }
        ending::begin_after_main(self.status);
    }
}
