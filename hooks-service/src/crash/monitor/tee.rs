//! The monitor as the one that writes stderr: what comes goes to where stderr went and to the crash output.

use crate::crash::sink;
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
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

/// Writes to the crash output, which is the monitor's stdout, and to stderr, whose reader may be slow. If one of them
/// cannot take it the other still does.
pub(super) fn both(bytes: &[u8]) {
    // What the program's fn has printed comes before.
    let mut printed = io::stdout().lock();
    let _ = printed.flush();
    for descriptor in [libc::STDOUT_FILENO, libc::STDERR_FILENO] {
        // SAFETY: both are open for the life of the monitor, and are not closed here.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
        write_all(&file, bytes);
    }
}

/// A reader that is slow is waited for, also where the descriptor, which others may share, is one that does not wait.
fn write_all(mut file: &File, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                sink::ready(file.as_raw_fd(), libc::POLLOUT, -1);
            }
            Err(_) => return,
        }
    }
}
