//! Dumps on a signal: where they go, and what became of them.

use std::path::PathBuf;

/// Where dumps are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub(super) Place);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Stderr,
    Folder(PathBuf),
}

impl Target {
    /// The error stream, as it is when dumps are set up.
    pub fn stderr() -> Self {
        Self(Place::Stderr)
    }

    /// A folder that exists. Each dump is a file `stacks-TIME-PID-NUMBER.txt`, there once it is whole, that its owner
    /// alone may read. The file of the next dump is open beforehand, without a name; where the file system has no such files
    /// (NFS), it is opened when it is written, as `.stacks-PID.partial`.
    ///
    /// A process that has run out of descriptors can still say where it stands: a spare one is given up for what a dump has
    /// to open. If another thread takes that in this moment, threads are listed without names.
    ///
    /// ```no_run
    /// use hooks_service::stacks::{Target, on_signal};
    ///
    /// on_signal(libc::SIGUSR1, Target::dir("/var/lib/service/dumps"))?;
    /// # Ok::<(), hooks_service::stacks::Error>(())
    /// ```
    pub fn dir(path: impl Into<PathBuf>) -> Self {
        Self(Place::Folder(path.into()))
    }
}

/// What became of the requests for dumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// How often the signal's handler ran. The kernel merges what is sent before it does.
    pub received: u64,
    /// Dumps written.
    pub written: u64,
    /// Requests left out because a dump was being written or the last one was too recent.
    pub left_out: u64,
    /// Dumps that could not be taken or written.
    pub failed: u64,
    /// Requests of which none of this is known yet: their dump is being taken or written, or is about to be. What was received
    /// is the sum of all the others.
    pub under_way: u64,
}
