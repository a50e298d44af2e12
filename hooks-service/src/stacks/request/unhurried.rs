//! Writing to what somebody may read late, or never.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a pipe takes without waiting, where it takes anything.
const AT_ONCE: usize = 4096;
/// How often it is looked whether it is to end, in milliseconds.
const LOOK: i32 = 100;

/// Writes that fail if nobody has read for so long, or once the writer is to stop.
pub(super) struct Unhurried<'a> {
    pub(super) file: &'a File,
    pub(super) patience: Duration,
    pub(super) stopping: &'a AtomicBool,
}

impl Unhurried<'_> {
    fn is_ready(&self) -> bool {
        let mut ready = libc::pollfd { fd: self.file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: one entry, a local.
        unsafe { libc::poll(&raw mut ready, 1, LOOK) > 0 }
    }

    fn wait(&self) -> io::Result<()> {
        let start = Instant::now();
        while !self.is_ready() {
            if self.stopping.load(Ordering::Acquire) {
                return Err(io::Error::other("given up, nobody reads it"));
            }
            if start.elapsed() >= self.patience {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads it"));
            }
        }
        Ok(())
    }
}

impl Write for Unhurried<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            match self.file.write(&bytes[..bytes.len().min(AT_ONCE)]) {
                // Someone else was quicker.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
