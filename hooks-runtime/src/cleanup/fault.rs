//! What went wrong in a cleanup, which is run here: nobody waits for its result.

use super::failure::Returned;
use crate::hook::Hook;
use crate::origin::Origin;
use crate::panics::message;
use crate::tally::Tally;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A cleanup that did not go as it should, and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Fault {
    /// The attribute or the call that asked for the cleanup.
    pub origin: Origin,
    /// What went wrong.
    pub kind: FaultKind,
}

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FaultKind {
    /// A value was dropped without `close`, `stop` or `into_parts`; the net ran its cleanup.
    NotClosed,
    /// The cleanup returned this error.
    Failed(String),
    /// The cleanup panicked with this message while the thread was unwinding already, or where no caller is to unwind
    /// to.
    Panicked(String),
    /// The program exited before so many background cleanups had run to their end.
    NotRun(usize),
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::NotClosed => {
                f.write_str("not closed: dropped without `close`, `stop` or `into_parts`")
            }
            FaultKind::Failed(error) => write!(f, "the cleanup failed: {error}"),
            FaultKind::Panicked(message) => write!(f, "the cleanup panicked: {message}"),
            FaultKind::NotRun(count) => write!(f, "{count} background cleanups not done before the exit"),
        }
    }
}

/// One line: the origin and what went wrong.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.kind)
    }
}

/// How often the cleanups of one origin went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct FaultCount {
    /// Times [`FaultKind::NotClosed`].
    pub not_closed: u64,
    /// Times [`FaultKind::Failed`].
    pub failed: u64,
    /// Times [`FaultKind::Panicked`].
    pub panicked: u64,
    /// Cleanups [`FaultKind::NotRun`].
    pub not_run: u64,
}

impl FaultKind {
    /// How many cleanups it says it of.
    fn cleanups(&self) -> u64 {
        if let FaultKind::NotRun(count) = self { *count as u64 } else { 1 }
    }
}

impl FaultCount {
    fn of(&mut self, kind: &FaultKind) -> &mut u64 {
        match kind {
            FaultKind::NotClosed => &mut self.not_closed,
            FaultKind::Failed(_) => &mut self.failed,
            FaultKind::Panicked(_) => &mut self.panicked,
            FaultKind::NotRun(_) => &mut self.not_run,
        }
    }
}

static HOOK: Hook<Fault> = Hook::new();
static FAULTS: Tally<Origin, FaultCount> = Tally::new();

/// Sets what is called with every fault, on the thread that the cleanup ran on. It takes the place of the hook before
/// it; a panic of the hook ends there. Without one a line goes to standard error, for the first fault of each kind and
/// origin; [`faults`] counts all.
///
/// ```
/// use hooks_runtime::cleanup;
///
/// cleanup::on_fault(|fault| eprintln!("{fault}"));
/// ```
pub fn on_fault(hook: impl Fn(&Fault) + Send + Sync + 'static) {
    HOOK.set(hook);
}

/// The faults so far, of each origin that has any, in no order.
///
/// ```
/// use hooks_runtime::cleanup;
///
/// #[cleanup(close = close_log, args(id))]
/// struct Log {
///     id: u32,
/// }
///
/// fn close_log(_: u32) -> std::io::Result<()> {
///     Ok(())
/// }
///
/// drop(Log { id: 1 }); // not closed
/// let (origin, count) = cleanup::faults()[0];
/// assert_eq!(count.not_closed, 1);
/// println!("{origin}: {count:?}");
/// ```
///
/// Cost: a lock, and a `Vec`.
pub fn faults() -> Vec<(Origin, FaultCount)> {
    FAULTS.all()
}

#[cold]
pub(super) fn report(origin: Origin, kind: FaultKind) {
    let is_first = FAULTS.add(origin, kind.cleanups(), |count| count.of(&kind));
    HOOK.tell(&Fault { origin, kind }, is_first);
}

/// Runs `call`. Its panic goes on as any other, unless the thread is unwinding already: then it would abort the
/// process, and so ends here.
#[inline]
pub(super) fn run<R: Returned>(origin: Origin, call: impl FnOnce() -> R) {
    if std::thread::panicking() {
        run_caught(origin, call);
    } else if let Some(failure) = call().into_failure() {
        report(origin, FaultKind::Failed(failure));
    }
}

/// Runs `call`; its panic ends here.
pub(super) fn run_caught<R: Returned>(origin: Origin, call: impl FnOnce() -> R) {
    match catch_unwind(AssertUnwindSafe(|| call().into_failure())) {
        Ok(None) => {}
        Ok(Some(failure)) => report(origin, FaultKind::Failed(failure)),
        Err(payload) => report(origin, FaultKind::Panicked(message(payload))),
    }
}
