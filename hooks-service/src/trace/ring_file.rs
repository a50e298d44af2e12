//! The recorder's memory as a file that has a name: it is there when the process is gone, however that ended.

use super::error::Error;
use crate::process::file::owner_only;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// An empty file of so many bytes. What an earlier process left there is beside it, under the same name with `.previous`.
pub(super) fn create(path: &Path, bytes: u64) -> Result<File, Error> {
    make(path, bytes).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn make(path: &Path, bytes: u64) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|old| old.len() > 0) {
        // Of a process that lives it stays.
        lock(&owner_only().write(true).open(path)?)?;
        let mut previous = path.as_os_str().to_owned();
        previous.push(".previous");
        fs::rename(path, previous)?;
    }
    let file = owner_only().read(true).write(true).create(true).truncate(true).open(path)?;
    lock(&file)?;
    reserve(&file, bytes)?;
    Ok(file)
}

/// Whether this file is still the one with this name.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let both = (file.metadata(), fs::metadata(path));
        matches!(both, (Ok(ours), Ok(named)) if (ours.dev(), ours.ino()) == (named.dev(), named.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        false
    }
}

/// Until the process ends, or closes the file, which it does where it recovers what it records itself; its children have no part in
/// it, and may live longer. That of another process is an error.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: all zeroes is a lock of nothing.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    #[allow(clippy::cast_possible_truncation, reason = "a small number, of another type on each system")]
    {
        (lock.l_type, lock.l_whence) = (libc::F_WRLCK as _, libc::SEEK_SET as _);
    }
    // SAFETY: reads the local.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw const lock) } == 0 {
        return Ok(());
    }
    match io::Error::last_os_error() {
        error if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => {
            Err(io::Error::new(io::ErrorKind::WouldBlock, "another process records into it"))
        }
        // A file system without locks.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn lock(_: &File) -> io::Result<()> {
    Ok(())
}

/// A disk that is full later would end the process by `SIGBUS`: what is mapped has its place from the start.
#[cfg(target_os = "linux")]
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let bytes = libc::off64_t::try_from(bytes).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    // SAFETY: touches no memory.
    match unsafe { libc::posix_fallocate64(file.as_raw_fd(), 0, bytes) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
