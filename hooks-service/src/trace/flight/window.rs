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

    /// Hands out what is to be shown from this time on.
    pub(super) fn each(&self, from: u64, mut each: impl FnMut(Piece<'_>)) {
        let ended = self.spans_that_ended(from);
        for chunks in self.0.values() {
            for part in parts(chunks, from, &ended) {
                let Part { head, missing, words } = part;
                each(Piece { head, missing, records: Records::new(&words) });
            }
        }
    }

    /// Those that ended before: nothing of them is shown.
    fn spans_that_ended(&self, from: u64) -> HashSet<u64> {
        let records = self.0.values().flatten().flat_map(|(_, words)| Records::new(words));
        let ends = |record: &Record<'_>| {
            use Kind::{PollReady, PollUnwound, SpanCancelled, SpanEnd};
            record.ticks < from && matches!(record.kind, PollReady | PollUnwound | SpanCancelled | SpanEnd)
        };
        records.filter(ends).map(|record| record.subject).collect()
    }
}

/// What is shown of a thread.
fn parts(chunks: &[(Head, Vec<u64>)], from: u64, ended: &HashSet<u64>) -> Vec<Part> {
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
                open.note(&record, &words[at..end], ended);
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
    fn note(&mut self, record: &Record<'_>, words: &[u64], ended: &HashSet<u64>) {
        match record.kind {
            Kind::SpanBegin if !ended.contains(&record.subject) => self.spans.push(words.to_vec()),
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
