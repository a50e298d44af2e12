//! SIGNAL HANDLER, as far as [`Rate::process_timer_periods`], and [`Counts`].
//!
//! A clock and a frequency that somebody reads: the threads' timers for it, the ring that its handlers fill, and its readers.

use super::ledger::Ledger;
use super::names::Names;
use super::record::Record;
use super::ring::Ring;
use super::threads::{Plan, Tally, Threads};
use super::{perf, ticks, timer};
use crate::capture::{self, Pool};
use crate::process::{lock, own_id};
use crate::sampling::clock::Clock;
use crate::sampling::error::Error;
use crate::sampling::reader::{Reader, TakenStack};
use crate::sampling::stats::{Lost, Missed, Source, Stats};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// See the module.
pub(super) struct Rate {
    pub(super) plan: Plan,
    pub(super) hz: u32,
    /// Of a stack, from the leaf on.
    pub(super) most_frames: u32,
    pub(super) threads: Threads,
    pub(super) pool: &'static Pool,
    pub(super) ring: Ring<Record>,
    pub(super) counts: Counts,
    /// Nanoseconds that the process-wide timer has brought to threads without a timer of this rate.
    process_time: AtomicU64,
    readers: Mutex<Readers>,
}

/// A counter that handlers add to.
#[derive(Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Adds to it. Async-signal-safe.
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// The sum so far.
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the handlers of a rate count. Every period that a signal brings is in `seen`, and then either in a record or in one
/// of the losses.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) seen: Count,
    pub(super) ring_full: Count,
    pub(super) no_scratch: Count,
    pub(super) unattached: Count,
    pub(super) labels_left_out: Count,
}

/// Behind the lock that a reader of the ring holds.
#[derive(Default)]
struct Readers {
    all: Vec<Arc<Mutex<dyn Reader>>>,
    /// Periods that were in records so far.
    read: u64,
}

/// How far a rate has come: differences of two of them are a reader's own time.
#[derive(Clone, Copy, Default)]
pub(super) struct Mark {
    /// Periods in records, or lost: what has come to its end.
    accounted: u64,
    ring_full: u64,
    no_scratch: u64,
    unattached: u64,
    labels_left_out: u64,
    tally: Tally,
}

impl Rate {
    /// Prepares everything; no signal is sent yet. `tag` marks the signals of its timers.
    pub(super) fn new(clock: Clock, hz: u32, most_frames: u32, tag: u8) -> Result<Self, Error> {
        let plan = plan(clock, hz);
        Ok(Self {
            plan,
            hz,
            most_frames,
            threads: Threads::new(plan, tag)?,
            pool: capture::scratches().map_err(Error::kernel("mmap"))?,
            ring: Ring::new(ring_size(clock, hz), || Record::new(most_frames as usize)),
            counts: Counts::default(),
            process_time: AtomicU64::new(0),
            readers: Mutex::default(),
        })
    }

    /// Where handlers find it.
    pub(super) fn place(&self) -> usize {
        self.threads.place()
    }

    /// Periods that so many expiries of the process-wide timer stand for. That timer is shared by the rates of processor time
    /// and goes with the finest of them. Async-signal-safe.
    pub(super) fn process_timer_periods(&self, expiries: u32) -> u32 {
        let more = timer::process_period() * u64::from(expiries);
        let period = self.plan.nanoseconds();
        let before = self.process_time.fetch_add(more, Ordering::Relaxed);
        u32::try_from((before + more) / period - before / period).unwrap_or(u32::MAX)
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        lock(&self.readers)
    }

    /// Gives all records to the readers.
    pub(super) fn drain(&self, names: &Names) {
        self.readers().drain(&self.ring, names);
    }

    /// Gives all later records to `reader` too. From where on says the mark.
    pub(super) fn join(&self, reader: Arc<Mutex<dyn Reader>>, names: &Names) -> Mark {
        let mut readers = self.readers();
        readers.drain(&self.ring, names);
        readers.all.push(reader);
        self.mark(&readers)
    }

    /// Gives all records to the readers, and then no more to `reader`. Returns whether others are left.
    pub(super) fn leave(&self, reader: &Arc<Mutex<dyn Reader>>, names: &Names) -> (Mark, bool) {
        let mut readers = self.readers();
        readers.drain(&self.ring, names);
        readers.all.retain(|other| !Arc::ptr_eq(other, reader));
        (self.mark(&readers), !readers.all.is_empty())
    }

