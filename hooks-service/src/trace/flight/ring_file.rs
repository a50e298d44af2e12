//! The recorder's memory as a file that has a name: it is there when the process is gone, however that ended.

use super::super::error::Error;
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
        let mut previous = path.as_os_str().to_owned();
        previous.push(".previous");
        fs::rename(path, previous)?;
    }
    let file = owner_only().read(true).write(true).create(true).truncate(true).open(path)?;
    reserve(&file, bytes)?;
    Ok(file)
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
