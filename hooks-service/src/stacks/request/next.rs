//! A file that is in its folder once it is whole, for its owner only: labels may say who asks for what.

use crate::process::descriptor::Guarded;
use crate::process::file::{Partial, owner_only};
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// See the module. Dropped before it is kept it leaves nothing behind.
#[derive(Debug)]
pub(super) enum Next {
    /// Whenever the process ends, nothing is left of it.
    Unnamed(Guarded),
    /// Where the file system knows no files without a name.
    Named(Partial),
}

impl Next {
    /// A file without a name, before it is needed. `None`: the folder can be written to, but its file system has no such files
    /// (NFS for one).
    pub(super) fn ahead(folder: &Path) -> io::Result<Option<Self>> {
        match Self::unnamed(folder) {
            Ok(next) => Ok(Some(next)),
            Err(error) if has_no_unnamed(&error) => Self::named(folder).map(|_| None),
            Err(error) => Err(error),
        }
    }

    /// A file for a dump that is there.
    pub(super) fn now(folder: &Path) -> io::Result<Self> {
        match Self::unnamed(folder) {
            Err(error) if has_no_unnamed(&error) => Self::named(folder),
            result => result,
        }
    }

    fn unnamed(folder: &Path) -> io::Result<Self> {
        let file = owner_only().write(true).custom_flags(libc::O_TMPFILE).open(folder)?;
        Guarded::new(file.into()).map(Self::Unnamed)
    }

    fn named(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!(".stacks-{}.partial", std::process::id()));
        Partial::create(path, owner_only().write(true)).map(Self::Named)
    }

    /// Whether the program has not closed it.
    pub(super) fn is_open(&self) -> bool {
        self.number().is_ok()
    }

    /// The file, which is closed when this is dropped.
    pub(super) fn file(&self) -> io::Result<ManuallyDrop<File>> {
        // SAFETY: open as long as `self` is there, and not closed by this.
        self.number().map(|number| ManuallyDrop::new(unsafe { File::from_raw_fd(number) }))
    }

    fn number(&self) -> io::Result<RawFd> {
        match self {
            Self::Unnamed(file) => file.number().ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF)),
            Self::Named(partial) => Ok(partial.file.as_raw_fd()),
        }
    }

    /// It is whole: it gets its name.
    pub(super) fn keep(&self, path: &Path) -> io::Result<()> {
        if let Self::Named(partial) = self {
            return partial.keep(path);
        }
        let from = CString::new(format!("/proc/self/fd/{}", self.number()?))?;
        let to = CString::new(path.as_os_str().as_bytes())?;
        let (here, follow) = (libc::AT_FDCWD, libc::AT_SYMLINK_FOLLOW);
        // SAFETY: paths that end.
        match unsafe { libc::linkat(here, from.as_ptr(), here, to.as_ptr(), follow) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// What file systems, and kernels that have never heard of it, say to a file without a name.
fn has_no_unnamed(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    fn names(folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_is_there_once_it_is_whole_and_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        for open in [Next::unnamed, Next::named] {
            drop(open(folder.path()).unwrap());
            assert!(names(folder.path()).is_empty(), "nothing is left of one that was not kept");
            let next = open(folder.path()).unwrap();
            next.file().unwrap().write_all(b"whole").unwrap();
            let path = folder.path().join("dump.txt");
            next.keep(&path).unwrap();
            assert_eq!(names(folder.path()), ["dump.txt"]);
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
            assert_eq!(std::fs::read(&path).unwrap(), b"whole");
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_link_that_somebody_laid_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        let partial = format!(".stacks-{}.partial", std::process::id());
        std::os::unix::fs::symlink(&victim, folder.path().join(partial)).unwrap();
        Next::named(folder.path()).unwrap().file().unwrap().write_all(b"dump").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert_eq!(names(folder.path()), ["victim"]);
    }
}