    /// Gives all records to the readers and calls `look` before there are more.
    pub(super) fn up_to_date<T>(&self, names: &Names, look: impl FnOnce(Mark) -> T) -> T {
        let mut readers = self.readers();
        readers.drain(&self.ring, names);
        look(self.mark(&readers))
    }

    pub(super) fn is_only_reader(&self) -> bool {
        self.readers().all.len() == 1
    }

    fn mark(&self, readers: &Readers) -> Mark {
        let (ring_full, no_scratch) = (self.counts.ring_full.get(), self.counts.no_scratch.get());
        Mark {
            accounted: readers.read + ring_full + no_scratch,
            ring_full,
            no_scratch,
            unattached: self.counts.unattached.get(),
            labels_left_out: self.counts.labels_left_out.get(),
            tally: self.threads.tally(),
        }
    }

    /// The mark when no handler runs any more. Then all that was seen should have come to its end; it is what handlers
    /// counted at their start that stands here, so that a difference shows.
    pub(super) fn last_mark(&self, mark: Mark) -> Mark {
        Mark { accounted: self.counts.seen.get(), ..mark }
    }

    /// What was missed of the time that `stats` is of.
    pub(super) fn missed(&self, from: &Ledger, to: &Ledger, stats: &Stats) -> Missed {
        match self.plan.clock {
            Clock::Cpu => to.missed(from, stats),
            Clock::Wall => Missed::default(),
        }
    }

    /// What is known of the time between two marks.
    pub(super) fn stats(&self, from: &Mark, to: &Mark) -> Stats {
        Stats {
            clock: self.plan.clock,
            frequency: self.hz,
            source: if self.plan.events { Source::PerfEvents } else { Source::Timers },
            kernel_ticks: ticks::kernel_ticks(),
            periods_at_once: self.plan.periods_at_once().max(self.threads.wall_periods_at_once()),
            // Those that had a timer at the start are among them.
            attached: to.tally.attached - from.tally.ended,
            by_hook: to.tally.by_hook - from.tally.by_hook,
            ended: to.tally.ended - from.tally.ended,
            timers_for_events: to.tally.timers_for_events - from.tally.timers_for_events,
            refused: to.tally.refused - from.tally.refused,
            seen: to.accounted - from.accounted,
            lost: Lost {
                ring_full: to.ring_full - from.ring_full,
                no_scratch: to.no_scratch - from.no_scratch,
                overflow: 0,
            },
            unattached: to.unattached - from.unattached,
            labels_left_out: to.labels_left_out - from.labels_left_out,
            ..Stats::default()
        }
    }
}

impl Readers {
    fn drain(&mut self, ring: &Ring<Record>, names: &Names) {
        let (all, read, mut names) = (&self.all, &mut self.read, names.look());
        let mut give = |record: &Record| {
            *read += u64::from(record.weight);
            let thread = names.get(record.thread);
            let taken = TakenStack {
                time: record.time,
                id: record.thread,
                weight: record.weight,
                stack: record.frames(),
                labels: record.labels.bytes(),
                thread: thread.as_deref(),
                complete: record.complete,
                cut_at: record.truncated.then_some(record.frames().len()),
            };
            for reader in all {
                lock(reader).add(&taken);
            }
        };
        // Those that are there now, and not for ever: handlers may be as fast as this.
        for _ in 0..ring.capacity() {
            if !ring.pop(&mut give) {
                break;
            }
        }
    }
}

fn plan(clock: Clock, hz: u32) -> Plan {
    let period = Duration::from_nanos(1_000_000_000 / u64::from(hz));
    let wanted = clock == Clock::Cpu && hz > ticks::kernel_ticks();
    Plan {
        clock,
        period,
        events: wanted && perf::TaskClock::start(own_id(), period).is_ok(),
        process_weight: hz.div_ceil(ticks::kernel_ticks()),
    }
}

/// Room for what a second can bring, so that a collector's thread that starves for a while loses nothing: a record has 2 KiB,
/// and more for deeper stacks.
fn ring_size(clock: Clock, hz: u32) -> usize {
    let threads = match clock {
        Clock::Cpu => thread::available_parallelism().map_or(1, usize::from),
        // Every thread counts here, and there is no telling how many will come.
        Clock::Wall => 1024,
    };
    (hz as usize * threads).clamp(256, 4096)
}
