//! Why nothing is traced, or not any more.

use super::summary::Summary;
use std::io;
use std::path::PathBuf;

/// Why a trace or a flight recorder could not be started, or what ended it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A process has one of them at a time.
    #[error("a {what} runs in this process already: it is to be stopped first")]
    AlreadyRuns {
        /// `"trace"` or `"flight recorder"`.
        what: &'static str,
    },
    /// So little memory has no room for the events of a few threads.
    #[error("{setting} is {bytes}: a recorder needs at least {least} bytes")]
    TooSmall {
        /// The setting.
        setting: &'static str,
        /// What was asked for.
        bytes: u64,
        /// What is needed.
        least: u64,
    },
    /// An event was recorded at the start, and is not there: this thread may not record, or it was linked with another copy
    /// of `hooks-runtime`.
    #[error("the recorder does not record: the event of its self-test is not there")]
    RecordsNothing,
    /// The process had too many recorders of different sizes, whose memory it keeps.
    #[error(
        "the memory of 64 recorders is kept in this process, and none of it fits: give them all the same size"
    )]
    TooMany,
    /// What is written could not be.
    #[error("the trace ended, as it could not be written: {source}; {summary}")]
    Write {
        /// What the writer said.
        source: io::Error,
        /// What there is of it.
        summary: Box<Summary>,
    },
    /// The writer panicked.
    #[error("the trace ended, as its writer panicked: {message}; {summary}")]
    WriterPanicked {
        /// What it said.
        message: String,
        /// What there is of it.
        summary: Box<Summary>,
    },
    /// The writer did not return in time; its thread is left behind.
    #[error("the trace ended, as its writer has not returned for {seconds} s; {summary}")]
    WriterBlocks {
        /// How long it was waited for.
        seconds: u64,
        /// What there was of it, as far as it is known.
        summary: Box<Summary>,
    },
    /// Something is to be written when it trips, and the recorder was given no folder.
    #[error("{trigger}: the flight recorder has no directory to write to: give it one, `.directory(path)`")]
    NoDirectory {
        /// The method that asks for it.
        trigger: &'static str,
    },
    /// A file of the flight recorder could not be written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file, or the folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// What the file holds is not what a flight recorder left.
    #[error("{}: no trace can be made of it: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A trace of what another process left could not be written.
    #[error("the recovered trace could not be written: {source}")]
    Recovery {
        /// What the writer said.
        source: io::Error,
    },
    /// The signal cannot be caught, or tells of a fault.
    #[error("signal {signal} cannot be a trigger of the flight recorder: {source}")]
    Signal {
        /// Its number.
        signal: i32,
        /// What the kernel said, or of what the signal tells.
        source: io::Error,
    },
    /// It was started by the parent of this forked process.
    #[error("it belongs to process {parent}, of which this process is a fork")]
    Forked {
        /// Process id of the one that records.
        parent: u32,
    },
    /// A call to the kernel failed.
    #[error("{call} failed: {source}")]
    Kernel {
        /// The call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// Samples were asked for, and there are none.
    #[cfg(feature = "profile")]
    #[error("the trace was to have samples of processor time: {0}")]
    CpuSamples(#[source] crate::sampling::Error),
    /// This system has no such memory.
    #[error("nothing is traced on this system: a recorder needs Linux")]
    Unsupported,
}

impl Error {
    /// The failure of `call`, of which the kernel's reason is to come.
    pub(crate) fn kernel(call: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Kernel { call, source }
    }

    /// What there is of a trace that ended by this. `None`: it never began.
    pub fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Write { summary, .. }
            | Self::WriterPanicked { summary, .. }
            | Self::WriterBlocks { summary, .. } => Some(summary),
            _ => None,
        }
    }
}
