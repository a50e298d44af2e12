//! What the process recorded last: the monitor has the memory that it recorded into, which outlives it, and makes a trace of
//! that beside the report.

use std::fmt;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Of the process that is watched; nothing, as long as no recorder runs.
#[derive(Default)]
pub(super) struct Memory(Option<imp::Memory>);

/// What became of it.
pub(super) enum Trace {
    /// No recorder ran.
    None,
    Written(PathBuf, String),
    Failed(String),
}

impl Memory {
    /// The process records into this now, or into nothing.
    pub(super) fn take(&mut self, descriptor: Option<OwnedFd>) {
        self.0 = descriptor.and_then(imp::Memory::of);
    }

    /// Writes a trace beside the crash output, if that is a file.
    pub(super) fn write(&self, process: i32) -> Trace {
        let Some(memory) = &self.0 else { return Trace::None };
        let Some(report) = crash_output() else {
            return Trace::Failed("the crash output is no file to write it beside".to_owned());
        };
        let mut path = report.into_os_string();
        path.push(format!(".{process}.pftrace"));
        let path = PathBuf::from(path);
        match memory.write(&path) {
            Ok(told) => Trace::Written(path, told),
            Err(error) => Trace::Failed(format!("{}: {error}", path.display())),
        }
    }
}

/// The file that the monitor writes to.
fn crash_output() -> Option<PathBuf> {
    let path = fs::read_link("/proc/self/fd/1").ok()?;
    path.metadata().is_ok_and(|file| file.is_file()).then_some(path)
}

/// A line for the report.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Written(path, told) => writeln!(f, "trace: {told} in {}", path.display()),
            Self::Failed(error) => writeln!(f, "trace: none could be written: {error}"),
        }
    }
}

#[cfg(feature = "trace")]
pub(in crate::crash) mod imp {
    use crate::crash::monitor::received;
    use crate::crash::sink::MONITOR;
    use crate::crash::wire::{Kind, Message};
    use crate::trace::{engine, memory, recover};
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::path::Path;

    pub(super) struct Memory(memory::Memory);

    impl Memory {
        pub(super) fn of(descriptor: OwnedFd) -> Option<Self> {
            let file = File::from(descriptor);
            let words = usize::try_from(file.metadata().ok()?.len() / 8).ok()?;
            memory::Memory::of_file(file, words).ok().map(Self)
        }

        pub(super) fn write(&self, path: &Path) -> io::Result<String> {
            let found = recover::write_memory(self.0.words(), path)?;
            let seconds = found.covers.as_secs_f64();
            Ok(format!("the last {seconds:.1} s, {} events of {} threads", found.events, found.threads))
        }
    }

    /// The monitor, which is in use by now, has the memory of each recorder from its start on: there is no time for it at the
    /// end of a process that is killed.
    pub(in crate::crash) fn hand_over() {
        engine::bequeath_to(|memory| {
            let Some(monitor) = MONITOR.get() else { return };
            let message = Message::new(Kind::Trace);
            match memory {
                Some(file) => received::send(monitor, message.finished(), file.as_raw_fd()),
                None => crate::crash::sink::send(monitor, &message),
            }
        });
    }
}

#[cfg(not(feature = "trace"))]
pub(in crate::crash) mod imp {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    pub(super) enum Memory {}

    impl Memory {
        pub(super) fn of(_: OwnedFd) -> Option<Self> {
            None
        }

        pub(super) fn write(&self, _: &Path) -> io::Result<String> {
            match *self {}
        }
    }

    pub(in crate::crash) fn hand_over() {}
}
