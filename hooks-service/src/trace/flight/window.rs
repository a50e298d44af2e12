//! What of an area is to be shown: events from a time on, and before that what was open then.

use super::super::cursor::Piece;
use hooks_runtime::trace::observe::{Head, Kind, Record, Records};
use std::collections::{BTreeMap, HashSet};

/// Copied, of each thread in the order of its events.
pub(super) struct Copied(BTreeMap<u64, Vec<(Head, Vec<u64>)>>);

/// A thread's, from a time on.
struct Part {
    head: Head,
    missing: u64,
    words: Vec<u64>,
}

impl Copied {
    pub(super) fn new(mut chunks: Vec<(Head, Vec<u64>)>) -> Self {
        chunks.sort_by_key(|(head, _)| head.sequence);
        let mut threads: BTreeMap<u64, Vec<(Head, Vec<u64>)>> = BTreeMap::new();
        for chunk in chunks {
            threads.entry(chunk.0.thread).or_default().push(chunk);
        }
        Self(threads)
    }

    /// Hands out what is to be shown from this time on. Without `idle` spans nothing of those that were open then and have no
    /// event since: says how many they are.
    pub(super) fn each(&self, from: u64, idle: bool, mut each: impl FnMut(Piece<'_>)) -> u64 {
        let mut spans = Spans {
            ended: self.spans_that_ended(from),
            awake: (!idle).then(|| self.spans_since(from)),
            left_out: 0,
        };
        for chunks in self.0.values() {
            for part in parts(chunks, from, &mut spans) {
                let Part { head, missing, words } = part;
                each(Piece { head, missing, records: Records::new(&words) });
            }
        }
        spans.left_out
    }

    /// When the events from this time on were, in order.
    pub(super) fn times(&self, from: u64) -> Vec<u64> {
        let times = self.records().map(|record| record.ticks);
        let mut times: Vec<u64> = times.filter(|ticks| *ticks >= from).collect();
        times.sort_unstable();
        times
    }

    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.0.values().flatten().flat_map(|(_, words)| Records::new(words))
    }

    /// Those that have an event since.
    fn spans_since(&self, from: u64) -> HashSet<u64> {
        self.records().filter(|record| record.ticks >= from).map(|record| record.subject).collect()
    }

    /// Those that ended before: nothing of them is shown.
    fn spans_that_ended(&self, from: u64) -> HashSet<u64> {
        let ends = |record: &Record<'_>| {
            use Kind::{PollReady, PollUnwound, SpanCancelled, SpanEnd};
            record.ticks < from && matches!(record.kind, PollReady | PollUnwound | SpanCancelled | SpanEnd)
        };
        self.records().filter(ends).map(|record| record.subject).collect()
    }
}

/// Which of the spans that began before are shown.
struct Spans {
    ended: HashSet<u64>,
    /// All, or these alone.
    awake: Option<HashSet<u64>>,
    left_out: u64,
}

impl Spans {
    fn shows(&mut self, span: u64) -> bool {
        if self.ended.contains(&span) {
            return false;
        }
        let shown = self.awake.as_ref().is_none_or(|awake| awake.contains(&span));
        self.left_out += u64::from(!shown);
        shown
    }
}

/// What is shown of a thread.
fn parts(chunks: &[(Head, Vec<u64>)], from: u64, spans: &mut Spans) -> Vec<Part> {
    let mut open = Open::default();
    let mut parts: Vec<Part> = Vec::new();
    let mut next = chunks.first().map_or(0, |(head, _)| head.before);
    for (head, words) in chunks {
        let missing = head.before.saturating_sub(next);
        if missing > 0 {
            open.begun.clear();
        }
        let mut shown = Vec::new();
        let mut records = Records::new(words);
        let mut at = 0;
        next = head.before;
        while let Some(record) = records.next() {
            let end = words.len() - records.rest().len();
            next += 1;
            if record.ticks >= from {
                open.show(&mut shown);
                shown.extend_from_slice(&words[at..end]);
            } else {
                open.note(&record, &words[at..end], spans);
            }
            at = end;
        }
        if !shown.is_empty() {
            parts.push(Part {
                head: *head,
                missing: if parts.is_empty() { 0 } else { missing },
                words: shown,
            });
        }
    }
    if parts.is_empty() {
        let mut words = Vec::new();
        open.show(&mut words);
        parts.extend(chunks.last().filter(|_| !words.is_empty()).map(|(head, _)| Part {
            head: *head,
            missing: 0,
            words,
        }));
    }
    parts
}

/// What was open at the time: the records that began it, in order.
#[derive(Default)]
struct Open {
    begun: Vec<(Kind, Vec<u64>)>,
    spans: Vec<Vec<u64>>,
}

impl Open {
    fn note(&mut self, record: &Record<'_>, words: &[u64], spans: &mut Spans) {
        match record.kind {
            Kind::SpanBegin if spans.shows(record.subject) => self.spans.push(words.to_vec()),
            Kind::RegionBegin | Kind::NamedBegin | Kind::PollBegin => {
                self.begun.push((record.kind, words.to_vec()));
            }
            Kind::RegionEnd => self.end(Kind::RegionBegin),
            Kind::NamedEnd => self.end(Kind::NamedBegin),
            Kind::PollPending | Kind::PollReady | Kind::PollUnwound => self.end(Kind::PollBegin),
            _ => {}
        }
    }

    /// One of this kind, and what began in it.
    fn end(&mut self, kind: Kind) {
        if let Some(at) = self.begun.iter().rposition(|(begun, _)| *begun == kind) {
            self.begun.truncate(at);
        }
    }

    /// Once, before what comes first.
    fn show(&mut self, to: &mut Vec<u64>) {
        let mut all: Vec<Vec<u64>> = std::mem::take(&mut self.spans);
        all.extend(std::mem::take(&mut self.begun).into_iter().map(|(_, words)| words));
        all.sort_by_key(|words| words.first().copied());
        to.extend(all.concat());
    }
}
