//! Where the monitor enters: the first call in `main`.

use super::watch::{self, VARIABLE};
use crate::crash::crash_report::CrashReport;
use crate::crash::error::Error;
use crate::process::thread_ids;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many threads there were when the entry was called; 0: it was not.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// To be called first in `main` of a program with a [`Monitor`](crate::crash::Monitor): where the program is started as the
/// monitor it does not return.
///
/// Everything before it runs twice, once in the service and once in its monitor: [`install`](crate::crash::install)
/// refuses if threads had been started by then, and if it was not called at all.
///
/// ```
/// hooks_service::crash::monitor_entry(); // nothing happens: this is not a monitor
/// ```
pub fn monitor_entry() {
    monitor_entry_with(|_| ());
}

/// The same, and has the monitor call `on_crash` with each report: to send it somewhere, to write it elsewhere.
///
/// `on_crash` runs in the monitor, an ordinary process with nothing of the service's memory, after the report is in the
/// crash output. The process that crashes waits for it,
/// [at most as long as was set](crate::crash::Monitor::wait_at_most). A panic in it ends the monitor's work on that report.
///
/// ```
/// use hooks_service::crash::{self, CrashReport};
///
/// fn send(report: CrashReport) {
///     println!("process {} ended: {}", report.process, report.cause);
/// }
///
/// crash::monitor_entry_with(send);
/// ```
pub fn monitor_entry_with(on_crash: fn(CrashReport)) {
    if let Some(tee) = std::env::var_os(VARIABLE) {
        watch::run(tee.to_str().and_then(|number| number.parse().ok()), on_crash);
    }
    let threads = thread_ids().map_or(1, |threads| threads.len());
    let _ = THREADS.compare_exchange(0, threads, Relaxed, Relaxed);
}

/// Whether the program may be started as its own monitor.
pub(super) fn check() -> Result<(), Error> {
    match THREADS.load(Relaxed) {
        0 => Err(Error::NoMonitorEntry),
        1 => Ok(()),
        threads => Err(Error::MonitorEntryLate { threads }),
    }
}
