//! A recorder that is always on, and its thread, which writes what triggers ask for.

use super::super::engine::{self, LEAST, Reader, Reading, Wanted};
use super::super::error::Error;
use super::super::trace::at_least;
use super::builder::FlightRecorderBuilder;
use super::folder::Folder;
use super::noted::{self, BELL, Trigger};
use super::snapshot::Snapshot;
use super::watchdog::Watchdog;
use super::{handler, hooks};
use crate::process::{lock, say};
use hooks_runtime::trace::observe;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A recorder that is always on, and hands over the last seconds when something went wrong. Go: `trace.FlightRecorder`.
///
/// One in a process at a time; a [`Trace`](super::super::Trace) may run beside it, of the same memory. Dropping it stops it.
///
/// # Cost
/// That of the events, and a thread that wakes once a second.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::trace::FlightRecorder;
///
/// # let folder = tempfile::tempdir()?;
/// let recorder = FlightRecorder::builder().directory(folder.path()).name("shop").start()?;
/// // .. something went wrong ..
/// recorder.trigger("checkout")?; // shop-20261201T020304.123Z-checkout.pftrace
/// recorder.stop();
/// assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping a flight recorder stops it"]
pub struct FlightRecorder {
    inner: Arc<Inner>,
    /// `None` once it was stopped.
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    reading: Reading,
    min_age: Duration,
    max_bytes: usize,
    interval: Duration,
    folder: Option<Folder>,
    asked: Mutex<VecDeque<String>>,
    stopping: AtomicBool,
    written: AtomicU64,
    left_out: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
}

/// What became of what tripped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightCounts {
    /// Files.
    pub written: u64,
    /// Left out, since there was a file of the same trigger a short time before.
    pub left_out: u64,
    /// Files that could not be written. Standard error has a line of each.
    pub failed: u64,
}

impl FlightRecorder {
    /// A builder: the last 10 seconds, of at most 16 MiB.
    pub fn builder() -> FlightRecorderBuilder {
        FlightRecorderBuilder::new()
    }

    /// What there is now.
    ///
    /// # Cost
    /// A copy of the recorder's memory, some milliseconds. Threads go on recording.
    ///
    /// # Errors
    /// [`Error::Forked`] in a forked child of the process that started it.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        self.inner.reading.check_process()?;
        Ok(self.inner.snapshot())
    }

    /// Has the recorder's thread write a file with this in its name: `NAME-TIME-TRIGGER.pftrace`. At most one in 30 seconds, see
    /// [`interval`](FlightRecorderBuilder::interval), whatever the names are. Does not wait for it.
    ///
    /// # Errors
    /// [`Error::NoDirectory`], [`Error::Forked`].
    pub fn trigger(&self, name: &str) -> Result<(), Error> {
        /// More have no use: of those that come at once one is written.
        const MOST: usize = 64;
        self.inner.reading.check_process()?;
        if self.inner.folder.is_none() {
            return Err(Error::NoDirectory { trigger: "trigger" });
        }
        let mut asked = lock(&self.inner.asked);
        if asked.len() < MOST {
            asked.push_back(name.to_owned());
        } else {
            self.inner.left_out.fetch_add(1, Ordering::Relaxed);
        }
        drop(asked);
        BELL.ring();
        Ok(())
    }

    /// What became of what tripped so far.
    pub fn counts(&self) -> FlightCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Acquire);
        let Inner { written, left_out, failed, .. } = &*self.inner;
        FlightCounts { written: load(written), left_out: load(left_out), failed: load(failed) }
    }

    /// Why the last file that could not be written was not.
    pub fn last_error(&self) -> Option<String> {
        lock(&self.inner.last_error).clone()
    }

    /// Stops recording, and waits for what has tripped before.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.inner.reading.check_process().is_err() {
            // It is not of this process.
            std::mem::forget(thread);
            return;
        }
        noted::watch([]);
        handler::forget();
        hooks::forget_slow_regions();
        self.inner.stopping.store(true, Ordering::Release);
        BELL.ring();
        let _ = thread.join();
        self.inner.reading.stop();
    }
}

