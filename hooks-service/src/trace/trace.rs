//! A trace that is written while it is recorded.

use super::engine::{self, LEAST, Reader, Reading, Wanted};
use super::error::Error;
use super::flusher;
use super::source::{Settings, Sources};
use super::stream::{self, Beginning, Bounds, Shared};
use super::summary::Summary;
use crate::process::say;
use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A trace that is being recorded, and written by a thread of its own. Go: `trace.Start` and `trace.Stop`.
///
/// One in a process at a time; a [`FlightRecorder`](super::FlightRecorder) may run beside it. Dropping it stops and flushes it;
/// an error then goes to standard error. So does the way out of [`hooks_runtime::exit()`], for one that nobody has stopped.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// # let path = std::env::temp_dir().join("hooks-doc-trace.pftrace");
/// use hooks_service::trace::Trace;
///
/// let trace = Trace::builder().start(std::fs::File::create(&path)?)?;
/// // .. what is to be seen: the file opens in ui.perfetto.dev ..
/// let done = trace.stop()?;
/// println!("{done}");
/// # std::fs::remove_file(path)?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping a trace stops it"]
pub struct Trace {
    reading: Arc<Reading>,
    shared: Arc<Shared>,
    /// `None` once it was stopped.
    thread: Option<JoinHandle<()>>,
    patience: Duration,
}

/// How a trace is to be recorded, see [`Trace::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `start`"]
pub struct TraceBuilder {
    buffer_bytes: u64,
    max_bytes: u64,
    max_duration: Option<Duration>,
    rate: u64,
    patience: Duration,
    sources: Settings,
}

impl Trace {
    /// A builder: a buffer of 16 MiB, at most 1 GiB.
    pub fn builder() -> TraceBuilder {
        TraceBuilder {
            buffer_bytes: 16 << 20,
            max_bytes: 1 << 30,
            max_duration: None,
            rate: 64 << 20,
            patience: Duration::from_secs(10),
            sources: Settings::default(),
        }
    }

    /// Whether it has ended by itself: by its bounds, or as it could not be written. [`stop`](Self::stop) says why.
    ///
    /// Cost: a lock that is held for moments.
    pub fn has_ended(&self) -> bool {
        self.shared.has_ended()
    }

    /// What became of it so far.
    pub fn summary(&self) -> Summary {
        self.shared.summary()
    }

    /// Stops recording, has what is left written, and says what became of it.
    ///
    /// Waits for the writer, as long as it takes some of what is left every 10 seconds (see
    /// [`writer_timeout`](TraceBuilder::writer_timeout)).
    ///
    /// # Errors
    /// What ended it before: [`Error::Write`], [`Error::WriterPanicked`]; [`Error::WriterBlocks`], whose thread is left behind;
    /// each with a [`Summary`] of what there is. [`Error::Forked`] in a forked child of the process that started it.
    pub fn stop(mut self) -> Result<Summary, Error> {
        self.end()
    }

    fn end(&mut self) -> Result<Summary, Error> {
        let Some(thread) = self.thread.take() else { return Ok(self.summary()) };
        if let Err(error) = self.reading.check_process() {
            // It is not of this process.
            std::mem::forget(thread);
            return Err(error);
        }
        self.shared.ask_to_end();
        let ended = self.shared.wait_for_end(self.patience);
        flusher::forget(&self.shared);
        // For a thread that is left behind nothing is recorded any more.
        self.reading.stop();
        if !matches!(ended, Err(Error::WriterBlocks { .. })) {
            let _ = thread.join();
        }
        ended
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        match self.end() {
            Ok(_) | Err(Error::Forked { .. }) => {}
            Err(error) => say(format_args!("{error}")),
        }
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("has_ended", &self.has_ended()).finish_non_exhaustive()
    }
}

impl TraceBuilder {
    /// Memory for events that are not written yet, at least 256 KiB; 16 MiB by default. It is for all threads: each that
    /// records holds 16 KiB of it. Where a flight recorder runs already, its memory is used.
    ///
    /// Go: chosen by the runtime.
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what is too small.
    pub fn buffer_bytes(mut self, bytes: u64) -> Self {
        self.buffer_bytes = bytes;
        self
    }

