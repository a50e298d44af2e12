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

/// What has a counter. The first two are no faults, and so nothing to tell.
#[derive(Clone, Copy)]
enum Counted {
    Flushed,
    TaskExited,
    Failed,
    Panicked,
    TimedOut,
    CalledExit,
    NotRun,
    ExitCaught,
}

impl Counted {
    const KINDS: usize = Counted::ExitCaught as usize + 1;

    fn of(kind: &FaultKind) -> Counted {
        match kind {
            FaultKind::Failed(_) => Counted::Failed,
            FaultKind::Panicked(_) => Counted::Panicked,
            FaultKind::TimedOut => Counted::TimedOut,
            FaultKind::CalledExit => Counted::CalledExit,
            FaultKind::NotRun => Counted::NotRun,
            FaultKind::ExitCaught => Counted::ExitCaught,
        }
    }

    fn counter(self) -> &'static AtomicU64 {
        &COUNTERS[self as usize]
    }
}

/// No lock: they are counted, and read, in children of a process that forked too.
static COUNTERS: [AtomicU64; Counted::KINDS] = [const { AtomicU64::new(0) }; Counted::KINDS];

/// The counters now. Cost: eight loads.
pub fn counters() -> Counters {
    let of = |counted: Counted| counted.counter().load(Ordering::Relaxed);
    Counters {
        flushed: of(Counted::Flushed),
        failed: of(Counted::Failed),
        panicked: of(Counted::Panicked),
        timed_out: of(Counted::TimedOut),
        called_exit: of(Counted::CalledExit),
        not_run: of(Counted::NotRun),
        tasks_exited: of(Counted::TaskExited),
        exits_caught: of(Counted::ExitCaught),
    }
}

pub(super) fn count_flushed() {
    count(Counted::Flushed);
}

pub(super) fn count_task_exited() {
    count(Counted::TaskExited);
}

pub(super) fn count_fault(kind: &FaultKind) {
    count(Counted::of(kind));
}

fn count(counted: Counted) {
    counted.counter().fetch_add(1, Ordering::Relaxed);
}
