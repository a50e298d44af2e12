//! What a flight recorder had at one instant.

use super::super::clock::Timeline;
use super::super::engine::Reading;
use super::super::perfetto::Encoder;
use super::window::Copied;
use hooks_runtime::trace::observe::{Area, Head, Start};
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a [`FlightRecorder`](super::FlightRecorder) had at one instant, to be written once or more. Go: `FlightRecorder.WriteTo`,
/// which is both.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::trace::FlightRecorder;
///
/// let recorder = FlightRecorder::builder().start()?;
/// hooks_runtime::trace::log("doc", "something went wrong");
/// let snapshot = recorder.snapshot()?;
/// let mut file = Vec::new();
/// snapshot.write(&mut file)?;
/// let (from, to) = snapshot.covers();
/// assert!(from <= to && snapshot.events() == 1 && file.len() < 16 << 20);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Snapshot {
    area: Area,
    timeline: Timeline,
    copied: Copied,
    /// In nanoseconds of `CLOCK_MONOTONIC`: the first of which nothing was overwritten, and the last.
    from: u64,
    to: u64,
    /// Events up to this time were overwritten.
    overwritten: u64,
    max_bytes: usize,
    dropped: u64,
    encoded: OnceLock<Encoded>,
}

/// What is written.
struct Encoded {
    bytes: Vec<u8>,
    events: u64,
    from: u64,
}

impl Snapshot {
    /// Copies what there is, while threads go on. The newest first: they overwrite the oldest meanwhile.
    pub(super) fn new(reading: &Reading, min_age: Duration, max_bytes: usize) -> Self {
        reading.keep_time_now();
        let area = *reading.area();
        let now = reading.now();
        let copied = Copied::new(copy(&area));
        let timeline = Timeline::of(&area, Some(now));
        let start = area.start().map_or(0, |start| start.time.monotonic);
        let overwritten = match area.lost_until() {
            0 => start,
            ticks => timeline.ns(ticks),
        };
        let age = u64::try_from(min_age.as_nanos()).unwrap_or(u64::MAX);
        let from = now.monotonic.saturating_sub(age).max(overwritten).max(start).min(now.monotonic);
        let (to, dropped) = (now.monotonic, area.dropped());
        Self { area, timeline, copied, from, to, overwritten, max_bytes, dropped, encoded: OnceLock::new() }
    }

    /// From when to when it has all that was recorded, and not dropped. The first is not earlier than the recorder's
    /// [`min_age`](super::FlightRecorderBuilder::min_age), and later where that were more than its
    /// [`max_bytes`](super::FlightRecorderBuilder::max_bytes). What was open at the first has its beginning.
    pub fn covers(&self) -> (SystemTime, SystemTime) {
        (self.time(self.encoded().from), self.time(self.to))
    }

    /// How many events it has.
    pub fn events(&self) -> u64 {
        self.encoded().events
    }

    /// How many events the recorder has dropped, since it was started. Those that it has overwritten are not among them: they
    /// were too old.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Writes it: a file for ui.perfetto.dev, of at most [`max_bytes`](super::FlightRecorderBuilder::max_bytes).
    ///
    /// Cost: some 0.1 µs an event, the first time.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, mut writer: impl Write) -> io::Result<()> {
        writer.write_all(&self.encoded().bytes)
    }

    fn encoded(&self) -> &Encoded {
        self.encoded.get_or_init(|| self.encode_within())
    }

    /// From later on, as long as it is too much; a few times. Where it is what was open that takes the place, without it.
    fn encode_within(&self) -> Encoded {
        const TRIES: usize = 3;
        let all = self.encode(self.from, true);
        if all.bytes.len() <= self.max_bytes {
            return all;
        }
        let times = self.copied.times(self.timeline.ticks(self.from));
        let fitting = |mut length: usize, idle, mut kept: usize| {
            for _ in 0..TRIES {
                kept = self.fewer(kept, length);
                let from = kept
                    .checked_sub(1)
                    .map_or(self.to, |last| self.timeline.ns(times[times.len() - 1 - last]));
                let encoded = self.encode(from.clamp(self.from, self.to), idle);
                length = encoded.bytes.len();
                if length <= self.max_bytes {
                    return Some(encoded);
                }
            }
            None
        };
        let first_without = || {
            let encoded = self.encode(self.from, false);
            let length = encoded.bytes.len();
            if length <= self.max_bytes { Some(encoded) } else { fitting(length, false, times.len()) }
        };
        let shown = fitting(all.bytes.len(), true, times.len()).or_else(first_without);
        shown.unwrap_or_else(|| self.encode(self.to, false))
    }

    /// How many events are tried next: a little less than would fit if they were all of one
    /// length.
    fn fewer(&self, kept: usize, length: usize) -> usize {
        let part = kept as u128 * self.max_bytes as u128 / length as u128;
        usize::try_from(part * 7 / 8).unwrap_or(0)
    }

    /// From this time on. Without `idle` spans: those of which nothing happened since.
    fn encode(&self, from: u64, idle: bool) -> Encoded {
        let (mut bytes, mut events) = (Vec::new(), 0);
        let mut encoder = Encoder::new(&self.area);
        encoder.preamble(&mut bytes);
        encoder.lost_until(self.overwritten);
        let left_out = self.copied.each(self.timeline.ticks(from), idle, |piece| {
            let records = piece.records.clone();
            events += records.filter(|record| !super::super::engine::is_self_test(record)).count() as u64;
            encoder.piece(&piece, &self.timeline);
        });
        encoder.finish(&mut bytes);
        if left_out > 0 {
            let said = format!(
                "{left_out} spans that were open and of which nothing happened since: too many for the file"
            );
            encoder.note("left out", &said, &mut bytes);
        }
        Encoded { bytes, events, from }
    }

    /// The time of day then.
    fn time(&self, monotonic: u64) -> SystemTime {
        let Some(Start { time, unix, .. }) = self.area.start() else { return UNIX_EPOCH };
        UNIX_EPOCH + Duration::from_nanos(unix.saturating_add(monotonic.saturating_sub(time.monotonic)))
    }
}

fn copy(area: &Area) -> Vec<(Head, Vec<u64>)> {
    let head = |chunk| area.read(chunk, usize::MAX, &mut Vec::new()).map(|head| (head.sequence, chunk));
    let mut chunks: Vec<(u64, usize)> = (0..area.count()).filter_map(head).collect();
    chunks.sort_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
    let copied = chunks.into_iter().filter_map(|(_, chunk)| {
        let mut words = Vec::new();
        area.read(chunk, 0, &mut words).map(|head| (head, words))
    });
    copied.collect()
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}
