//! What a program says of its crash output: where reports go, which there are, how much they tell, who watches.

use super::error::Error;
use super::traceback::Traceback;
use std::fs::File;
#[cfg(unix)]
use std::os::fd::OwnedFd as Descriptor;
#[cfg(windows)]
use std::os::windows::io::OwnedHandle as Descriptor;
use std::path::Path;
use std::time::Duration;

/// A second place for the last words of the process, and what is to be said there.
///
/// ```no_run
/// use hooks_service::crash::{self, CrashOutput, Panics, Traceback};
///
/// # fn main() -> Result<(), crash::Error> {
/// let output = CrashOutput::file("/var/log/service/crash.log")?;
/// crash::install(output.panics(Panics::All).traceback(Traceback::All))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CrashOutput {
    pub(super) file: File,
    pub(super) panics: Panics,
    pub(super) traceback: Option<Traceback>,
    pub(super) monitor: Option<Monitor>,
    pub(super) version: String,
}

impl CrashOutput {
    /// Appends to the file at `path`, which is created if it is not there.
    ///
    /// # Errors
    /// [`Error::Open`] names the file.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let open = File::options().append(true).create(true).open(path);
        let file = open.map_err(|source| Error::Open { path: path.to_owned(), source })?;
        Self::to(file)
    }

    /// Writes to `descriptor`: a file, a pipe, a terminal.
    ///
    /// ```
    /// use hooks_service::crash::{CrashOutput, Error};
    ///
    /// let path = std::env::temp_dir().join("hooks-doc-crash.log");
    /// let truncating = std::fs::File::create(&path).unwrap(); // the classic loss
    /// assert!(matches!(CrashOutput::descriptor(truncating), Err(Error::NotAppending { .. })));
    /// ```
    ///
    /// # Errors
    /// A regular file has to be opened with `O_APPEND`, else [`Error::NotAppending`]: a restart would write over the
    /// last report. [`Error::NotWritable`] if it is for reading only.
    pub fn descriptor(descriptor: impl Into<Descriptor>) -> Result<Self, Error> {
        Self::to(descriptor.into().into())
    }

    fn to(file: File) -> Result<Self, Error> {
        #[cfg(unix)]
        flags::check(&file)?;
        Ok(Self { file, panics: Panics::default(), traceback: None, monitor: None, version: String::new() })
    }

    /// Which panics are reported; [`Panics::Aborting`] if not set.
    #[must_use]
    pub fn panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }

    /// How much reports tell; [`Traceback::Single`] if not set, and never less than the environment asks for.
    #[must_use]
    pub fn traceback(mut self, traceback: Traceback) -> Self {
        self.traceback = Some(traceback);
        self
    }

    /// The version of the program, for reports: what is running in the place that nobody remembers. The build id, which says
    /// it of the file, is in reports anyway.
    ///
    /// ```no_run
    /// # use hooks_service::crash::{self, CrashOutput};
    /// crash::install(CrashOutput::file("crash.log")?.version(env!("CARGO_PKG_VERSION")))?;
    /// # Ok::<(), crash::Error>(())
    /// ```
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Has a second process watch this one.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }
}

/// How a descriptor was opened.
#[cfg(unix)]
mod flags {
    use super::{Error, File};
    use std::os::fd::AsRawFd;
    use std::path::PathBuf;

    pub(super) fn check(file: &File) -> Result<(), Error> {
        // SAFETY: asks for the flags of an open descriptor.
        let flags = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) };
        if flags < 0 {
            return Err(Error::last("fcntl(F_GETFL)"));
        }
        if flags & libc::O_ACCMODE == libc::O_RDONLY {
            return Err(Error::NotWritable { path: target(file) });
        }
        if flags & libc::O_APPEND == 0 && is_regular(file) {
            return Err(Error::NotAppending { path: target(file) });
        }
        Ok(())
    }

    fn is_regular(file: &File) -> bool {
        file.metadata().map_or(true, |file| file.is_file())
    }

    /// What the descriptor refers to, for messages.
    fn target(file: &File) -> PathBuf {
        let number = file.as_raw_fd();
        std::fs::read_link(format!("/proc/self/fd/{number}"))
            .unwrap_or_else(|_| format!("fd {number}").into())
    }
}

