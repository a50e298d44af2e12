//! Running a cleanup where nobody waits for its result.

use super::fault::{self, FaultKind};
use super::origin::Origin;
use super::returned::Returned;
use crate::panics::message;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `call`. Its panic goes on as any other, unless the thread is unwinding already: then it would abort the
/// process, and so ends here.
#[inline]
pub(super) fn run<R: Returned>(origin: Origin, call: impl FnOnce() -> R) {
    if std::thread::panicking() {
        run_caught(origin, call);
    } else if let Some(failure) = call().into_failure() {
        fault::report(origin, FaultKind::Failed(failure));
    }
}

/// Runs `call`; its panic ends here.
pub(super) fn run_caught<R: Returned>(origin: Origin, call: impl FnOnce() -> R) {
    match catch_unwind(AssertUnwindSafe(|| call().into_failure())) {
        Ok(None) => {}
        Ok(Some(failure)) => fault::report(origin, FaultKind::Failed(failure)),
        Err(payload) => fault::report(origin, FaultKind::Panicked(message(payload))),
    }
}
