//! What happened while a profile was taken, as numbers.

use super::clock::Clock;
use std::time::Duration;

/// What interrupts the threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A POSIX timer of each thread.
    #[default]
    Timers,
    /// A perf event of each thread: finer than the kernel's ticks.
    PerfEvents,
}

/// How a profile was taken, how much was seen and what was lost: the numbers behind a profile's comments.
///
/// They are those of the profile's own time, from its start or the last `take` on. Who samples at the same rate
/// as others shares its losses with them.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(30))?;
/// let stats = profile.stats().expect("a sampled profile has them");
/// assert!(stats.attached >= 1);
/// assert_eq!(stats.lost.total(), profile.lost());
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
///
/// Go: none of this can be asked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// The clock that was counted.
    pub clock: Clock,
    /// Samples for each second of the clock and thread.
    pub frequency: u32,
    /// What interrupted the threads.
    pub source: Source,
    /// How often a second the kernel looks at timers of processor time.
    pub kernel_ticks: u32,
    /// Periods that one sample stands for: more than one above the kernel's ticks, without perf events, and by the wall clock
    /// where there are many threads.
    pub periods_at_once: u32,
    /// Threads that had a timer or an event of their own: those that were there at the start, and of later ones those that
    /// took five periods.
    pub attached: u64,
    /// Of these, threads that had announced themselves, at their first label for instance.
    pub by_hook: u64,
    /// Threads that ended.
    pub ended: u64,
    /// Threads that were refused a perf event and have a timer, or whose event's descriptor was left to the program.
    pub timers_for_events: u64,
    /// Times a thread was refused a timer (`RLIMIT_SIGPENDING`), or a place in the table of threads.
    pub refused: u64,
    /// Periods that signals brought: each is in a sample, or lost.
    pub seen: u64,
    /// Periods that were seen and are in no sample.
    pub lost: Lost,
    /// Periods of threads that had no timer of their own: the process-wide timer brought them.
    pub unattached: u64,
    /// Labels that did not fit into their sample.
    pub labels_left_out: u64,
    /// Keys of labels that had more than a thousand values: what the lightest of these weigh is with the value `(other)`, of
    /// numbers with the next lower power of two.
    pub bounded_labels: Vec<Box<str>>,
    /// Periods whose stack was cut.
    pub truncated: u64,
    /// Periods whose stack does not reach the thread's first function.
    pub incomplete: u64,
    /// Code segments that were unloaded and whose addresses were used again.
    pub replaced_code: u64,
    /// Processor time of the process in that time, ended threads included.
    pub processor_time: Duration,
    /// Processor time that no signal brought.
    pub missed: Missed,
    /// For how long `SIGPROF` had a handler that is not ours, and where that handler is.
    pub foreign_handler: Option<(Duration, usize)>,
}

impl Stats {
    /// Processor time, or time by the wall clock, that signals brought: what was [`seen`](Self::seen), as time.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(30))?;
    /// let stats = profile.stats().expect("a sampled profile has them");
    /// println!("{:?} of {:?}, missed {:?}", stats.seen_time(), stats.processor_time, stats.missed);
    /// # }
    /// # Ok::<(), hooks_service::profile::Error>(())
    /// ```
    pub fn seen_time(&self) -> Duration {
        let nanoseconds = u128::from(self.seen) * 1_000_000_000 / u128::from(self.frequency.max(1));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// Processor time that no signal brought, by cause: it is in no sample, and not in
/// [`Profile::total`](crate::profile::Profile::total).
///
/// The kernel counts what each thread takes, so for threads that are there this is known of each; what is left is that of
/// the others. All are off by chance, as sums of samples are: some periods for each thread. Zero by the wall clock.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(30))?;
/// let missed = profile.stats().expect("a sampled profile has them").missed;
/// assert_eq!(missed.total(), missed.blocked + missed.between_ticks + missed.short_threads);
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
///
/// Go: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missed {
    /// Of threads that block `SIGPROF`.
    pub blocked: Duration,
    /// Of other threads that are sampled by themselves: the kernel looks at their timers at its ticks, and the last ticks that
    /// met them are a while ago.
    pub between_ticks: Duration,
    /// Of threads that have ended, or had no timer of their own yet.
    pub short_threads: Duration,
}

impl Missed {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.blocked + self.between_ticks + self.short_threads
    }
}

/// Periods that are in no sample, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// The collector's thread did not come to empty the ring.
    pub ring_full: u64,
    /// More handlers ran at once than there are stacks for them.
    pub no_scratch: u64,
    /// The table of stacks and labels was full.
    pub overflow: u64,
}

impl Lost {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.ring_full + self.no_scratch + self.overflow
    }
}
