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

impl FaultKind {
    fn number(&self) -> u8 {
        match self {
            FaultKind::Failed(_) => 0,
            FaultKind::Panicked(_) => 1,
            FaultKind::TimedOut => 2,
            FaultKind::CalledExit => 3,
            FaultKind::NotRun => 4,
            FaultKind::ExitCaught => 5,
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

/// What is no fault, and so nothing to tell.
static FLUSHED: AtomicU64 = AtomicU64::new(0);
static TASKS_EXITED: AtomicU64 = AtomicU64::new(0);

/// The counters now.
pub fn counters() -> Counters {
    let counts = HOOK.counts();
    let of = |kind: &FaultKind| {
        let counted = counts.iter().find(|count| count.kind == kind.number());
        counted.map_or(0, |count| count.times)
    };
    Counters {
        flushed: FLUSHED.load(Ordering::Relaxed),
        failed: of(&FaultKind::Failed(String::new())),
        panicked: of(&FaultKind::Panicked(String::new())),
        timed_out: of(&FaultKind::TimedOut),
        called_exit: of(&FaultKind::CalledExit),
        not_run: of(&FaultKind::NotRun),
        tasks_exited: TASKS_EXITED.load(Ordering::Relaxed),
        exits_caught: of(&FaultKind::ExitCaught),
    }
}

pub(super) fn count_flushed() {
    FLUSHED.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn count_task_exited() {
    TASKS_EXITED.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn count_fault(kind: &FaultKind) {
    HOOK.count(None, kind.number(), 1);
}
