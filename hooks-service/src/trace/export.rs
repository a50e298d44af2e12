//! What is new in an area, as packets.
//!
//! In: the area, from a point on. Out: bytes, which are whole packets, and how many events they are.

use super::clock::Timeline;
use super::cursor::Cursor;
use super::engine::{Reading, is_self_test};
use super::numbers::Numbers;
use super::perfetto::Encoder;
use hooks_runtime::trace::observe::{Area, Field, Fields, Kind, Pair, Record};
use std::ops::ControlFlow;

/// See the module.
pub(crate) struct Export {
    cursor: Cursor,
    encoder: Encoder,
    timeline: Timeline,
    counts: Counts,
    /// Of those before the first one that there was no room for.
    fitting: Option<Counts>,
    threads: Numbers,
    /// When the last round began, and the one before it: all events from before that one were read.
    began: u64,
    settled: u64,
}

/// What was exported so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// All that were read.
    pub(crate) read: u64,
    /// Without those of recorders that test themselves.
    pub(crate) events: u64,
    pub(crate) tasks: u64,
    /// Threads with events.
    pub(crate) threads: u64,
}

impl Counts {
    fn add(&mut self, record: &Record<'_>) {
        self.read += 1;
        self.events += u64::from(!is_self_test(record));
        let is_task = record.kind == Kind::SpanBegin && flags(record) & Kind::TASK != 0;
        self.tasks += u64::from(is_task);
    }

    fn without(self, others: &Self) -> Self {
        let (read, events) = (self.read - others.read, self.events - others.events);
        Self { read, events, tasks: self.tasks - others.tasks, threads: self.threads }
    }
}

/// Whether it is said on the track of its span alone.
fn is_beside_thread(kind: Kind) -> bool {
    matches!(kind, Kind::SpanBegin | Kind::SpanCancelled | Kind::SpanEnd | Kind::Leaked)
}

/// Of a span that begins.
fn flags(record: &Record<'_>) -> u64 {
    match Fields::new(record.payload).nth(2) {
        Some(Field::Unsigned(flags)) => flags,
        _ => 0,
    }
}

impl Export {
    /// From now on; what comes first is in `to`.
    pub(crate) fn from_now(reading: &Reading, to: &mut Vec<u8>) -> Self {
        Self::new(reading.area(), Cursor::from_now(*reading.area()), reading.timeline(), to)
    }

    /// All that there is.
    pub(crate) fn whole(area: &Area, timeline: Timeline, to: &mut Vec<u8>) -> Self {
        let mut export = Self::new(area, Cursor::new(*area), timeline, to);
        let overwritten = area.lost_until();
        if overwritten > 0 {
            export.encoder.lost_until(export.timeline.ns(overwritten));
        }
        // Polls may come before the beginning of their span, which another thread has recorded.
        let encoder = &mut export.encoder;
        let _ = Cursor::new(*area).round(&mut |piece| {
            encoder.meet(&piece);
            ControlFlow::Continue(())
        });
        export
    }

    fn new(area: &Area, cursor: Cursor, timeline: Timeline, to: &mut Vec<u8>) -> Self {
        let mut encoder = Encoder::new(area);
        encoder.preamble(to);
        Self {
            cursor,
            encoder,
            timeline,
            counts: Counts::default(),
            fitting: None,
            threads: Numbers::default(),
            began: 0,
            settled: 0,
        }
    }

    /// Adds what is new, or as much of it as is to be read at once; `Break`: there may be more. Bytes from `room` on will be cut off.
    pub(crate) fn round(&mut self, room: usize, to: &mut Vec<u8>) -> ControlFlow<()> {
        /// Words.
        const AT_ONCE: usize = 256 << 10;
        let Self { cursor, encoder, timeline, counts, fitting, threads, .. } = self;
        let mut words = 0;
        let flow = cursor.round(&mut |piece| {
            words += piece.records.rest().len();
            encoder.piece(&piece, timeline);
            if words < AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let is_whole = flow.is_continue();
        // A thread may have looked at the clock, and been held up before its event was there.
        let until = if is_whole { self.settled } else { 0 };
        // What they say comes behind that of all others, or in a later round.
        let mut of_spans = Counts::default();
        encoder.settle(until, to, &mut |thread, record, end| {
            if end > room && fitting.is_none() {
                *fitting = Some(counts.without(&of_spans));
            }
            let before = counts.events;
            counts.add(record);
            counts.threads += u64::from(counts.events > before && threads.add(thread));
            if is_beside_thread(record.kind) {
                of_spans.add(record);
            }
        });
        if to.len() > room && fitting.is_none() {
            *fitting = Some(counts.without(&of_spans));
        }
        flow
    }

    /// What comes last.
    pub(crate) fn finish(&mut self, to: &mut Vec<u8>) {
        self.encoder.finish(to);
    }

    /// Says how many tasks there are, and how many events are missing, as the program goes on.
    pub(crate) fn count_up_to_now(&mut self, to: &mut Vec<u8>) {
        self.encoder.count_up_to_now(to);
    }

    /// For what others have to say.
    pub(crate) fn encoder(&mut self) -> &mut Encoder {
        &mut self.encoder
    }

    /// A word on the recording.
    pub(crate) fn note(&mut self, name: &str, text: &str, to: &mut Vec<u8>) {
        self.encoder.note(name, text, to);
    }

    /// A round begins, and the time of what comes goes by this one too.
    pub(crate) fn begin_round(&mut self, pair: Pair) {
        self.settled = std::mem::replace(&mut self.began, self.timeline.ns(pair.ticks));
        self.timeline.note(pair);
    }

    /// Nanoseconds from the first event to the last.
    pub(crate) fn covers(&self) -> u64 {
        self.encoder.covers()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.fitting.unwrap_or(self.counts)
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }
}
