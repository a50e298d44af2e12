//! Running a cleanup where nobody waits for its result.

use super::fault::{self, FaultKind};
use super::origin::Origin;
use super::returned::Returned;
use std::any::Any;
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

fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    // A payload of the user's own may panic once more when dropped.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget);
    text.unwrap_or_else(|| "(no text)".to_owned())
}
