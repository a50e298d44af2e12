//! Why crash output could not be set up.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why crash output could not be set up. Each names the file, the setting or the call that is at fault.
///
/// ```standalone_crate
/// use hooks_service::crash::{self, CrashOutput, Error, Monitor};
///
/// let path = std::env::temp_dir().join("hooks-doc-no-entry.log");
/// let output = CrashOutput::file(path).unwrap().monitor(Monitor::new());
/// // `main` did not begin with `monitor_entry`.
/// assert!(matches!(crash::install(output), Err(Error::NoMonitorEntry)));
/// assert!(matches!(CrashOutput::file("/no/such/folder/crash.log"), Err(Error::Open { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be opened for appending.
    #[error("crash output {}: cannot be opened for appending: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The descriptor was not opened with `O_APPEND`: a restart, or the monitor, would write over what is there.
    #[error("crash output {}: not opened with O_APPEND, reports would overwrite each other", path.display())]
    NotAppending {
        /// What the descriptor refers to.
        path: PathBuf,
    },
    /// The descriptor was not opened for writing.
    #[error("crash output {}: not opened for writing", path.display())]
    NotWritable {
        /// What the descriptor refers to.
        path: PathBuf,
    },
    /// An environment variable has a value that is none of those it takes.
    #[error("{variable}={value:?}: must be one of none, single, all, system, crash")]
    Setting {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// A process has one crash output, and it is installed.
    #[error("crash output is already installed in this process")]
    AlreadyInstalled,
    /// There is a monitor to start, and `main` did not begin with the call that it enters by.
    #[error(
        "the crash monitor needs crash::monitor_entry() to be the first call in main, and it was not made; under \
         #[tokio::main], write crash::monitor_before_main!() beside main instead"
    )]
    NoMonitorEntry,
    /// `monitor_entry` was called when threads were running: the monitor would have started them too.
    #[error(
        "crash::monitor_entry() was called too late, when {threads} threads were running: it must be first in main; \
         #[tokio::main] starts the runtime's threads before that, so write crash::monitor_before_main!() beside main \
         instead, or have a plain fn main call monitor_entry() and then the fn with #[tokio::main]"
    )]
    MonitorEntryLate {
        /// How many threads there were.
        threads: usize,
    },
    /// The monitor ended, or said nothing, before it was ready.
    #[error("the crash monitor did not start: {}", describe(*status))]
    NoMonitor {
        /// How it ended, if it did.
        status: Option<ExitStatus>,
    },
    /// The other threads are to be in reports, and cannot be asked.
    #[error("the stacks of other threads cannot be had: {source}")]
    OtherThreads {
        /// Why.
        source: crate::stacks::Error,
    },
    /// This system has no crash output.
    #[error("crash output is for Linux on x86-64 and aarch64")]
    Unsupported,
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Error {
    /// The last error of the C library, as the failure of `call`.
    pub(super) fn last(call: &'static str) -> Self {
        Self::kernel(call)(io::Error::last_os_error())
    }

    pub(super) fn kernel(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Kernel { call, source }
    }
}

fn describe(status: Option<ExitStatus>) -> String {
    status.map_or_else(|| "it did not answer".to_owned(), |status| status.to_string())
}
