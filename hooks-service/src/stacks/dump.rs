//! What a dump holds.

use super::tasks::Tasks;
use crate::code::Module;
use crate::code::symbols::{self, Symbols, lookup_addresses};
use crate::label::Label;
use hooks_runtime::os_thread::Held;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// The stacks of all threads at about one moment, see [`capture`](super::capture()).
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use hooks_service::stacks::{self, State};
///
/// let dump = stacks::capture()?;
/// for thread in dump.threads().iter().filter(|thread| thread.state() == State::Running) {
///     println!("{} {} {:?}", thread.id(), thread.name(), thread.labels());
///     for frame in dump.frames(thread) {
///         println!("    {} {}:{}", frame.function, frame.file.unwrap_or("?"), frame.line);
///     }
/// }
/// println!("taken in {:?}, of which a thread stood still for {:?}", dump.elapsed(), dump.pauses().median);
/// # }
/// # Ok::<(), hooks_service::stacks::Error>(())
/// ```
#[derive(Debug)]
pub struct Dump {
    pub(super) threads: Vec<Thread>,
    pub(super) tasks: Option<Tasks>,
    pub(super) modules: Vec<Module>,
    pub(super) taken: SystemTime,
    pub(super) elapsed: Duration,
    pub(super) pauses: Pauses,
    pub(super) symbols: OnceLock<Symbols>,
}

/// One thread of a dump.
#[derive(Clone, Debug)]
pub struct Thread {
    pub(super) id: u32,
    pub(super) name: Box<str>,
    pub(super) state: State,
    pub(super) answer: Answer,
    pub(super) labels: Arc<[Label]>,
    pub(super) locked: Option<Held>,
    pub(super) stack: Arc<[u64]>,
}

/// What the kernel says that a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum State {
    /// It runs, or could.
    Running,
    /// It waits, and a signal would wake it.
    Sleeping,
    /// It waits for a device or a file system, and no signal wakes it (`D`).
    Uninterruptible,
    /// It is stopped by a signal or a debugger.
    Stopped,
    /// It has ended, and is still listed: the first thread of a process does, where others go on.
    Ended,
    /// Anything else, or not known.
    Other,
}

/// Whether a thread's stack could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Answer {
    /// The whole stack.
    Whole,
    /// The inner part of a stack: it is deeper than 32 KiB or 256 frames, or its callers could not be found.
    Cut,
    /// The thread blocks the signal that it was asked with.
    BlocksSignal,
    /// The thread waits in the kernel where no signal reaches it.
    Uninterruptible,
    /// The thread is stopped.
    Stopped,
    /// The thread has ended.
    Ended,
    /// The thread did not run as long as it was waited for.
    Late,
    /// The kernel queues no more signals for this user: `RLIMIT_SIGPENDING`.
    Refused,
}

/// One function of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The function, `libc.so.6+0x9a3f0` (file and place) where no name is known.
    pub function: &'a str,
    /// The source file, if debug information tells.
    pub file: Option<&'a str>,
    /// The line, from 1; 0: not known.
    pub line: u32,
}

/// For how long threads were interrupted, from the start of the handler to its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pauses {
    /// Half of the threads were interrupted for this long or less.
    pub median: Duration,
    /// 99 of 100 were.
    pub percentile_99: Duration,
    /// None was interrupted for longer. The time that a thread did not run for want of a processor counts too.
    pub longest: Duration,
}

impl Pauses {
    /// Of interruptions that took so many nanoseconds.
    pub(super) fn of(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        let at = |percent: usize| {
            let index = (nanoseconds.len() * percent / 100).min(nanoseconds.len().saturating_sub(1));
            Duration::from_nanos(nanoseconds.get(index).copied().unwrap_or(0))
        };
        Pauses { median: at(50), percentile_99: at(99), longest: at(100) }
    }
}

impl Dump {
    /// The threads in the order of their numbers, as `/proc` lists them.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// The functions of a thread of this dump, innermost first, inlined calls included. Empty where the thread gave no stack.
    ///
    /// # Cost
    /// The first call looks up the names of the whole dump, see [`Dump::write_text`].
    pub fn frames(&self, thread: &Thread) -> Vec<Frame<'_>> {
        let frames = self.raw_frames(&thread.stack);
        frames
            .map(|frame| Frame { function: &frame.function, file: frame.file.as_deref(), line: frame.line })
            .collect()
    }

    /// The annotated futures that wait, if [`watch_tasks`](super::watch_tasks) was called before.
    pub fn tasks(&self) -> Option<&Tasks> {
        self.tasks.as_ref()
    }

    /// When it was taken.
    pub fn taken(&self) -> SystemTime {
        self.taken
    }

    /// How long it took, from the list of threads to the last stack walked and the last task counted. Names
    /// come later.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// For how long threads were interrupted.
    pub fn pauses(&self) -> Pauses {
        self.pauses
    }

    pub(super) fn symbols(&self) -> &Symbols {
        self.symbols.get_or_init(|| {
            let stacks = self.threads.iter().map(|thread| &*thread.stack);
            Symbols::resolve(&self.modules, stacks.flat_map(lookup_addresses))
        })
    }

    pub(super) fn raw_frames<'a>(&'a self, stack: &[u64]) -> impl Iterator<Item = &'a symbols::Frame> {
        let symbols = self.symbols();
        lookup_addresses(stack).flat_map(|address| symbols.frames(address))
    }
}

impl Thread {
    /// The kernel's number of the thread, as `/proc` and debuggers show it.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Its name, of which the kernel keeps 15 bytes. The first thread is `main`, as std calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it did just before it was asked.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether its stack could be had.
    pub fn answer(&self) -> Answer {
        self.answer
    }

    /// The labels in force, sorted by key.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// By which `#[lock_os_thread]` it is locked, if it is.
    pub fn locked(&self) -> Option<&Held> {
        self.locked.as_ref()
    }

    /// Program counters, innermost first. All but the first are return addresses.
    pub fn stack(&self) -> &[u64] {
        &self.stack
    }
}

impl State {
    /// By the kernel's letter.
    pub(crate) fn of_letter(letter: u8) -> Self {
        match letter {
            b'R' => State::Running,
            b'S' => State::Sleeping,
            b'D' => State::Uninterruptible,
            b'T' | b't' => State::Stopped,
            b'Z' | b'X' => State::Ended,
            _ => State::Other,
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Sleeping => "sleeping",
            State::Uninterruptible => "uninterruptible",
            State::Stopped => "stopped",
            State::Ended => "ended",
            State::Other => "other",
        }
    }
}

impl Answer {
    pub(super) fn text(self) -> &'static str {
        match self {
            Answer::Whole => "whole stack",
            Answer::Cut => "stack cut",
            Answer::BlocksSignal => "no stack: blocks the signal",
            Answer::Uninterruptible => "no stack: waits in the kernel, uninterruptible",
            Answer::Stopped => "no stack: stopped",
            Answer::Ended => "no stack: ended",
            Answer::Late => "no stack: did not answer in time",
            Answer::Refused => "no stack: RLIMIT_SIGPENDING",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Why there is no stack, or not all of it.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_told_by_rank() {
        let summed = Pauses::of((1..=1000).rev().collect());
        let all = [summed.median, summed.percentile_99, summed.longest];
        assert_eq!(all.map(|pause| pause.as_nanos()), [501, 991, 1000]);
        assert_eq!(Pauses::of(Vec::new()).longest, Duration::ZERO);
        assert_eq!(Pauses::of(vec![5]).median, Duration::from_nanos(5));
    }
}
