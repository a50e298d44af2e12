//! What each span does, in the order of time: it has a track of its own, with a slice from its beginning to its end, and in that
//! what it is doing.
//!
//! What happens to a span is recorded by whichever thread it happens on. It is kept until all that came before it is there.

use super::annotations::Annotations;
use super::names::Names;
use super::packet::{OF_SPANS, PROCESS_TRACK, event, span_track, track};
use super::proto::Message;
use super::sequence::{NameOf, Sequence, describe};
use hooks_runtime::trace::observe::{Field, Fields, Kind, Record};
use std::collections::HashMap;

/// See the module.
pub(super) struct Spans {
    known: HashMap<u64, Span>,
    /// What is not said yet.
    moves: Vec<Move>,
    sequence: Sequence,
    annotations: Annotations,
    /// Tasks that have begun and not ended.
    tasks: u64,
}

struct Span {
    name: u32,
    parent: u64,
    /// Those of [`Kind`].
    flags: u64,
    /// Of its values; `None`: they bring their own.
    keys: Option<Box<[u32]>>,
    /// Values or labels.
    payload: Box<[u8]>,
    stage: Stage,
    /// It was woken while it was polled.
    is_woken: bool,
    /// The time of its last event that was said.
    last: u64,
}

impl Span {
    fn is_task(&self) -> bool {
        self.flags & Kind::TASK != 0
    }

    /// It has a track beside its parent's, and not under it.
    fn is_apart(&self) -> bool {
        self.flags & (Kind::TASK | Kind::APART) != 0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Its slice has not begun.
    Unsaid,
    /// Its slice has begun, and nothing is said of what it does.
    Begun,
    /// What it does is said by a slice.
    Does(Doing),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Created,
    Running,
    Waiting,
    Runnable,
}

impl Doing {
    const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Runnable => "runnable",
        }
    }
}

#[derive(Clone, Copy)]
struct Move {
    ns: u64,
    id: u64,
    kind: Kind,
}

/// The fields of a `SpanBegin` before its values.
struct Begin<'a> {
    parent: u64,
    site: u64,
    flags: u64,
    name: &'a str,
    rest: usize,
}

impl<'a> Begin<'a> {
    fn of(payload: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::new(payload);
        let [Some(Field::Unsigned(parent)), Some(Field::Unsigned(site)), Some(Field::Unsigned(flags))] =
            [fields.next(), fields.next(), fields.next()]
        else {
            return None;
        };
        let Some(Field::Text(name)) = fields.next() else { return None };
        // A tag and eight bytes each, and a tag, a length of two bytes and the text.
        Some(Begin { parent, site, flags, name, rest: 3 * 9 + 3 + name.len() })
    }
}

const PANICKED: &str = "panicked";
const CANCELLED: &str = "cancelled";
const LEAKED: &str = "leaked: nobody can wake it";
const UNKNOWN: &str = "what became of it is not known: events are lost";

/// What is said of spans in words of ours.
pub(super) const OWN_NAMES: [&str; 8] = [
    Doing::Created.name(),
    Doing::Running.name(),
    Doing::Waiting.name(),
    Doing::Runnable.name(),
    PANICKED,
    CANCELLED,
    LEAKED,
    UNKNOWN,
];

