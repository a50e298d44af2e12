//! The thread that writes what is recorded while it is recorded, and what it and those who wait for it tell each other.
//!
//! It does not record what it does itself. A writer that takes its time has events overwritten, which is counted; one that fails
//! or panics ends the trace.

use super::engine::Reading;
use super::error::Error;
use super::export::{Counts, Export};
use super::perfetto::{PACKET, proto::whole};
use super::source::Sources;
use super::summary::{ClockUsed, Ended, Summary};
use crate::process::lock;
use hooks_runtime::__service::message;
use hooks_runtime::trace::observe;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What bounds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_bytes: u64,
    pub(crate) max_duration: Option<Duration>,
    /// Bytes a second.
    pub(crate) rate: u64,
}

/// How it stands with the thread.
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    began: Instant,
}

struct State {
    is_to_end: bool,
    /// How often it came forward.
    turns: u64,
    /// As far as it is known.
    summary: Summary,
    end: Option<Result<(), Failure>>,
}

/// What ended it.
#[derive(Debug)]
pub(crate) enum Failure {
    Write(io::Error),
    Panic(String),
}

/// How often it looks for what is new, where little was last time, and where much was.
const EACH: Duration = Duration::from_millis(50);
const SOON: Duration = Duration::from_millis(5);
/// Bytes in a round, from which on it is much.
const MUCH: u64 = 256 << 10;
/// Left for what comes last.
const LAST: u64 = 4096;

impl Shared {
    pub(crate) fn new(reading: &Reading) -> Self {
        let summary = Summary {
            events: 0,
            dropped: 0,
            bytes: 0,
            threads: 0,
            tasks: 0,
            leaked: 0,
            duration: Duration::ZERO,
            clock: ClockUsed { clock: reading.clock(), drift: Duration::ZERO },
            ended: Ended::Stopped,
        };
        let state = State { is_to_end: false, turns: 0, summary, end: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), began: Instant::now() }
    }

    /// The thread is to write what there is, and to end.
    pub(crate) fn ask_to_end(&self) {
        lock(&self.state).is_to_end = true;
        self.changed.notify_all();
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.state).end.is_some()
    }

    pub(crate) fn summary(&self) -> Summary {
        lock(&self.state).summary.clone()
    }

    /// Waits for the end, as long as the thread comes forward at least once in that time. What ended it is told once.
    pub(crate) fn wait_for_end(&self, patience: Duration) -> Result<Summary, Error> {
        let mut state = lock(&self.state);
        loop {
            if let Some(end) = &mut state.end {
                let end = std::mem::replace(end, Ok(()));
                return finished(end, state.summary.clone());
            }
            let turns = state.turns;
            let wait = self
                .changed
                .wait_timeout_while(state, patience, |state| state.turns == turns && state.end.is_none());
            let (after, timeout) = wait.unwrap_or_else(PoisonError::into_inner);
            state = after;
            if timeout.timed_out() && state.end.is_none() {
                let summary = Box::new(Summary { ended: Ended::Failed, ..state.summary.clone() });
                return Err(Error::WriterBlocks { seconds: patience.as_secs(), summary });
            }
        }
    }

    /// Whether it is to end; else it sleeps until then.
    fn sleep(&self, time: Duration) -> bool {
        let state = lock(&self.state);
        let wait = self.changed.wait_timeout_while(state, time, |state| !state.is_to_end);
        wait.unwrap_or_else(PoisonError::into_inner).0.is_to_end
    }

    fn come_forward(&self, summary: Summary) {
        let mut state = lock(&self.state);
        state.turns += 1;
        state.summary = summary;
        drop(state);
        self.changed.notify_all();
    }

    fn end(&self, end: Result<(), Failure>) {
        let mut state = lock(&self.state);
        if end.is_err() {
            state.summary.ended = Ended::Failed;
        }
        state.summary.duration = self.began.elapsed();
        state.end = Some(end);
        drop(state);
        self.changed.notify_all();
    }
}

