//! A dump in the format of `go tool pprof`.

use super::dump::{Dump, Thread};
use crate::label::{Label, LabelValue};
use crate::profile::SampleType;
use crate::profile::pprof::{Encoder, Header, LabelRules, Line, Locations, gzipped, nanoseconds, since_1970};
use std::collections::BTreeMap;
use std::io::{self, Write};

const THREADS: SampleType = SampleType { kind: "threads", unit: "count" };

/// Threads with the same stack and labels.
type Group = (Vec<Label>, Vec<u64>, &'static str);

impl Dump {
    /// Writes a `threads` profile for `go tool pprof`: each thread counts one at its stack, with its labels, its name as
    /// `thread` and its state as `state`. What Go's `goroutine` profile is to goroutines.
    ///
    /// ```text
    /// go tool pprof -tags threads.pb.gz
    /// go tool pprof -top -tagfocus=state=running threads.pb.gz
    /// ```
    ///
    /// # Cost
    /// As [`Dump::write_text`].
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_pprof(&self, writer: impl Write) -> io::Result<()> {
        gzipped(writer, |gzip| self.encode(gzip))
    }

    fn encode<W: Write>(&self, writer: W) -> io::Result<W> {
        let header = Header {
            sample_types: &[THREADS],
            default_sample_type: THREADS.kind,
            period_type: THREADS,
            period: 1,
            time_nanos: since_1970(self.taken),
            duration_nanos: nanoseconds(self.elapsed),
        };
        let mut encoder = Encoder::new(writer, &header)?;
        for warning in self.symbols().warnings() {
            encoder.comment(warning)?;
        }
        let groups = self.counted();
        let rules = LabelRules::new(groups.keys().flat_map(|(labels, ..)| labels));
        let mut locations = Locations::new(&self.modules, Some(self.symbols()));
        for ((labels, stack, reason), count) in &groups {
            let stack = if stack.is_empty() {
                let line = Line { function: reason, symbol: reason, file: "", number: 0 };
                vec![encoder.location(0, 0, [line])?]
            } else {
                locations.stack(&mut encoder, stack)?
            };
            let labels: Vec<_> = labels.iter().map(|label| rules.encode(label)).collect();
            encoder.sample(&stack, &[*count], labels.iter().map(|label| (&*label.key, label.field())))?;
        }
        locations.mappings(&mut encoder)?;
        encoder.finish()
    }

    fn counted(&self) -> BTreeMap<Group, i64> {
        let mut groups = BTreeMap::new();
        for thread in &self.threads {
            let key = (labels(thread), thread.stack.to_vec(), thread.answer.text());
            *groups.entry(key).or_insert(0) += 1;
        }
        groups
    }
}

/// The thread's own labels, and what is known of it under keys that they leave free.
fn labels(thread: &Thread) -> Vec<Label> {
    let mut labels = thread.labels.to_vec();
    for (key, value) in [("thread", &*thread.name), ("state", thread.state.text())] {
        if !labels.iter().any(|label| &*label.key == key) {
            labels.push(Label { key: key.into(), value: LabelValue::Text(value.into()) });
        }
    }
    labels
}
