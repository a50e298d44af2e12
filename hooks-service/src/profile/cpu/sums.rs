//! The reader of the sampler: adds samples up.

use super::comments::comments;
use crate::capture::{LabelBytes, decode_labels};
use crate::profile::group::THREAD;
use crate::profile::table::Table;
use crate::profile::{Profile, SampleType};
use crate::sampling::{Reader, Span, TakenStack};
use hooks_runtime::labels::observe::ValueRef;
use std::time::Duration;

/// What was sampled so far.
pub(super) struct Sums {
    table: Table,
    /// In nanoseconds.
    period: i64,
    names: bool,
    truncated: u64,
    incomplete: u64,
    /// Labels of the sample at hand, with ours.
    labels: Vec<u8>,
    ours: Box<LabelBytes<128>>,
}

impl Sums {
    /// Nothing yet. With `names`, each sample has its thread's.
    pub(super) fn new(period: Duration, names: bool) -> Self {
        Self {
            table: Table::new(2, decode_labels),
            period: nanoseconds(period),
            names,
            truncated: 0,
            incomplete: 0,
            labels: Vec::new(),
            ours: Box::default(),
        }
    }

    /// All that was sampled; the sums begin anew.
    pub(super) fn take(&mut self) -> Self {
        Self {
            table: self.table.take(),
            truncated: std::mem::take(&mut self.truncated),
            incomplete: std::mem::take(&mut self.incomplete),
            labels: Vec::new(),
            ours: Box::default(),
            ..*self
        }
    }

    /// The sums as a profile of the time `span`.
    pub(super) fn profile(&self, span: Span) -> Profile {
        let mut stats = span.stats;
        stats.lost.overflow = u64::try_from(self.table.overflow()[0]).unwrap_or(0);
        stats.bounded_labels = self.table.bounded_keys().map(Into::into).collect();
        (stats.truncated, stats.incomplete) = (self.truncated, self.incomplete);
        let clock = SampleType { kind: stats.clock.name(), unit: "nanoseconds" };
        let lost = i64::try_from(stats.lost.total()).unwrap_or(i64::MAX);
        Profile {
            sample_types: vec![SampleType { kind: "samples", unit: "count" }, clock],
            shown: 0,
            default_type: 1,
            samples: self.table.samples(),
            modules: span.modules,
            period_type: clock,
            period: self.period,
            started: span.started,
            duration: span.duration,
            lost: vec![lost, lost.saturating_mul(self.period)],
            comments: comments(&stats),
            stats: Some(stats),
        }
    }

    /// Labels of our own, under keys that the user's leave free: in a set, the first of a key counts.
    fn label(&mut self, taken: &TakenStack<'_>) {
        self.labels.clear();
        self.labels.extend_from_slice(taken.labels);
        self.ours.clear();
        if let Some(name) = taken.thread.filter(|_| self.names) {
            self.ours.push(THREAD, ValueRef::Text(name));
        }
        if let Some(frames) = taken.cut_at {
            let value = i64::try_from(frames).unwrap_or(i64::MAX);
            self.ours.push("stack_truncated", ValueRef::Number { value, unit: "frames" });
        }
        self.labels.extend_from_slice(self.ours.bytes());
    }
}

impl Reader for Sums {
    fn add(&mut self, taken: &TakenStack<'_>) {
        if taken.cut_at.is_some() {
            self.truncated += u64::from(taken.weight);
        } else if !taken.complete {
            self.incomplete += u64::from(taken.weight);
        }
        self.label(taken);
        let weight = i64::from(taken.weight);
        self.table.add(taken.stack, &self.labels, &[weight, weight.saturating_mul(self.period)]);
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
