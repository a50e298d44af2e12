//! Where the next dump goes, open before there is one.

use super::next::Next;
use crate::process::descriptor::{Guarded, duplicate};
use crate::process::utc::Utc;
use crate::stacks::dump::Dump;
use crate::stacks::target::Place;
use std::fs::File;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, FromRawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// How long nobody may read: a dump, and a line that there is none.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(1));
/// What a pipe takes without waiting, where it takes anything.
const AT_ONCE: usize = 4096;
/// How often it is looked whether it is to end, in milliseconds.
const LOOK: i32 = 100;

/// See the module.
#[derive(Debug)]
pub(super) struct Output {
    /// As it was at the start.
    stderr: Guarded,
    folder: Option<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    next: Option<Next>,
}

impl Output {
    pub(super) fn open(place: &Place) -> io::Result<Self> {
        let stderr = Guarded::new(duplicate(io::stderr().as_fd())?)?;
        let folder = match place {
            Place::Stderr => None,
            Place::Folder(path) => Some(Folder::open(path)?),
        };
        Ok(Self { stderr, folder })
    }

    /// Ends early once `stopping`.
    pub(super) fn write(&mut self, dump: &Dump, stopping: &AtomicBool) -> io::Result<()> {
        let write = |file: &File| dump.write_text(PatientWriter { file, patience: PATIENCE.0, stopping });
        match &mut self.folder {
            None => write(&self.stderr()),
            Some(folder) => folder.write(write),
        }
    }

    /// Says on standard error that there is no dump.
    pub(super) fn complain(&self, reason: &str, stopping: &AtomicBool) {
        let mut stderr = PatientWriter { file: &self.stderr(), patience: PATIENCE.1, stopping };
        let _ = stderr.write_all(format!("hooks: no stack dump: {reason}\n").as_bytes());
    }

    /// Where the program has closed ours, what it has for standard error now.
    fn stderr(&self) -> ManuallyDrop<File> {
        let number = self.stderr.number().unwrap_or(libc::STDERR_FILENO);
        // SAFETY: used while `self` has it, or the process's; not closed by this.
        ManuallyDrop::new(unsafe { File::from_raw_fd(number) })
    }
}

impl Folder {
    fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        let next = Next::ahead(&path)?;
        Ok(Self { path, next })
    }

    /// The file gets its name once it is whole, and the next one is opened.
    fn write(&mut self, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        let next = match self.next.take().filter(Next::is_open) {
            Some(next) => next,
            None => Next::now(&self.path)?,
        };
        write(&*next.file()?)?;
        let mut kept = next.keep(&self.path.join(name()));
        // By a process of this number before.
        while kept.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
            kept = next.keep(&self.path.join(name()));
        }
        kept?;
        // Its descriptor is free for the next one, unless there are others again.
        drop(next);
        self.next = Next::ahead(&self.path).unwrap_or_default();
        Ok(())
    }
}

/// A new one at each call.
fn name() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time: String =
        Utc(SystemTime::now()).to_string().chars().filter(|mark| !"-:".contains(*mark)).collect();
    format!("stacks-{time}-{}-{number}.txt", std::process::id())
}

/// Writes that fail if nobody has read for so long, or once the writer is to stop.
struct PatientWriter<'a> {
    file: &'a File,
    patience: Duration,
    stopping: &'a AtomicBool,
}

impl PatientWriter<'_> {
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

impl Write for PatientWriter<'_> {
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