fn finished(end: Result<(), Failure>, summary: Summary) -> Result<Summary, Error> {
    match end {
        Ok(()) => Ok(summary),
        Err(Failure::Write(source)) => Err(Error::Write { source, summary: Box::new(summary) }),
        Err(Failure::Panic(message)) => Err(Error::WriterPanicked { message, summary: Box::new(summary) }),
    }
}

/// Where it begins.
pub(crate) struct Beginning {
    export: Export,
    sources: Sources,
    buffer: Vec<u8>,
    before: Totals,
}

impl Beginning {
    /// Here and now, with what these have begun.
    pub(crate) fn new(reading: &Reading, sources: Sources) -> Self {
        let mut buffer = Vec::new();
        let before = Totals::of(reading);
        Self { export: Export::from_now(reading, &mut buffer), sources, buffer, before }
    }
}

/// The thread's body.
pub(crate) fn run(
    reading: Arc<Reading>,
    shared: &Shared,
    beginning: Beginning,
    bounds: Bounds,
    writer: impl Write,
) {
    observe::keep_out();
    let written = catch_unwind(AssertUnwindSafe(|| {
        let mut stream = Stream::new(&reading, shared, beginning, bounds, writer);
        stream.run()
    }));
    reading.stop();
    // Before anybody hears of the end: the next one may begin then.
    drop(reading);
    shared.end(match written {
        Ok(written) => written.map_err(Failure::Write),
        Err(payload) => Err(Failure::Panic(message(payload))),
    });
}

struct Stream<'a, W> {
    reading: &'a Reading,
    shared: &'a Shared,
    bounds: Bounds,
    writer: W,
    export: Export,
    sources: Sources,
    /// `None`: not yet.
    counted: Option<Instant>,
    /// What is not written yet.
    buffer: Vec<u8>,
    written: Written,
    /// How many events and threads there were, and how many were dropped, before.
    before: Totals,
}

/// What the writer has.
#[derive(Clone, Copy, Default)]
struct Written {
    bytes: u64,
    counts: Counts,
}

/// Of an area.
#[derive(Clone, Copy)]
struct Totals {
    events: u64,
    dropped: u64,
    leaked: u64,
}

impl Totals {
    fn of(reading: &Reading) -> Self {
        let area = reading.area();
        let (events, dropped) = (area.events(), area.dropped());
        Self { events, dropped, leaked: area.leaked() }
    }
}

/// Why nothing more is to be written.
type Full = ControlFlow<Ended>;

impl<'a, W: Write> Stream<'a, W> {
    fn new(
        reading: &'a Reading,
        shared: &'a Shared,
        beginning: Beginning,
        bounds: Bounds,
        writer: W,
    ) -> Self {
        let Beginning { export, sources, buffer, before } = beginning;
        Self {
            reading,
            shared,
            bounds,
            writer,
            export,
            sources,
            counted: None,
            buffer,
            written: Written::default(),
            before,
        }
    }

    fn run(&mut self) -> io::Result<()> {
        let end = self.shared.began.checked_add(self.bounds.max_duration.unwrap_or(Duration::MAX));
        let mut full = self.put()?;
        let mut wait = SOON;
        while full.is_continue() {
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            if self.shared.sleep(wait.min(left)) {
                full = ControlFlow::Break(Ended::Stopped);
            } else if left.is_zero() {
                full = ControlFlow::Break(Ended::MaxDuration);
            } else {
                let before = self.written.bytes;
                full = self.round()?;
                wait = if self.written.bytes - before > MUCH { SOON } else { EACH };
            }
        }
        self.finish(full)
    }

