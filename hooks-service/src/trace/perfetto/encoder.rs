//! Events in, packets out.

use super::annotations::Annotations;
use super::names::Names;
use super::packet::{
    OF_PROCESS, PACKET, PROCESS_TRACK, annotation, clock, counter_track, event, of_packet, thread_track,
    track,
};
use super::proto::Message;
use super::sequence::{Sequence, describe};
use super::span::Spans;
#[cfg(sampler)]
use crate::process::proc;
use crate::trace::clock::Timeline;
use crate::trace::cursor::Piece;
use hooks_runtime::trace::observe::{Area, Field, Fields, Head, Kind, Record, Records};
use std::collections::HashMap;

/// See the module.
pub(crate) struct Encoder {
    area: Area,
    names: Names,
    threads: HashMap<u64, Thread>,
    /// Threads, by the kernel's number, that have a track.
    described: HashMap<u64, [u8; 16]>,
    spans: Spans,
    process: Sequence,
    counters: HashMap<Box<str>, u64>,
    annotations: Annotations,
    held: Vec<Held>,
    /// How many events are missing.
    missing: u64,
    /// The time of the last event.
    last: u64,
    /// The time of the first one.
    first: u64,
    /// Events up to this time may be missing.
    lost_until: u64,
}

struct Thread {
    sequence: Sequence,
    /// What has begun on it and not ended, from the outside in.
    open: Vec<Open>,
    /// The time of its last event.
    last: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Open {
    Site(u64),
    Named,
    Poll(u64),
}

/// Events of a thread that are not encoded yet.
struct Held {
    head: Head,
    missing: u64,
    /// Records with nanoseconds in place of ticks.
    words: Vec<u64>,
}

/// Names of events that are no names of the program's.
const POLL: &str = "poll";
const LOST: &str = "events lost";

impl Encoder {
    /// For events of this area.
    pub(crate) fn new(area: &Area) -> Self {
        let mut names = Names::default();
        // Before those of the program, which may be very many.
        for own in super::span::OWN_NAMES.iter().chain(&[POLL, LOST]) {
            names.number(own);
        }
        names.add_sites(area.sites());
        Self {
            area: *area,
            names,
            threads: HashMap::new(),
            described: HashMap::new(),
            spans: Spans::new(),
            process: Sequence::new(OF_PROCESS, PROCESS_TRACK),
            counters: HashMap::new(),
            annotations: Annotations::default(),
            held: Vec::new(),
            missing: 0,
            last: 0,
            first: u64::MAX,
            lost_until: 0,
        }
    }

    /// Nanoseconds from the first event to the last.
    pub(crate) fn covers(&self) -> u64 {
        self.last.saturating_sub(self.first)
    }

    /// What comes first: the process, and what its clock is to the time of day.
    pub(crate) fn preamble(&mut self, to: &mut Vec<u8>) {
        let Some(start) = self.area.start() else { return };
        to.message(PACKET, |packet| {
            packet.number(of_packet::SEQUENCE, OF_PROCESS);
            packet.message(of_packet::CLOCK_SNAPSHOT, |snapshot| {
                for (id, time) in [(clock::MONOTONIC, start.time.monotonic), (clock::REALTIME, start.unix)] {
                    snapshot.message(clock::CLOCK, |at| {
                        at.number(clock::ID, id);
                        at.number(clock::TIMESTAMP, time);
                    });
                }
                snapshot.number(clock::PRIMARY, clock::MONOTONIC);
            });
        });
        self.last = start.time.monotonic;
        let name = process_name(start.process);
        describe(OF_PROCESS, to, |descriptor| {
            descriptor.number(track::ID, PROCESS_TRACK);
            descriptor.message(track::PROCESS, |process| {
                process.number(track::PROCESS_ID, start.process.into());
                process.bytes(track::PROCESS_NAME, name.as_bytes());
            });
        });
    }

    /// Takes from these events what spans are called. They come once more.
    pub(crate) fn meet(&mut self, piece: &Piece<'_>) {
        for record in piece.records.clone().filter(|record| record.kind == Kind::SpanBegin) {
            self.spans.meet(&record, &mut self.names);
        }
    }

