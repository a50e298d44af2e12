//! What went wrong on the way out, and how often what happened.

use crate::hook::Hook;
use crate::sites::Site;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A flusher or a scope that did not go as it should.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The `#[at_exit(..)]` or `#[exit_scope]`.
    pub site: Site,
    /// What went wrong.
    pub kind: FaultKind,
}

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// The flusher returned this error.
    Failed(String),
    /// The flusher panicked with this message.
    Panicked(String),
    /// The flusher was not done when its time, or that of the whole exit, was up. It is left behind on its thread.
    TimedOut,
    /// The flusher called [`exit`](fn@crate::exit), which never returns: it is left there.
    CalledExit,
    /// No time was left for the flusher.
    NotRun,
    /// [`exit_task`](super::exit_task) ended the scope, somebody in between caught that, and the scope went on.
    ExitCaught,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Failed(error) => write!(f, "the flusher failed: {error}"),
            FaultKind::Panicked(message) => write!(f, "the flusher panicked: {message}"),
            FaultKind::TimedOut => f.write_str("the flusher was not done when its time was up"),
            FaultKind::CalledExit => f.write_str("the flusher called `exit` and was left there"),
            FaultKind::NotRun => f.write_str("no time was left for the flusher"),
            FaultKind::ExitCaught => {
                f.write_str("`exit_task` was stopped by a `catch_unwind`, and the scope went on")
            }
        }
    }
}

/// One line: the site and what went wrong.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.site, self.kind)
    }
}

static HOOK: Hook<Fault> = Hook::new();

/// Sets what is called with every fault, when it happens. It takes the place of the hook before it; a panic of the hook
/// ends there. Without one a line goes to standard error. [`counters`] counts all.
///
/// During the exit it is called on a thread of its own and for a second at most: the lock that it waits for may be held
/// by the flusher that hangs. A hook that was not done by then is not called again.
///
/// ```
/// use hooks_runtime::exit;
///
/// exit::on_fault(|fault| eprintln!("{fault}"));
/// ```
pub fn on_fault(hook: impl Fn(&Fault) + Send + Sync + 'static) {
    HOOK.set(hook);
}

/// Counts the fault and calls the hook, here.
#[cold]
pub(super) fn report(fault: &Fault) {
    count_fault(&fault.kind);
    tell(fault);
}

/// Calls the hook.
pub(super) fn tell(fault: &Fault) {
    HOOK.tell(fault, true);
}

/// How often what happened since the program started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Flushers that ran to their end.
    pub flushed: u64,
    /// Flushers that returned an error.
    pub failed: u64,
    /// Flushers that panicked.
    pub panicked: u64,
    /// Flushers that were left behind when their time was up.
    pub timed_out: u64,
    /// Flushers that called [`exit`](fn@crate::exit) and were left there.
    pub called_exit: u64,
    /// Flushers for which no time was left.
    pub not_run: u64,
    /// Scopes ended by [`exit_task`](super::exit_task).
    pub tasks_exited: u64,
    /// Scopes that returned although they had been ended by [`exit_task`](super::exit_task): somebody caught it.
    pub exits_caught: u64,
}

/// In the order of the fields.
static COUNTS: [AtomicU64; 8] = [const { AtomicU64::new(0) }; 8];

const FLUSHED: usize = 0;
const TASKS_EXITED: usize = 6;

/// The counters now.
pub fn counters() -> Counters {
    let count = |index: usize| COUNTS[index].load(Ordering::Relaxed);
    Counters {
        flushed: count(FLUSHED),
        failed: count(1),
        panicked: count(2),
        timed_out: count(3),
        called_exit: count(4),
        not_run: count(5),
        tasks_exited: count(TASKS_EXITED),
        exits_caught: count(7),
    }
}

pub(super) fn count_flushed() {
    count(FLUSHED);
}

pub(super) fn count_task_exited() {
    count(TASKS_EXITED);
}

pub(super) fn count_fault(kind: &FaultKind) {
    count(match kind {
        FaultKind::Failed(_) => 1,
        FaultKind::Panicked(_) => 2,
        FaultKind::TimedOut => 3,
        FaultKind::CalledExit => 4,
        FaultKind::NotRun => 5,
        FaultKind::ExitCaught => 7,
    });
}

fn count(index: usize) {
    COUNTS[index].fetch_add(1, Ordering::Relaxed);
}
