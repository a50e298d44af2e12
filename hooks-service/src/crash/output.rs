//! Where reports go, and how they are made.

use super::{Error, Monitor, Panics, Traceback};
use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

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
    pub(super) file: OwnedFd,
    pub(super) panics: Panics,
    pub(super) traceback: Option<Traceback>,
    pub(super) monitor: Option<Monitor>,
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
        Self::descriptor(file)
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
    pub fn descriptor(descriptor: impl Into<OwnedFd>) -> Result<Self, Error> {
        let file = descriptor.into();
        check(&file)?;
        Ok(Self { file, panics: Panics::default(), traceback: None, monitor: None })
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

    /// Has a second process watch this one.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }
}

fn check(file: &OwnedFd) -> Result<(), Error> {
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

fn is_regular(file: &OwnedFd) -> bool {
    // SAFETY: plain data, all zeroes are valid.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: writes into the local.
    let known = unsafe { libc::fstat(file.as_raw_fd(), &raw mut status) } == 0;
    !known || status.st_mode & libc::S_IFMT == libc::S_IFREG
}

/// What the descriptor refers to, for messages.
fn target(file: &OwnedFd) -> PathBuf {
    let number = file.as_raw_fd();
    std::fs::read_link(format!("/proc/self/fd/{number}")).unwrap_or_else(|_| format!("fd {number}").into())
}

/// A copy of `descriptor` that children do not inherit, with a number that programs seldom use by hand.
pub(super) fn duplicate(descriptor: BorrowedFd<'_>) -> Result<OwnedFd, Error> {
    [100, 3]
        .into_iter()
        .map(|lowest| {
            // SAFETY: makes a new descriptor, which belongs to the caller.
            unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) }
        })
        .find(|copy| *copy >= 0)
        // SAFETY: nobody else has it.
        .map(|copy| unsafe { OwnedFd::from_raw_fd(copy) })
        .ok_or_else(|| Error::last("fcntl(F_DUPFD_CLOEXEC)"))
}

#[cfg(test)]
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