impl Drop for FlightRecorder {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for FlightRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightRecorder").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl FlightRecorderBuilder {
    /// Starts recording, and a thread (`hooks-flight`). Go: `FlightRecorder.Start`.
    ///
    /// # Errors
    /// [`Error::AlreadyRuns`], [`Error::TooSmall`], [`Error::NoDirectory`] where something is to trip it and there is no
    /// folder, [`Error::File`] where that is none, [`Error::Signal`], [`Error::RecordsNothing`], [`Error::Unsupported`],
    /// [`Error::Kernel`].
    pub fn start(self) -> Result<FlightRecorder, Error> {
        at_least("max_bytes", self.max_bytes, LEAST as u64)?;
        if self.has_triggers() && self.directory.is_none() {
            return Err(Error::NoDirectory { trigger: self.first_trigger() });
        }
        let open = |path: &std::path::PathBuf| Folder::open(path, self.name.as_deref(), self.keep);
        let folder = self.directory.as_ref().map(open).transpose()?;
        let max_bytes = usize::try_from(self.max_bytes).unwrap_or(usize::MAX);
        let wanted = match &self.ring_file {
            Some(path) => Wanted::File(path.clone(), max_bytes),
            None => Wanted::Bytes(max_bytes),
        };
        let inner = Arc::new(Inner {
            reading: engine::start(Reader::FlightRecorder, wanted)?,
            min_age: self.min_age,
            max_bytes,
            interval: self.interval,
            folder,
            asked: Mutex::default(),
            stopping: AtomicBool::new(false),
            written: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_error: Mutex::default(),
        });
        // What was noted for one that was before is not for this one.
        noted::take().for_each(drop);
        if let Some(signal) = self.on_signal {
            handler::install(signal)?;
        }
        let watchdog = self.watchdog.map(|limit| Watchdog::new(limit, &inner.reading));
        let run = {
            let inner = Arc::clone(&inner);
            let look = self.watchdog.map_or(Duration::MAX, |limit| limit / 4);
            move || inner.run(watchdog, look.clamp(Duration::from_millis(1), Duration::from_secs(1)))
        };
        let thread = thread::Builder::new().name("hooks-flight".into()).spawn(run);
        let thread = thread.map_err(Error::kernel("thread spawn")).inspect_err(|_| handler::forget())?;
        self.watch();
        Ok(FlightRecorder { inner, thread: Some(thread) })
    }

    fn first_trigger(&self) -> &'static str {
        match self {
            Self { on_panic: true, .. } => "on_panic",
            Self { on_slow: true, .. } => "on_slow",
            Self { on_signal: Some(_), .. } => "on_signal",
            _ => "watchdog",
        }
    }

    fn watch(&self) {
        if self.on_panic {
            hooks::watch_panics();
        }
        if self.on_slow {
            hooks::watch_slow_regions();
        }
        let triggers = [
            (self.on_panic, Trigger::Panic),
            (self.on_slow, Trigger::Slow),
            (self.on_signal.is_some(), Trigger::Signal),
        ];
        noted::watch(triggers.into_iter().filter(|(is_on, _)| *is_on).map(|(_, trigger)| trigger));
    }
}

/// When the next file of a trigger may be, `None`: never.
type Allowed = HashMap<Trigger, Option<Instant>>;

impl Inner {
    fn snapshot(&self) -> Snapshot {
        Snapshot::new(&self.reading, self.min_age, self.max_bytes)
    }

    /// The thread's body.
    fn run(&self, mut watchdog: Option<Watchdog>, each: Duration) {
        observe::keep_out();
        let mut allowed = Allowed::default();
        loop {
            let rung = BELL.count();
            let is_last = self.stopping.load(Ordering::Acquire);
            self.answer_noted(&mut allowed);
            let asked: Vec<String> = lock(&self.asked).drain(..).collect();
            for name in asked {
                self.answer(&name, &mut allowed);
            }
            if watchdog.as_mut().is_some_and(|watchdog| watchdog.looks_up(&self.reading)) {
                self.answer(Trigger::Watchdog.name(), &mut allowed);
            }
            if is_last {
                return;
            }
            self.reading.keep_time();
            BELL.wait(rung, Some(each));
        }
    }

    fn answer_noted(&self, allowed: &mut Allowed) {
        for trigger in noted::take() {
            let panics = noted::panics();
            self.answer(trigger.name(), allowed);
            if trigger == Trigger::Panic {
                noted::answer_panics(panics);
            }
        }
    }

    fn answer(&self, name: &str, allowed: &mut Allowed) {
        let trigger = Trigger::of(name);
        // The first may come at once.
        let is_allowed = |from: &Option<Instant>| from.is_some_and(|from| Instant::now() >= from);
        if allowed.get(&trigger).is_none_or(is_allowed) {
            self.write(name);
            allowed.insert(trigger, Instant::now().checked_add(self.interval));
        } else {
            self.left_out.fetch_add(1, Ordering::Release);
        }
    }

    fn write(&self, trigger: &str) {
        let Some(folder) = &self.folder else { return };
        let snapshot = self.snapshot();
        match folder.write(trigger, |file| snapshot.write(file)) {
            Ok(_) => _ = self.written.fetch_add(1, Ordering::Release),
            Err(error) => {
                say(format_args!("no trace of {trigger}: {error}"));
                *lock(&self.last_error) = Some(error.to_string());
                self.failed.fetch_add(1, Ordering::Release);
            }
        }
    }
}
