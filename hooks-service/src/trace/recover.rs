//! What a process recorded last, of one that is gone: from the memory that its recorder had, which outlives it.

use super::clock::Timeline;
use super::error::Error;
use super::export::Export;
use hooks_runtime::trace::observe::Area;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// What was found of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Id of the process.
    pub process: u32,
    /// Events that are in the trace.
    pub events: u64,
    /// Events that were recorded and are not: they were overwritten, or there was no memory for them.
    pub dropped: u64,
    /// Threads that are in it.
    pub threads: u64,
    /// From the first event that is in it to the last.
    pub covers: Duration,
}

/// Makes a trace of the file that a flight recorder with a
/// [`ring_file`](super::FlightRecorderBuilder::ring_file) has left, however its process ended: also by `SIGKILL` or for want of
/// memory. Of a process that lives it has what there is at this moment, but for events whose place is taken by others while the
/// file is read: those are among the dropped ones.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// # let folder = tempfile::tempdir()?;
/// # let ring = folder.path().join("ring");
/// use hooks_service::trace::{FlightRecorder, recover};
///
/// let recorder = FlightRecorder::builder().ring_file(&ring).start()?;
/// // .. the process dies; another one, or its next start, finds the file ..
/// # drop(recorder);
/// let mut trace = Vec::new();
/// let found = recover(&ring, &mut trace)?;
/// assert_eq!(found.process, std::process::id());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::File`] where the file cannot be read; [`Error::Unreadable`] where it is no such file, was cut off, or is of another
/// version of this crate; [`Error::Recovery`] where the trace cannot be written.
///
/// # Cost
/// The file is read into memory, twice, and the trace is put together there before it is written.
pub fn recover(path: impl AsRef<Path>, mut writer: impl Write) -> Result<Recovered, Error> {
    let path = path.as_ref();
    let words = read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    let (trace, found) =
        trace_of(words.get()).map_err(|reason| Error::Unreadable { path: path.to_owned(), reason })?;
    let written = writer.write_all(&trace).and_then(|()| writer.flush());
    written.map_err(|source| Error::Recovery { source })?;
    Ok(found)
}

/// What the file holds, without what changed while it was read.
fn read(path: &Path) -> io::Result<Words> {
    let mut file = File::open(path)?;
    let words = Words::read(&mut file)?;
    forget_changed(&words, &Words::read(&mut file)?);
    Ok(words)
}

/// A chunk that another thread took in between may be of both.
fn forget_changed(words: &Words, later: &Words) {
    let (Ok(area), Ok(later)) = (Area::open(words.get()), Area::open(later.get())) else { return };
    let sequence =
        |area: &Area, chunk| area.read(chunk, usize::MAX, &mut Vec::new()).map(|head| head.sequence);
    let is_changed = |chunk: &usize| sequence(&area, *chunk) != sequence(&later, *chunk);
    (0..area.count()).filter(is_changed).for_each(|chunk| area.forget(chunk));
}

/// Memory that lives as long as this, though an area asks for more: nobody has one of it afterwards.
struct Words(*mut [AtomicU64]);

impl Words {
    fn read(file: &mut File) -> io::Result<Self> {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        let words = bytes.as_chunks().0.iter().map(|word| AtomicU64::new(u64::from_ne_bytes(*word)));
        Ok(Self(Box::into_raw(words.collect())))
    }

    fn get(&self) -> &'static [AtomicU64] {
        // SAFETY: made by `read`, and there until `self` is dropped: areas of it are those of functions here, which return before.
        unsafe { &*self.0 }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: as above: nobody has it any more.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// The trace of an area in these words, which may be anything.
pub(crate) fn trace_of(words: &'static [AtomicU64]) -> Result<(Vec<u8>, Recovered), String> {
    let area = Area::open(words).map_err(|malformed| malformed.to_string())?;
    let start = area.start().ok_or("its clock is none")?;
    let mut trace = Vec::new();
    let mut export = Export::whole(&area, Timeline::of(&area, None), &mut trace);
    while export.round(usize::MAX, &mut trace).is_break() {}
    export.finish(&mut trace);
    let counts = export.counts();
    let dropped = area.dropped().saturating_add(area.events().saturating_sub(counts.read));
    let covers = Duration::from_nanos(export.covers());
    Ok((
        trace,
        Recovered { process: start.process, events: counts.events, dropped, threads: counts.threads, covers },
    ))
}

/// The same, of memory that a process has given away, into a file.
#[cfg_attr(not(feature = "crash"), allow(dead_code, reason = "for the monitor"))]
pub(crate) fn write_memory(words: &'static [AtomicU64], path: &Path) -> io::Result<Recovered> {
    let (trace, found) = trace_of(words).map_err(io::Error::other)?;
    crate::process::file::write_whole(path, |file| file.write_all(&trace))?;
    Ok(found)
}
