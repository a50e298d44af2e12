//! How a flight recorder is to be.

use std::path::PathBuf;
use std::time::Duration;

/// How a flight recorder is to be, see [`FlightRecorder::builder`](super::FlightRecorder::builder).
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::trace::FlightRecorder;
/// use std::time::Duration;
///
/// let recorder = FlightRecorder::builder()
///     .min_age(Duration::from_secs(5))
///     .directory(std::env::temp_dir())
///     .on_panic()
///     .on_signal(libc::SIGUSR2)
///     .watchdog(Duration::from_millis(500))
///     .start()?;
/// # drop(recorder);
/// # }
/// # Ok::<(), hooks_service::trace::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `start`"]
pub struct FlightRecorderBuilder {
    pub(super) min_age: Duration,
    pub(super) max_bytes: u64,
    pub(super) ring_file: Option<PathBuf>,
    pub(super) directory: Option<PathBuf>,
    pub(super) name: Option<String>,
    pub(super) interval: Duration,
    pub(super) keep: usize,
    pub(super) on_panic: bool,
    pub(super) on_slow: bool,
    pub(super) on_signal: Option<i32>,
    pub(super) watchdog: Option<Duration>,
}

impl FlightRecorderBuilder {
    pub(super) fn new() -> Self {
        Self {
            min_age: Duration::from_secs(10),
            max_bytes: 16 << 20,
            ring_file: None,
            directory: None,
            name: None,
            interval: Duration::from_secs(30),
            keep: 10,
            on_panic: false,
            on_slow: false,
            on_signal: None,
            watchdog: None,
        }
    }

    /// How far back a snapshot goes, if that much fits: 10 seconds by default. Go: `FlightRecorderConfig.MinAge`, which is a
    /// hint.
    pub fn min_age(mut self, age: Duration) -> Self {
        self.min_age = age;
        self
    }

    /// Most bytes of the recorder's memory, and of a file that it writes: 16 MiB by default, at least 256 KiB. This bound comes
    /// before the other. Go: `FlightRecorderConfig.MaxBytes`, which is a hint.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The recorder's memory is this file, on a disk: [`recover`](crate::trace::recover) makes a trace of it when the process is gone,
    /// also by `SIGKILL` or for want of memory, without a [monitor](mod@crate::crash). What an earlier process left there is renamed to
    /// the same with `.previous` at its end.
    ///
    /// The kernel writes what changes to the disk every some seconds. Nobody may cut the file while the process lives: that would end
    /// it by `SIGBUS`. No [`Trace`](crate::trace::Trace) may run at the start: its memory would be used.
    pub fn ring_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ring_file = Some(path.into());
        self
    }

    /// Where triggers write: a folder that is there.
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// What the names of files begin with: the program's by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The least time between two files of one trigger: 30 seconds by default. What trips meanwhile is left out, and counted; a slow
    /// region does not keep a panic from its file. What the program [trips itself](crate::trace::FlightRecorder::trigger) is one
    /// trigger.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How many files of each trigger are kept: 10 by default, those of earlier runs among them. Of all five that is 800 MiB at
    /// most, if [`max_bytes`](Self::max_bytes) is not set.
    pub fn keep(mut self, files: usize) -> Self {
        self.keep = files;
        self
    }

    /// A panic trips it, also one that is caught. The hook that is there is called as before.
    ///
    /// On the main thread, and where panics abort, the panic waits up to 2 seconds for the file.
    pub fn on_panic(mut self) -> Self {
        self.on_panic = true;
        self
    }

    /// A region that takes longer than its `slow = ".."` trips it.
    pub fn on_slow(mut self) -> Self {
        self.on_slow = true;
        self
    }

    /// This signal trips it. A handler that it has already is called after ours.
    ///
    /// # Errors
    /// [`start`](Self::start) refuses what tells of a fault, and of those that ask a program to end (`SIGTERM`, `SIGINT`, `SIGHUP`,
    /// `SIGQUIT`) what the program has no handler of: it would live on.
    pub fn on_signal(mut self, signal: i32) -> Self {
        self.on_signal = Some(signal);
        self
    }

    /// A thread that is in the same poll of a task for so long trips it: a worker of the runtime that polls nothing else.
    ///
    /// Cost: all events are read once more, a few nanoseconds each, four times in this time.
    pub fn watchdog(mut self, worker_not_polled: Duration) -> Self {
        self.watchdog = Some(worker_not_polled);
        self
    }

    /// Whether there is a trigger that needs a folder.
    pub(super) fn has_triggers(&self) -> bool {
        self.on_panic || self.on_slow || self.on_signal.is_some() || self.watchdog.is_some()
    }
}
