//! `/proc/self/task`, open from before it is needed.

use crate::open_file::OpenFile;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::NonNull;

/// See the module.
pub(super) struct Folder {
    stream: NonNull<libc::DIR>,
    file: OpenFile,
}

// SAFETY: the stream is used by whoever has the folder, exclusively where it changes.
unsafe impl Send for Folder {}

impl Folder {
    pub(super) fn open() -> io::Result<Self> {
        // SAFETY: a path that ends. The stream is closed when this is dropped.
        let stream = unsafe { libc::opendir(c"/proc/self/task".as_ptr()) };
        let stream = NonNull::new(stream).ok_or_else(io::Error::last_os_error)?;
        // SAFETY: a stream that is open.
        let file = OpenFile::behind(unsafe { libc::dirfd(stream.as_ptr()) })?;
        Ok(Self { stream, file })
    }

    /// The numbers that are names in it, sorted.
    pub(super) fn numbers(&mut self) -> io::Result<Vec<libc::pid_t>> {
        if !self.is_open() {
            // Closed by a program that closes all descriptors: what has the number now is not to be touched.
            *self = Self::open()?;
        }
        // SAFETY: a stream that is open, and used here alone.
        unsafe { libc::rewinddir(self.stream.as_ptr()) };
        let mut numbers = Vec::new();
        // SAFETY: as above. An entry is valid until the next call, and its name ends.
        while let Some(entry) = unsafe { libc::readdir(self.stream.as_ptr()).as_ref() } {
            // SAFETY: as above.
            let name = unsafe { CStr::from_ptr(entry.d_name.as_ptr()) };
            // `.` and `..` are no numbers.
            numbers.extend(name.to_str().ok().and_then(|name| name.parse::<libc::pid_t>().ok()));
        }
        numbers.sort_unstable();
        // The caller's thread is there.
        if numbers.is_empty() { Err(io::Error::last_os_error()) } else { Ok(numbers) }
    }

    fn is_open(&self) -> bool {
        self.file.is_behind(self.as_raw_fd())
    }
}

impl AsRawFd for Folder {
    fn as_raw_fd(&self) -> RawFd {
        // SAFETY: a stream that is open.
        unsafe { libc::dirfd(self.stream.as_ptr()) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_open() {
            // SAFETY: open, and not used any more.
            unsafe { libc::closedir(self.stream.as_ptr()) };
        }
    }
}