    /// Takes these events. They are encoded by [`settle`](Self::settle): what they say of a span may stand in those of another
    /// thread, which come later.
    pub(crate) fn piece(&mut self, piece: &Piece<'_>, timeline: &Timeline) {
        let mut records = piece.records.clone();
        let mut words = records.rest().to_vec();
        let mut at = 0;
        let all = words.len();
        while let Some(record) = records.next() {
            // Readers take times for signed numbers.
            let ns = timeline.ns(record.ticks).min(i64::MAX.cast_unsigned());
            self.first = self.first.min(ns);
            if let Some(ticks) = words.get_mut(at) {
                *ticks = ns;
            }
            at = all - records.rest().len();
            if is_of_span(record.kind) {
                self.spans.note(ns, &record, &mut self.names);
            }
        }
        words.truncate(at);
        self.held.push(Held { head: piece.head, missing: piece.missing, words });
    }

    /// Encodes all that was taken. All events from before this time were.
    /// `each` gets the number of the thread, the event, and where its packets end.
    pub(crate) fn settle(
        &mut self,
        until: u64,
        to: &mut Vec<u8>,
        each: &mut dyn FnMut(u64, &Record<'_>, usize),
    ) {
        for held in std::mem::take(&mut self.held) {
            self.encode(&held, to, each);
        }
        self.spans.settle(until, &mut self.names, to);
    }

    /// Events up to this time were overwritten, of whatever thread.
    pub(crate) fn lost_until(&mut self, ns: u64) {
        self.lost_until = self.lost_until.max(ns);
    }

    /// Encodes what is left.
    pub(crate) fn finish(&mut self, to: &mut Vec<u8>) {
        self.settle(u64::MAX, to, &mut |_, _, _| {});
        self.spans.give_up(self.lost_until, &mut self.names, to);
        self.count_up_to_now(to);
    }

    /// How many tasks there are, and how many events are missing, as counters.
    pub(crate) fn count_up_to_now(&mut self, to: &mut Vec<u8>) {
        let (last, tasks, missing) = (self.last, self.spans.tasks(), self.missing);
        self.counter("tasks", last, signed(tasks), to);
        self.counter(LOST, last, signed(missing), to);
    }

    /// A number at a time.
    pub(crate) fn counter(&mut self, name: &str, ns: u64, value: i64, to: &mut Vec<u8>) {
        self.counted(name, ns, to, |event| event.signed(event::COUNTER, value));
    }

    fn counted(&mut self, name: &str, ns: u64, to: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
        let track = self.counter_track(name, to);
        self.process.event(ns, event::COUNTED, (&self.names, &[]), to, |counted| {
            counted.number(event::TRACK, track);
            value(counted);
        });
    }

    fn counter_track(&mut self, name: &str, to: &mut Vec<u8>) -> u64 {
        /// The last one is for all others: names may be the users'.
        const MOST: usize = 1000;
        let name = if self.counters.len() < MOST { name } else { "(other)" };
        if let Some(track) = self.counters.get(name) {
            return *track;
        }
        let new = counter_track(self.counters.len() as u64);
        self.counters.insert(name.into(), new);
        describe(OF_PROCESS, to, |descriptor| {
            descriptor.number(track::ID, new);
            descriptor.number(track::PARENT, PROCESS_TRACK);
            descriptor.bytes(track::NAME, name.as_bytes());
            descriptor.bytes(track::COUNTER, &[]);
        });
        new
    }

    /// A word on the recording itself: an instant of the process.
    pub(crate) fn note(&mut self, name: &str, text: &str, to: &mut Vec<u8>) {
        self.process.event(self.last, event::INSTANT, (&self.names, &[]), to, |instant| {
            instant.bytes(event::NAME, name.as_bytes());
            instant.bytes(event::CATEGORY, b"recorder");
            instant.message(event::ANNOTATION, |said| {
                said.bytes(annotation::NAME, b"text");
                said.bytes(annotation::TEXT, text.as_bytes());
            });
        });
    }

    /// The track of the thread with this number of the kernel's, which is described before it is used.
    pub(crate) fn thread_track(&mut self, id: u64, name: &[u8; 16], to: &mut Vec<u8>) -> u64 {
        if self.described.get(&id) != Some(name) {
            self.described.insert(id, *name);
            let process = self.area.start().map_or(0, |start| start.process);
            let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            let shown = String::from_utf8_lossy(&name[..end]);
            describe(OF_PROCESS, to, |descriptor| {
                descriptor.number(track::ID, thread_track(id));
                descriptor.number(track::PARENT, PROCESS_TRACK);
                descriptor.message(track::THREAD, |thread| {
                    thread.number(track::THREAD_PROCESS, process.into());
                    thread.number(track::THREAD_ID, id);
                    thread.bytes(track::THREAD_NAME, shown.as_bytes());
                });
            });
        }
        thread_track(id)
    }

    /// The same of a thread that may have recorded nothing, and may be gone.
    #[cfg(sampler)]
    pub(super) fn track_of(&mut self, id: u64, to: &mut Vec<u8>) -> u64 {
        if self.described.contains_key(&id) {
            return thread_track(id);
        }
        let mut name = [0; 16];
        let known = libc::pid_t::try_from(id).ok().and_then(proc::name).unwrap_or_default();
        for (to, byte) in name.iter_mut().take(15).zip(known) {
            *to = byte;
        }
        self.thread_track(id, &name, to)
    }

    fn encode(&mut self, held: &Held, to: &mut Vec<u8>, each: &mut dyn FnMut(u64, &Record<'_>, usize)) {
        let Head { thread: number, id, name, .. } = held.head;
        let track = self.thread_track(id, &name, to);
        let mut thread = self.threads.remove(&number).unwrap_or_else(|| Thread {
            // Fewer than what others have.
            sequence: Sequence::new(1 + number % 900_000, track),
            open: Vec::new(),
            last: 0,
        });
        let mut records = Records::new(&held.words).peekable();
        if held.missing > 0 {
            let next = records.peek().map_or(thread.last, |record| record.ticks);
            self.lost(&mut thread, held.missing, next, to);
        }
        for record in records {
            self.event(&mut thread, &record, to);
            each(number, &record, to.len());
            thread.last = thread.last.max(record.ticks);
        }
        self.last = self.last.max(thread.last);
        self.threads.insert(number, thread);
    }

    /// What was open ends where it was last seen: its end may be among what is missing.
    fn lost(&mut self, thread: &mut Thread, missing: u64, next: u64, to: &mut Vec<u8>) {
        self.lost_until(next);
        self.missing = self.missing.saturating_add(missing);
        for _ in 0..thread.open.len() {
            ends(thread, thread.last, &self.names, to);
        }
        thread.open.clear();
        self.annotations.begin(self.names.number(LOST));
        self.annotations.add(self.names.number("events"), Field::Unsigned(missing));
        self.of_thread(thread, next, event::INSTANT, 0, to);
    }

    /// An event with the annotations that were put together.
    fn of_thread(&mut self, thread: &mut Thread, ns: u64, kind: u64, flow: u64, to: &mut Vec<u8>) {
        let Annotations { used, bytes } = &self.annotations;
        thread.sequence.event(ns, kind, (&self.names, used), to, |slice| {
            slice.extend(bytes);
            if flow != 0 {
                slice.fixed(event::FLOW, flow);
            }
        });
    }

    /// One event of a thread, whose ticks are nanoseconds.
    fn event(&mut self, thread: &mut Thread, record: &Record<'_>, to: &mut Vec<u8>) {
        let (ns, subject) = (record.ticks, record.subject);
        let mut fields = Fields::new(record.payload);
        match record.kind {
            Kind::RegionBegin => {
                let site = self.names.site(subject).cloned();
                let site = site.unwrap_or_else(|| self.names.unknown_site());
                self.annotations.begin(site.name);
                self.annotations.values(&site.keys, &mut fields);
                self.begins(thread, Open::Site(subject), ns, 0, to);
            }
            Kind::RegionEnd => self.end(thread, Open::Site(subject), ns, to),
            Kind::NamedBegin => self.named(thread, ns, &mut fields, to),
            Kind::NamedEnd => self.end(thread, Open::Named, ns, to),
            Kind::SpanBegin if self.spans.is_task(subject) => self.about_span(thread, "creates", record, to),
            Kind::Woken => self.about_span(thread, "wakes", record, to),
            Kind::PollBegin => {
                let name = self.spans.name(subject).unwrap_or_else(|| self.names.number(POLL));
                self.annotations.begin(name);
                self.begins(thread, Open::Poll(subject), ns, subject, to);
            }
            Kind::PollPending | Kind::PollReady | Kind::PollUnwound => {
                self.end(thread, Open::Poll(subject), ns, to);
            }
            Kind::Log => self.log(thread, ns, &mut fields, to),
            Kind::Counter => self.counter_of(ns, &mut fields, to),
            Kind::Slow => {
                self.annotations.begin(self.names.number("slow"));
                let site = self.names.site(subject).map_or("", |site| self.names.name(site.name)).to_owned();
                self.annotations.add(self.names.number("region"), Field::Text(&site));
                self.annotations
                    .add(self.names.number("nanoseconds"), fields.next().unwrap_or(Field::Absent));
                self.of_thread(thread, ns, event::INSTANT, 0, to);
            }
            _ => {}
        }
    }

    fn begins(&mut self, thread: &mut Thread, open: Open, ns: u64, flow: u64, to: &mut Vec<u8>) {
        thread.open.push(open);
        self.of_thread(thread, ns, event::BEGIN, flow, to);
    }

    /// What began ends, and what is inside of it. An end whose beginning is not there is none.
    fn end(&mut self, thread: &mut Thread, open: Open, ns: u64, to: &mut Vec<u8>) {
        /// Between it and its beginning is at most what was left open; ends that match nothing are not to cost the whole depth.
        const FAR: usize = 256;
        let near = thread.open.len().saturating_sub(FAR);
        let Some(at) = thread.open[near..].iter().rposition(|it| *it == open) else { return };
        let at = near + at;
        for _ in at..thread.open.len() {
            ends(thread, ns, &self.names, to);
        }
        thread.open.truncate(at);
    }

    /// A region without a site: its name, file and line, and more in pairs.
    fn named(&mut self, thread: &mut Thread, ns: u64, fields: &mut Fields<'_>, to: &mut Vec<u8>) {
        let Some(Field::Text(name)) = fields.next() else { return };
        self.annotations.begin(self.names.number(name));
        for key in ["file", "line"] {
            let key = self.names.number(key);
            self.annotations.add(key, fields.next().unwrap_or(Field::Absent));
        }
        self.annotations.pairs(&mut self.names, fields);
        self.begins(thread, Open::Named, ns, 0, to);
    }

    /// An instant that leads to the next poll of the span.
    fn about_span(&mut self, thread: &mut Thread, what: &str, record: &Record<'_>, to: &mut Vec<u8>) {
        let span = self.spans.name(record.subject).map_or("", |name| self.names.name(name)).to_owned();
        self.annotations.begin(self.names.number(what));
        self.annotations.add(self.names.number("task"), Field::Text(&span));
        self.annotations.add(self.names.number("id"), Field::Unsigned(record.subject));
        self.of_thread(thread, record.ticks, event::INSTANT, record.subject, to);
    }

    fn log(&mut self, thread: &mut Thread, ns: u64, fields: &mut Fields<'_>, to: &mut Vec<u8>) {
        let (Some(Field::Text(category)), Some(Field::Text(message))) = (fields.next(), fields.next()) else {
            return;
        };
        // Neither is told by number: a message is mostly said once.
        thread.sequence.event(ns, event::INSTANT, (&self.names, &[]), to, |instant| {
            instant.bytes(event::CATEGORY, category.as_bytes());
            instant.bytes(event::NAME, message.as_bytes());
        });
    }

    fn counter_of(&mut self, ns: u64, fields: &mut Fields<'_>, to: &mut Vec<u8>) {
        let Some(Field::Text(name)) = fields.next() else { return };
        match fields.next() {
            Some(Field::Signed(value)) => self.counter(name, ns, value, to),
            Some(Field::Unsigned(value)) => self.counter(name, ns, signed(value), to),
            Some(Field::Float(value)) => {
                self.counted(name, ns, to, |event| event.fixed(event::DOUBLE_COUNTER, value.to_bits()));
            }
            _ => {}
        }
    }
}

fn ends(thread: &mut Thread, ns: u64, names: &Names, to: &mut Vec<u8>) {
    thread.sequence.event(ns, event::END, (names, &[]), to, |_| {});
}

fn is_of_span(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SpanBegin
            | Kind::PollBegin
            | Kind::PollPending
            | Kind::PollReady
            | Kind::PollUnwound
            | Kind::SpanCancelled
            | Kind::SpanEnd
            | Kind::Woken
            | Kind::Leaked
    )
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The name of the program, where it is this one.
fn process_name(process: u32) -> String {
    let own = (process == std::process::id()).then(std::env::current_exe).and_then(Result::ok);
    let name = own.as_deref().and_then(std::path::Path::file_name);
    name.map_or_else(|| format!("process {process}"), |name| name.to_string_lossy().into_owned())
}
