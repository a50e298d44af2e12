//! A file that is in its folder once it is whole, for its owner only: labels may say who asks for what.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const OWNER_ONLY: u32 = 0o600;

/// See the module. Dropped before it is kept it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Next {
    file: File,
    /// Where the file system knows no files without a name: the one that it has until it is whole.
    partial: Option<PathBuf>,
}

impl Next {
    /// A file without a name, before it is needed: whenever the process ends, nothing is left of it. `None`: the folder can be
    /// written to, but its file system has no such files (NFS for one).
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
        let file =
            OpenOptions::new().write(true).custom_flags(libc::O_TMPFILE).mode(OWNER_ONLY).open(folder)?;
        Ok(Self { file, partial: None })
    }

    fn named(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!(".stacks-{}.partial", std::process::id()));
        let create = || OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&path);
        let file = create().or_else(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                return Err(error);
            }
            // Left by a process of this number that was killed, or a link that somebody laid: gone, and not followed.
            std::fs::remove_file(&path)?;
            create()
        })?;
        Ok(Self { file, partial: Some(path) })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// It is whole: it gets its name.
    pub(super) fn keep(&mut self, path: &Path) -> io::Result<()> {
        if let Some(partial) = &self.partial {
            std::fs::rename(partial, path)?;
            self.partial = None;
            return Ok(());
        }
        let from = CString::new(format!("/proc/self/fd/{}", self.file.as_raw_fd()))?;
        let to = CString::new(path.as_os_str().as_bytes())?;
        let (here, follow) = (libc::AT_FDCWD, libc::AT_SYMLINK_FOLLOW);
        // SAFETY: paths that end.
        match unsafe { libc::linkat(here, from.as_ptr(), here, to.as_ptr(), follow) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            let _ = std::fs::remove_file(partial);
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
            let mut next = open(folder.path()).unwrap();
            next.file().write_all(b"whole").unwrap();
            let path = folder.path().join("dump.txt");
            next.keep(&path).unwrap();
            assert_eq!(names(folder.path()), ["dump.txt"]);
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, OWNER_ONLY);
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
        Next::named(folder.path()).unwrap().file().write_all(b"dump").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert_eq!(names(folder.path()), ["victim"]);
    }
}
