//! What is counted: processor time, or all of the time.

/// The clock that a profile is taken by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Processor time of each thread, in user and kernel mode: a thread that waits is not sampled. What Go's CPU
    /// profile shows.
    #[default]
    Cpu,
    /// Time, of every thread but the profiler's own, waiting or running: shows where threads wait. A future that waits is on
    /// no thread: of an async service this shows its workers, which wait for events, and what blocks them; where tasks wait is
    /// told by dumps with [`watch_tasks`](crate::stacks).
    ///
    /// Where threads would bring more than 4,000 samples a second, each is sampled less often, and a sample stands for more
    /// [periods](super::Stats::periods_at_once).
    ///
    /// Each sample interrupts the thread: a blocking call is restarted by the kernel where it can be (`SA_RESTART`),
    /// and returns `EINTR` where it cannot (`epoll_wait`, `nanosleep`, `poll`: std and mio handle that, C code must).
    ///
    /// A socket with a timeout (`set_read_timeout`) is of those too, and begins its time anew when it is asked again: std's
    /// `read_line`, `read_exact` and `read_to_end` do that at once, so that a timeout longer than the period of the profile
    /// **never comes** while it is taken. Where such calls are to end, profile by the other clock, or at a frequency whose
    /// period is longer than their timeouts.
    Wall,
}

impl Clock {
    /// As it stands in a profile: `"cpu"` or `"wall"`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Wall => "wall",
        }
    }
}
