//! What became of all flushers.

use super::fault::{Fault, FaultKind};
use super::flusher::{Flusher, flushers};
use crate::cleanup::Outstanding;
use crate::hook::Hook;
use std::time::Duration;

/// What became of one flusher.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Flushed {
    /// Which one.
    pub flusher: Flusher,
    /// Whether it ran to its end, or what went wrong.
    pub result: Result<(), FaultKind>,
    /// How long the exit waited for it.
    pub took: Duration,
}

/// What became of the flushers, and what was left.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Report {
    /// All flushers, in the order that they ran in.
    pub flushers: Vec<Flushed>,
    /// Cleanups that were still in the queue of the cleanup thread when its time was up.
    pub cleanups_left: usize,
    /// Owners that were still there when the flushers began, by where a cleanup was added to them.
    pub outstanding: Vec<Outstanding>,
}

impl Report {
    /// What went wrong, in the order that it did.
    pub fn faults(&self) -> impl Iterator<Item = Fault> {
        self.flushers.iter().filter_map(|flushed| {
            let kind = flushed.result.clone().err()?;
            Some(Fault { site: flushed.flusher.site, kind })
        })
    }

    /// Of a process in which none may run.
    pub(super) fn of_none() -> Self {
        let not_run = |flusher| Flushed { flusher, result: Err(FaultKind::NotRun), took: Duration::ZERO };
        Report {
            flushers: flushers().into_iter().map(not_run).collect(),
            cleanups_left: 0,
            outstanding: Vec::new(),
        }
    }
}

static HOOK: Hook<Report> = Hook::new();

/// Sets what is called with the report when all flushers are through. It takes the place of the hook before it; a panic
/// of the hook ends there. It has a second, on a thread of its own.
///
/// ```
/// use hooks_runtime::exit;
///
/// exit::on_report(|report| {
///     for owners in &report.outstanding {
///         eprintln!("leaked: {owners}");
///     }
/// });
/// ```
pub fn on_report(hook: impl Fn(&Report) + Send + Sync + 'static) {
    HOOK.set(hook);
}

pub(super) fn has_hook() -> bool {
    HOOK.is_set()
}

pub(super) fn tell(report: &Report) {
    HOOK.call(report);
}
