//! One reader's share of the collector.

use super::collector::Collector;
use super::ledger::Ledger;
use super::rate::{Mark, Rate};
use super::ticks::process_time;
use super::{handler, timer};
use crate::code::{self, Module};
use crate::process::{lock, own_id};
use crate::sampling::clock::Clock;
use crate::sampling::error::{Error, FRAMES, FREQUENCIES};
use crate::sampling::reader::Reader;
use crate::sampling::stats::Stats;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

/// Samples for `R`, until it is stopped or dropped.
pub(crate) struct Subscription<R: Reader + 'static> {
    collector: &'static Collector,
    rate: ManuallyDrop<Arc<Rate>>,
    reader: ManuallyDrop<Arc<Mutex<R>>>,
    start: Mutex<Start>,
    stopped: bool,
}

/// Where the time that a reader has samples of begins.
#[derive(Clone, Copy)]
struct Start {
    mark: Mark,
    date: SystemTime,
    instant: Instant,
    processor_time: Duration,
    ledger: Ledger,
    takeover: Duration,
    /// The code that was loaded then.
    edition: u64,
}

/// A reader's time so far.
pub(crate) struct Span {
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) stats: Stats,
    pub(crate) modules: Vec<Module>,
}

impl<R: Reader + 'static> Subscription<R> {
    /// Gives samples to `reader` from now on.
    pub(crate) fn start(clock: Clock, hz: u32, most_frames: u32, reader: R) -> Result<Self, Error> {
        if !FREQUENCIES.contains(&hz) {
            return Err(Error::Frequency { hz });
        }
        if !FRAMES.contains(&most_frames) {
            return Err(Error::Frames { frames: most_frames });
        }
        let (collector, reader) = (Collector::get(), Arc::new(Mutex::new(reader)));
        let (rate, mark) = collector.join(clock, hz, most_frames, Arc::clone(&reader) as _)?;
        let start = Start::now(mark, collector, rate.threads.ledger());
        Ok(Self {
            collector,
            rate: ManuallyDrop::new(rate),
            reader: ManuallyDrop::new(reader),
            start: Mutex::new(start),
            stopped: false,
        })
    }

    /// Calls `look` with the reader when it has all samples so far, and its time.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        self.check_process()?;
        Ok(self.rate.up_to_date(&self.collector.names, |mark| {
            let start = *lock(&self.start);
            look(&mut lock(&self.reader), self.span(&start, &mark, &self.rate.threads.ledger()))
        }))
    }

    /// As [`look`](Self::look); the time begins anew, with no sample lost or seen twice.
    pub(crate) fn take<T>(&self, take: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        self.check_process()?;
        Ok(self.rate.up_to_date(&self.collector.names, |mark| {
            let ledger = self.rate.threads.ledger();
            let next = Start::now(mark, self.collector, ledger);
            let start = std::mem::replace(&mut *lock(&self.start), next);
            take(&mut lock(&self.reader), self.span(&start, &mark, &ledger))
        }))
    }

    /// Ends it, and calls `look` with the reader. Once: afterwards there is nothing to be done but to drop it.
    pub(crate) fn stop<T>(&mut self, look: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        self.check_process()?;
        // While the timers are there.
        let ledger = self.rate.threads.ledger();
        let mark = self.leave();
        let start = *lock(&self.start);
        Ok(look(&mut lock(&self.reader), self.span(&start, &mark, &ledger)))
    }

    /// Wakes `waker` at about this time, if there is one and this is not dropped before.
    pub(crate) fn wake_at(&self, time: Option<Instant>, waker: &Waker) -> Result<(), Error> {
        self.check_process()?;
        if let Some(time) = time {
            self.collector.wake_at(time, self.key(), waker);
        }
        Ok(())
    }

    /// Has the calling thread, which is the profiler's, not sampled by the wall clock until what is returned is dropped
    /// there.
    pub(crate) fn keep_out(&self) -> KeptOut {
        self.collector.keep_out(own_id());
        KeptOut { collector: self.collector }
    }

    fn key(&self) -> usize {
        Arc::as_ptr(&self.reader).addr()
    }

    fn leave(&mut self) -> Mark {
        self.stopped = true;
        self.collector.forget(self.key());
        let reader: Arc<Mutex<dyn Reader>> = Arc::<Mutex<R>>::clone(&self.reader);
        self.collector.leave(&self.rate, &reader)
    }

    fn check_process(&self) -> Result<(), Error> {
        let ours = self.collector.is_of_this_process();
        if ours { Ok(()) } else { Err(Error::Forked { parent: self.collector.process() }) }
    }

    fn span(&self, start: &Start, mark: &Mark, ledger: &Ledger) -> Span {
        let (foreign, handler) = self.collector.takeover.look();
        let foreign = foreign.saturating_sub(start.takeover);
        let (modules, replaced_code) = code::current().modules_since(start.edition);
        let stats = Stats {
            replaced_code,
            processor_time: process_time().saturating_sub(start.processor_time),
            foreign_handler: (!foreign.is_zero()).then_some((foreign, handler)),
            ..self.rate.stats(&start.mark, mark)
        };
        let missed = self.rate.missed(&start.ledger, ledger, &stats);
        Span {
            started: start.date,
            duration: start.instant.elapsed(),
            stats: Stats { missed, ..stats },
            modules,
        }
    }
}

impl<R: Reader + 'static> Drop for Subscription<R> {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // A copy in a forked child: locks may be held for ever, and what this refers to is the parent's.
            return;
        }
        if !self.stopped {
            self.leave();
        }
        // SAFETY: dropped once, here, and not used after.
        unsafe {
            ManuallyDrop::drop(&mut self.rate);
            ManuallyDrop::drop(&mut self.reader);
        }
    }
}

/// See [`Subscription::keep_out`].
pub(crate) struct KeptOut {
    collector: &'static Collector,
}

impl Drop for KeptOut {
    fn drop(&mut self) {
        // In a forked child there is nothing to be undone, and who held the lock may not be there.
        if self.collector.is_of_this_process() {
            self.collector.let_in(own_id());
        }
    }
}

impl Start {
    fn now(mark: Mark, collector: &Collector, ledger: Ledger) -> Self {
        Self {
            mark,
            date: SystemTime::now(),
            instant: Instant::now(),
            processor_time: process_time(),
            ledger,
            takeover: collector.takeover.look().0,
            edition: code::current().edition,
        }
    }
}

/// Whether the caller runs inside of the sampling handler. Async-signal-safe.
pub(crate) fn in_handler() -> bool {
    handler::in_handler()
}

/// Has the calling thread sampled, as if its timer had expired. Returns once the handler has run; `false` if no profile
/// is being taken or the thread is not attached. With `empty`, the handler finds a signal that is nobody's.
pub(crate) fn sample_now(empty: bool) -> bool {
    let mut value = None;
    handler::with_rates(|rate| value = value.or_else(|| rate.threads.value(own_id())));
    value.is_some_and(|value| timer::expire_now(if empty { 0 } else { value }))
}
