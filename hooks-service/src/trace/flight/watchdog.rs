//! Whether a thread that polls tasks is stuck in one of them: none of the others on it is polled.

use super::super::clock::Timeline;
use super::super::cursor::{Cursor, Piece};
use super::super::engine::Reading;
use hooks_runtime::trace::observe::{Kind, Record};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// See the module.
pub(super) struct Watchdog {
    limit: Duration,
    cursor: Cursor,
    threads: HashMap<u64, Thread>,
}

/// Of one that is in a poll.
#[derive(Default)]
struct Thread {
    /// How many polls it is in, one in the other.
    depth: u32,
    /// When the outermost began.
    since: u64,
    is_told: bool,
}

impl Watchdog {
    pub(super) fn new(limit: Duration, reading: &Reading) -> Self {
        Self { limit, cursor: Cursor::from_now(*reading.area()), threads: HashMap::new() }
    }

    /// Whether there is one that has not been told of.
    pub(super) fn looks_up(&mut self, reading: &Reading) -> bool {
        let threads = &mut self.threads;
        let _ = self.cursor.round(&mut |piece| {
            follow(threads, &piece);
            ControlFlow::Continue(())
        });
        threads.retain(|_, thread| thread.depth > 0);
        let now = reading.now();
        let timeline = Timeline::of(reading.area(), Some(now));
        let limit = u64::try_from(self.limit.as_nanos()).unwrap_or(u64::MAX);
        let is_stuck = |thread: &&mut Thread| {
            !thread.is_told && now.monotonic.saturating_sub(timeline.ns(thread.since)) >= limit
        };
        let stuck: Vec<_> = threads.values_mut().filter(is_stuck).collect();
        let any = !stuck.is_empty();
        for thread in stuck {
            thread.is_told = true;
        }
        any
    }
}

fn follow(threads: &mut HashMap<u64, Thread>, piece: &Piece<'_>) {
    let thread = threads.entry(piece.head.thread).or_default();
    if piece.missing > 0 {
        // Its polls may have ended among those.
        *thread = Thread::default();
    }
    piece.records.clone().for_each(|record| thread.follow(&record));
}

impl Thread {
    fn follow(&mut self, record: &Record<'_>) {
        match record.kind {
            Kind::PollBegin => {
                if self.depth == 0 {
                    *self = Self { depth: 0, since: record.ticks, is_told: false };
                }
                self.depth += 1;
            }
            Kind::PollPending | Kind::PollReady | Kind::PollUnwound => {
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }
}