/// Which panics go to the crash output. In Rust a panic is not yet a crash: it may be caught, or end one task.
///
/// ```
/// use hooks_service::crash::Panics;
///
/// assert_eq!(Panics::default(), Panics::Aborting);
/// ```
///
/// Cost: where all are asked for, a write to the file for each panic. The other way, the text of the last three panics of
/// each thread is kept in memory, to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panics {
    /// Those that end the process: one that leaves `main`, one that cannot unwind, any in a program that is built with
    /// `panic = "abort"`, and one whose hook aborts or exits.
    #[default]
    Aborting,
    /// All of them, at once.
    All,
}

/// A process that watches this one, to be started by [`install`](super::install). Go: the monitor of
/// `debug.SetCrashOutput`'s example.
///
/// It waits on a socket, and does nothing until this process ends. After a crash it adds the names of the functions to
/// the report, in the crash output and on stderr; after a death without a report (`SIGKILL`, out of memory, an overflow
/// of a stack without an alternate one) it says so; then it calls the program's function, see
/// [`monitor_entry_with`](super::monitor_entry_with). After an exit in order it just ends.
///
/// It is nobody's child, unless this is the first process of its container or a subreaper (`PR_SET_CHILD_SUBREAPER`): there a
/// loop over `waitpid(-1)` that ends when no child is left does not end. Wait for the children that were started, by their
/// ids.
///
/// `main` must begin with [`monitor_entry`](super::monitor_entry), or have
/// [`monitor_before_main!`](super::monitor_before_main) beside it; else [`install`](super::install) refuses.
///
/// ```
/// use hooks_service::crash::Monitor;
/// use std::time::Duration;
///
/// let monitor = Monitor::new().tee_stderr().wait_at_most(Duration::from_secs(30));
/// # let _ = monitor;
/// ```
///
/// # Cost
/// A process that sleeps, with 1.2 MB resident, 0.2 of them its own; some two milliseconds at the start.
#[derive(Clone, Debug)]
#[must_use = "a monitor is started by `install`"]
pub struct Monitor {
    pub(super) tee: bool,
    pub(super) wait: Duration,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { tee: false, wait: Duration::from_secs(10) }
    }
}

impl Monitor {
    /// A monitor that leaves stderr alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has stderr go through the monitor, `stderr = "tee"`, which copies all of it to where it went and to the crash
    /// output: also what C libraries print before they abort.
    ///
    /// Stderr is a pipe then. Whoever writes faster than the monitor copies waits; whoever holds it after this process
    /// has ended, a child for instance, keeps the monitor alive to copy.
    pub fn tee_stderr(mut self) -> Self {
        self.tee = true;
        self
    }

    /// How long a process that crashes waits for the monitor to be done with its report, before it dies; 10 seconds if
    /// not set. In a container whose first process this is, nothing outlives it.
    pub fn wait_at_most(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_appended_to_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crash.log");
        let error = CrashOutput::descriptor(File::create(&path).unwrap()).unwrap_err();
        assert!(matches!(&error, Error::NotAppending { path: named } if *named == path), "{error}");
        let error = CrashOutput::descriptor(File::open(&path).unwrap()).unwrap_err();
        assert!(matches!(error, Error::NotWritable { .. }), "{error}");
        assert!(CrashOutput::file(&path).is_ok());
        let error = CrashOutput::file(folder.path().join("none/crash.log")).unwrap_err().to_string();
        assert!(error.contains("none/crash.log"), "{error}");
    }

    #[test]
    fn a_pipe_has_no_place_to_write_over() {
        let (_reader, writer) = std::io::pipe().unwrap();
        assert!(CrashOutput::descriptor(writer).is_ok());
    }
}