impl Spans {
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::new(),
            moves: Vec::new(),
            sequence: Sequence::new(OF_SPANS, PROCESS_TRACK),
            annotations: Annotations::default(),
            tasks: 0,
        }
    }

    /// Notes what became of a span, which is said later.
    pub(super) fn note(&mut self, ns: u64, record: &Record<'_>, names: &mut Names) {
        let id = record.subject;
        if record.kind == Kind::SpanBegin {
            self.meet(record, names);
        }
        self.moves.push(Move { ns, id, kind: record.kind });
    }

    /// Notes what a span is called, if it is not known yet.
    pub(super) fn meet(&mut self, record: &Record<'_>, names: &mut Names) {
        let (id, payload) = (record.subject, record.payload);
        let Some(begin) = Begin::of(payload).filter(|_| !self.known.contains_key(&id)) else { return };
        let is_task = begin.flags & Kind::TASK != 0;
        let site = names.site(begin.site).cloned();
        let keys = site.as_ref().filter(|_| !is_task).map(|site| site.keys.clone());
        let called = if begin.name.is_empty() { "span" } else { begin.name };
        let span = Span {
            name: site.map_or_else(|| names.number(called), |site| site.name),
            parent: begin.parent,
            flags: begin.flags,
            keys,
            payload: payload.get(begin.rest..).unwrap_or(&[]).into(),
            stage: Stage::Unsaid,
            is_woken: false,
            last: 0,
        };
        self.known.insert(id, span);
    }

    /// The number of its name. `None`: its beginning was not read.
    pub(super) fn name(&self, id: u64) -> Option<u32> {
        self.known.get(&id).map(|span| span.name)
    }

    /// Whether it is a task.
    pub(super) fn is_task(&self, id: u64) -> bool {
        self.known.get(&id).is_some_and(Span::is_task)
    }

    /// Tasks that have begun and not ended, as far as it was said.
    pub(super) fn tasks(&self) -> u64 {
        self.tasks
    }

    /// Says what was before this time.
    pub(super) fn settle(&mut self, until: u64, names: &mut Names, to: &mut Vec<u8>) {
        self.moves.sort_by_key(|it| it.ns);
        let settled = self.moves.partition_point(|it| it.ns < until);
        for it in self.moves.drain(..settled).collect::<Vec<_>>() {
            self.say(&it, names, to);
        }
    }

    /// Events up to this time may be missing. Of spans that have none since it is not known whether they have ended: what is said of
    /// them ends with the last thing that is known.
    pub(super) fn give_up(&mut self, lost_until: u64, names: &mut Names, to: &mut Vec<u8>) {
        let unsure =
            self.known.iter().filter(|(_, span)| span.stage != Stage::Unsaid && span.last < lost_until);
        let mut unsure: Vec<Move> =
            unsure.map(|(id, span)| Move { ns: span.last, id: *id, kind: Kind::SpanCancelled }).collect();
        unsure.sort_by_key(|it| (it.ns, it.id));
        for it in unsure {
            self.end(&it, UNKNOWN, names, to);
        }
    }

    fn say(&mut self, it: &Move, names: &mut Names, to: &mut Vec<u8>) {
        let Some(span) = self.known.get_mut(&it.id) else { return };
        span.last = span.last.max(it.ns);
        let (stage, is_woken, is_task) = (span.stage, span.is_woken, span.is_task());
        match it.kind {
            // Another one is of a span that may have been overwritten.
            Kind::SpanBegin if stage == Stage::Unsaid => self.begin(it, names, to),
            Kind::PollBegin => {
                self.set_woken(it.id, false);
                self.does(it, Doing::Running, names, to);
            }
            Kind::PollPending if is_woken => self.does(it, Doing::Runnable, names, to),
            Kind::PollPending => self.does(it, Doing::Waiting, names, to),
            Kind::Woken if stage == Stage::Does(Doing::Running) => self.set_woken(it.id, true),
            Kind::Woken if is_task && stage == Stage::Does(Doing::Waiting) => {
                self.does(it, Doing::Runnable, names, to);
            }
            Kind::Leaked => self.instant(it, LEAKED, names, to),
            Kind::PollReady | Kind::SpanEnd => self.end(it, "", names, to),
            Kind::PollUnwound => self.end(it, PANICKED, names, to),
            Kind::SpanCancelled => self.end(it, CANCELLED, names, to),
            _ => {}
        }
    }

    fn set_woken(&mut self, id: u64, is_woken: bool) {
        if let Some(span) = self.known.get_mut(&id) {
            span.is_woken = is_woken;
        }
    }

    /// Its track, and its slice on it.
    fn begin(&mut self, it: &Move, names: &mut Names, to: &mut Vec<u8>) {
        let Some(span) = self.known.get_mut(&it.id) else { return };
        span.stage = Stage::Begun;
        self.tasks += u64::from(span.is_task());
        let (name, parent) = (span.name, span.parent);
        let is_new = span.is_task() && span.flags & Kind::WAS_THERE == 0;
        let is_apart = span.is_apart();
        self.annotations.begin(name);
        let mut fields = Fields::new(&span.payload);
        match &span.keys {
            Some(keys) => self.annotations.values(keys, &mut fields),
            None => self.annotations.pairs(names, &mut fields),
        }
        if parent != 0 {
            self.annotations.add(names.number("parent"), Field::Unsigned(parent));
        }
        self.annotations.add(names.number("id"), Field::Unsigned(it.id));
        let has_parent = !is_apart && self.known.contains_key(&parent);
        describe(OF_SPANS, to, |descriptor| {
            descriptor.number(track::ID, span_track(it.id));
            descriptor.bytes(track::NAME, names.name(name).as_bytes());
            descriptor.number(track::PARENT, if has_parent { span_track(parent) } else { PROCESS_TRACK });
        });
        let Annotations { used, bytes } = &self.annotations;
        self.sequence.event(it.ns, event::BEGIN, (names, used), to, |slice| {
            slice.number(event::TRACK, span_track(it.id));
            slice.extend(bytes);
        });
        if is_new {
            self.does(it, Doing::Created, names, to);
        }
    }

    /// From now on it does this.
    fn does(&mut self, it: &Move, doing: Doing, names: &mut Names, to: &mut Vec<u8>) {
        let stage = self.known.get(&it.id).map(|span| span.stage);
        match stage {
            Some(Stage::Does(before)) if before != doing => self.slice_ends(it, to, names),
            Some(Stage::Begun) => {}
            _ => return,
        }
        self.named(it, event::BEGIN, doing.name(), names, to);
        if let Some(span) = self.known.get_mut(&it.id) {
            span.stage = Stage::Does(doing);
        }
    }

    fn slice_ends(&mut self, it: &Move, to: &mut Vec<u8>, names: &Names) {
        self.sequence.event(it.ns, event::END, (names, &[]), to, |slice| {
            slice.number(event::TRACK, span_track(it.id));
        });
    }

    fn instant(&mut self, it: &Move, what: &str, names: &mut Names, to: &mut Vec<u8>) {
        if matches!(self.known.get(&it.id).map(|span| span.stage), None | Some(Stage::Unsaid)) {
            return;
        }
        self.named(it, event::INSTANT, what, names, to);
    }

    /// An event on its track.
    fn named(&mut self, it: &Move, kind: u64, name: &str, names: &mut Names, to: &mut Vec<u8>) {
        let used = [(NameOf::Event, names.number(name))];
        self.sequence.event(it.ns, kind, (names, &used), to, |event| {
            event.number(event::TRACK, span_track(it.id));
        });
    }

    /// It is over; `how` it ended, where that is worth a word.
    fn end(&mut self, it: &Move, how: &str, names: &mut Names, to: &mut Vec<u8>) {
        if !how.is_empty() {
            self.instant(it, how, names, to);
        }
        let Some(span) = self.known.remove(&it.id) else { return };
        match span.stage {
            Stage::Unsaid => return,
            Stage::Begun => {}
            Stage::Does(_) => self.slice_ends(it, to, names),
        }
        self.slice_ends(it, to, names);
        self.tasks -= u64::from(span.is_task());
    }
}
