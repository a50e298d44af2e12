//! The end of a program that did not drain in time.

use super::Cause;
use std::time::Duration;

type Report = Box<dyn FnOnce(Cause) + Send>;

/// What is done at the deadline.
pub(super) struct Overdue {
    pub(super) deadline: Duration,
    /// None: 128 + N for signal N.
    pub(super) status: Option<u8>,
    pub(super) report: Option<Report>,
}

impl Overdue {
    /// Says what still runs, runs the flushers, ends the process.
    pub(super) fn end(self, cause: Cause) -> ! {
        eprintln!("hooks: {} s after {cause} the process still runs; ending it", self.deadline.as_secs_f64());
        if let Some(report) = self.report {
            // A report that panics must not keep the process alive.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| report(cause)));
        }
        let status = self.status.unwrap_or_else(|| match cause.exit_status() {
            0 => 1,
            status => status,
        });
        hooks_runtime::exit(i32::from(status))
    }
}