    /// Most bytes that are written, at least 64 KiB; 1 GiB by default. The trace ends before it would be more: it was left on.
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what is too small.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The trace ends by itself after this time. Without it, it does not.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = Some(duration);
        self
    }

    /// Most bytes that are written in a second, after the first; 64 MiB by default. Events that come faster for longer than
    /// the buffer holds them are dropped, and counted.
    pub fn max_rate(mut self, bytes_per_second: u64) -> Self {
        self.rate = bytes_per_second;
        self
    }

    /// How long [`stop`](Trace::stop) waits for a writer that takes nothing: 10 seconds by default.
    pub fn writer_timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout;
        self
    }

    /// Puts samples of the CPU profiler on a track of each thread, so many for each second of its processor time, with names that
    /// are looked up at the end. Off by default; 100 is a good number. Profiles may run beside it.
    ///
    /// Go: what `trace.Start` shows of a CPU profile that runs meanwhile.
    ///
    /// # Cost
    /// That of a CPU profile at this frequency; a stack is kept once, and 24 bytes for each sample, 64 MiB at most.
    ///
    /// # Errors
    /// [`start`](Self::start) has those of the [sampler](crate::profile::SamplerError), as [`Error::CpuSamples`].
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let trace = hooks_service::trace::Trace::builder().cpu_samples(100).start(std::io::sink())?;
    /// trace.stop()?;
    /// # }
    /// # Ok::<(), hooks_service::trace::Error>(())
    /// ```
    #[cfg(feature = "profile")]
    pub fn cpu_samples(mut self, hz: u32) -> Self {
        self.sources.cpu_samples = Some(hz);
        self
    }

    /// Puts on a track of each thread when it ran and on which processor, when it waited, and when it could have run and had
    /// none. Off by default. Where the kernel does not tell (`perf_event_open` is not allowed, a filter of system calls stands
    /// before it), the trace has no such tracks, and a note that says why.
    ///
    /// Go: the tracks of Ps and Ms, as the runtime sees them; what the kernel does is not seen.
    ///
    /// # Cost
    /// 68 KiB of locked memory for each thread, and some 100 ns each time that the kernel puts another thread on a processor.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let trace = hooks_service::trace::Trace::builder().thread_states(true).start(std::io::sink())?;
    /// trace.stop()?;
    /// # }
    /// # Ok::<(), hooks_service::trace::Error>(())
    /// ```
    pub fn thread_states(mut self, on: bool) -> Self {
        self.sources.thread_states = on;
        self
    }

    /// Starts recording, and a thread (`hooks-trace`) that writes to `writer`: whole packets, so that what was written opens,
    /// wherever it is cut. It is flushed and dropped at the end. Go: `trace.Start`.
    ///
    /// Events of the writer's thread are not recorded.
    ///
    /// # Cost
    /// The memory of the buffer as far as it is used, a thread, and an event of a few nanoseconds for each that is recorded.
    ///
    /// # Errors
    /// [`Error::AlreadyRuns`], [`Error::TooSmall`], [`Error::RecordsNothing`], [`Error::Unsupported`], [`Error::Kernel`] where
    /// there is no memory or no thread.
    pub fn start(self, writer: impl Write + Send + 'static) -> Result<Trace, Error> {
        let (reading, shared, beginning) = self.begin()?;
        let (bounds, patience) = (self.bounds(), self.patience);
        let run = {
            let (reading, shared) = (Arc::clone(&reading), Arc::clone(&shared));
            move || stream::run(reading, &shared, beginning, bounds, writer)
        };
        let thread = thread::Builder::new().name("hooks-trace".into()).spawn(run);
        let thread = Some(thread.map_err(Error::kernel("thread spawn"))?);
        flusher::watch(&shared, patience);
        Ok(Trace { reading, shared, thread, patience })
    }

    fn begin(&self) -> Result<(Arc<Reading>, Arc<Shared>, Beginning), Error> {
        const LEAST_FILE: u64 = 64 << 10;
        at_least("buffer_bytes", self.buffer_bytes, LEAST as u64)?;
        at_least("max_bytes", self.max_bytes, LEAST_FILE)?;
        let bytes = usize::try_from(self.buffer_bytes).unwrap_or(usize::MAX);
        let reading = Arc::new(engine::start(Reader::Trace, Wanted::Bytes(bytes))?);
        let shared = Arc::new(Shared::new(&reading));
        let beginning = Beginning::new(&reading, Sources::start(self.sources)?);
        Ok((reading, shared, beginning))
    }

    fn bounds(&self) -> Bounds {
        Bounds { max_bytes: self.max_bytes, max_duration: self.max_duration, rate: self.rate }
    }
}

pub(super) fn at_least(setting: &'static str, bytes: u64, least: u64) -> Result<(), Error> {
    if bytes < least { Err(Error::TooSmall { setting, bytes, least }) } else { Ok(()) }
}

/// Records for so long, and writes it to `writer`: what a request handler does. Returns when it is written.
///
/// Go: `/debug/pprof/trace?seconds=..` of `net/http/pprof`.
///
/// # Errors
/// Those of [`TraceBuilder::start`] and [`Trace::stop`]. A writer that blocks is waited for.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use std::time::Duration;
///
/// let mut file = Vec::new();
/// let done = hooks_service::trace::capture_for(Duration::from_millis(20), &mut file)?;
/// assert_eq!(done.bytes, file.len() as u64);
/// # }
/// # Ok::<(), hooks_service::trace::Error>(())
/// ```
pub fn capture_for(duration: Duration, writer: impl Write + Send) -> Result<Summary, Error> {
    let builder = Trace::builder().max_duration(duration);
    let (reading, shared, beginning) = builder.begin()?;
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("hooks-trace".into());
        let run = || stream::run(reading, &shared, beginning, builder.bounds(), writer);
        thread.spawn_scoped(scope, run).map(drop).map_err(Error::kernel("thread spawn"))
    })?;
    shared.wait_for_end(Duration::MAX)
}