    /// Writes what is new, not faster than it may.
    fn round(&mut self) -> io::Result<Full> {
        self.reading.keep_time();
        self.export.begin_round(self.reading.now());
        self.count_each_second();
        self.sources.round(self.export.encoder(), &mut self.buffer);
        loop {
            let more = self.export.round(self.room(LAST), &mut self.buffer);
            if let full @ ControlFlow::Break(_) = self.put()? {
                return Ok(full);
            }
            if more.is_continue() || self.shared.sleep(self.ahead()) {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// What is counted is on a track of its own.
    fn count_each_second(&mut self) {
        const EACH: Duration = Duration::from_secs(1);
        if self.counted.is_none_or(|counted| counted.elapsed() >= EACH) {
            self.counted = Some(Instant::now());
            self.export.count_up_to_now(&mut self.buffer);
            #[cfg(target_os = "linux")]
            if let Some(bytes) = crate::process::proc::resident() {
                let now = self.reading.now().monotonic;
                self.export.encoder().counter("rss", now, bytes.cast_signed(), &mut self.buffer);
            }
        }
    }

    /// By how much it is faster than it may be; a second's bytes may come at once.
    fn ahead(&self) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let due = self.written.bytes as f64 / self.bounds.rate.max(1) as f64 - 1.0;
        let due = Duration::try_from_secs_f64(due).unwrap_or_default();
        due.saturating_sub(self.shared.began.elapsed())
    }

    /// Writes the buffer, or the packets of it that there is room for.
    fn put(&mut self) -> io::Result<Full> {
        let is_whole = self.write_within(LAST)?;
        self.shared.come_forward(self.summary());
        Ok(if is_whole { ControlFlow::Continue(()) } else { ControlFlow::Break(Ended::MaxBytes) })
    }

    /// Whether it was all that was there: so many bytes stay free.
    fn write_within(&mut self, free: u64) -> io::Result<bool> {
        let (all, room) = (self.buffer.len(), self.room(free));
        if all > room {
            self.buffer.truncate(whole(&self.buffer, PACKET, room));
        }
        self.write()?;
        Ok(all <= room)
    }

    /// How long the buffer may be, if so many bytes stay free.
    fn room(&self, free: u64) -> usize {
        let room = self.bounds.max_bytes.saturating_sub(self.written.bytes.saturating_add(free));
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    fn write(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.buffer)?;
        self.written.bytes += self.buffer.len() as u64;
        self.written.counts = self.export.counts();
        self.buffer.clear();
        Ok(())
    }

    /// Records no more, and writes what is left.
    fn finish(&mut self, full: Full) -> io::Result<()> {
        self.reading.stop();
        let mut ended = full.break_value().unwrap_or(Ended::Stopped);
        // Others may go on recording: what comes after this is not ours.
        let mut batches = 1 + self.reading.area().count() / 8;
        while ended != Ended::MaxBytes && batches > 0 {
            batches -= 1;
            let more = self.export.round(self.room(LAST), &mut self.buffer);
            if let ControlFlow::Break(full) = self.put()? {
                ended = full;
            }
            if more.is_continue() {
                break;
            }
        }
        if ended != Ended::MaxBytes && self.put_sources()?.is_break() {
            ended = Ended::MaxBytes;
        }
        if ended != Ended::MaxBytes {
            let drift =
                format!("{:?}, {} ns off at most", self.reading.clock(), self.export.timeline().drift());
            self.export.note("clock", &drift, &mut self.buffer);
            self.export.finish(&mut self.buffer);
        }
        if !self.write_within(0)? {
            ended = Ended::MaxBytes;
        }
        self.writer.flush()?;
        self.shared.come_forward(Summary { ended, ..self.summary() });
        Ok(())
    }

    /// What was taken beside the events.
    fn put_sources(&mut self) -> io::Result<Full> {
        self.sources.stop(self.export.encoder(), &mut self.buffer);
        while self.sources.more(self.export.encoder(), &mut self.buffer) {
            if let full @ ControlFlow::Break(_) = self.put()? {
                return Ok(full);
            }
        }
        self.put()
    }

    fn summary(&self) -> Summary {
        let Written { bytes, counts } = self.written;
        let now = Totals::of(self.reading);
        let unwritten = (now.events - self.before.events).saturating_sub(counts.read);
        Summary {
            events: counts.events,
            dropped: now.dropped - self.before.dropped + unwritten,
            bytes,
            threads: counts.threads,
            tasks: counts.tasks,
            leaked: now.leaked - self.before.leaked,
            duration: self.shared.began.elapsed(),
            clock: ClockUsed {
                clock: self.reading.clock(),
                drift: Duration::from_nanos(self.export.timeline().drift()),
            },
            ended: Ended::Stopped,
        }
    }
}
