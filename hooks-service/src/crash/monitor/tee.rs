//! The monitor as the one that writes stderr: what comes goes to where stderr went and to the crash output.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

/// The pipe that is the stderr of the process that is watched.
pub(super) struct Tee {
    pipe: File,
}

impl Tee {
    /// # Safety
    /// `descriptor` is the pipe that was passed for this, and nobody else's.
    pub(super) unsafe fn new(descriptor: RawFd) -> io::Result<Self> {
        // SAFETY: the caller's promise.
        let pipe = unsafe { File::from_raw_fd(descriptor) };
        // SAFETY: sets flags of our own descriptor.
        if unsafe { libc::fcntl(descriptor, libc::F_SETFL, libc::O_NONBLOCK) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { pipe })
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.pipe.as_raw_fd()
    }

    /// Copies what is there; `false` at the end: nobody holds the other end any more.
    pub(super) fn copy(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        loop {
            match self.pipe.read(&mut bytes) {
                Ok(0) => return false,
                Ok(count) => both(&bytes[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }
}

/// Writes to stderr and to the crash output, which is the monitor's stdout. If one of them cannot take it the other
/// still does.
pub(super) fn both(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
    let mut output = io::stdout();
    let _ = output.write_all(bytes);
    let _ = output.flush();
}
