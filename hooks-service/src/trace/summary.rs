//! What became of a trace.

use hooks_runtime::trace::observe::Clock;
use std::fmt;
use std::time::Duration;

/// What became of a trace, of a trace that was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Events that are in what was written.
    pub events: u64,
    /// Events that are not: there was no memory for them, or it was used again before they were read. The threads that wrote
    /// them have not waited.
    pub dropped: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Threads that have recorded something.
    pub threads: u64,
    /// Tasks that began.
    pub tasks: u64,
    /// Tasks that wait, and that nobody can wake any more.
    pub leaked: u64,
    /// How long it took.
    pub duration: Duration,
    /// How its events were timed.
    pub clock: ClockUsed,
    /// Why it ended.
    pub ended: Ended,
}

/// The clock of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockUsed {
    /// Which one.
    pub clock: Clock,
    /// How far the time of events was from the kernel's, at most.
    pub drift: Duration,
}

/// Why a trace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// It was stopped or dropped.
    Stopped,
    /// More would have been more than `max_bytes`.
    MaxBytes,
    /// It has taken `max_duration`.
    MaxDuration,
    /// It could not be written on.
    Failed,
}

/// On one line.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { events, dropped, bytes, threads, tasks, leaked, duration, .. } = self;
        let seconds = duration.as_secs_f64();
        write!(
            f,
            "{events} events in {bytes} bytes, {dropped} dropped, of {threads} threads and {tasks} tasks in {seconds:.1} s"
        )?;
        if *leaked > 0 { write!(f, "; {leaked} tasks that nobody can wake") } else { Ok(()) }
    }
}
