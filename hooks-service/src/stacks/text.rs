//! A dump for people: what is the program's first, what waits in others' code alone in a line.

use super::dump::{Answer, Dump, State, Thread};
use crate::code::calls::{Call, Part, is_of_others, parts};
use crate::code::symbols;
use crate::label::{Label, LabelValue};
use crate::process::utc::Utc;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// How many threads of a group are named.
const MOST_NAMED: usize = 8;
/// How many groups of threads are shown.
const MOST_GROUPS: usize = 256;

impl Dump {
    /// Writes the tasks, if they are watched (see [`Tasks::write_text`](super::Tasks::write_text)); then the threads, those
    /// that cannot answer first, then the largest groups of threads with equal stacks and labels; and at the end in a line
    /// each those that sleep in nothing but code of std, packages and C: the idle ones of pools. At most 256 groups; the
    /// others are counted.
    ///
    /// ```text
    /// stack dump 2026-11-21T14:02:03Z: process 4242, 68 threads in 2.1 ms, paused 11 µs each (median; longest 90 µs)
    ///
    /// thread 4250 "renderer" [sleeping, locked 31 s by render::draw src/draw.rs:12: the context is current here]:
    /// labels: {"route":"/map"}
    ///    0: poll
    /// >  1: render::draw
    ///              at /srv/render/src/draw.rs:40
    ///
    /// 64 threads [sleeping]: 4251 "worker-0", 4252 "worker-1", .. and 56 more:
    /// ..
    ///
    /// idle, in nothing of the program's: 3 threads
    /// 3 threads [sleeping]: 4260 "tokio-rt-worker", ..: syscall < tokio::runtime::blocking::pool::Inner::run (31 calls: std, tokio)
    /// ```
    ///
    /// The program's calls are marked, consecutive ones of others are one line: [how it reads](super#how-it-reads).
    /// [`write_text_in_full`](Self::write_text_in_full) leaves nothing out.
    ///
    /// # Cost
    /// The first dump of a program reads its debug information, some 100 ms, and gives the pages of the file back; what it
    /// parsed stays for the next, some 12 MB in a program of a few megabytes. Later ones take names from a cache, whose bound says the
    /// page of [`capture`](mod@crate::capture#what-is-kept).
    ///
    /// # Errors
    /// What `writer` reports. Names that cannot be had are no error.
    pub fn write_text(&self, writer: impl Write) -> io::Result<()> {
        self.write(writer, false)
    }

    /// The same with every call of every thread, in groups of any number: as Go's tracebacks are. Cost: that of
    /// [`write_text`](Self::write_text).
    ///
    /// # Errors
    /// What `writer` reports.
    ///
    /// ```no_run
    /// # #[cfg(target_os = "linux")] {
    /// hooks_service::stacks::capture()?.write_text_in_full(std::io::stderr())?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_text_in_full(&self, writer: impl Write) -> io::Result<()> {
        self.write(writer, true)
    }

    fn write(&self, writer: impl Write, all: bool) -> io::Result<()> {
        let mut writer = BufWriter::new(writer);
        self.write_header(&mut writer)?;
        if let Some(tasks) = &self.tasks {
            tasks.write_text(&mut writer)?;
        }
        let is_idle = |group: &Vec<&Thread>| !all && self.is_idle(group[0]);
        let (idle, groups): (Vec<_>, Vec<_>) = self.groups().into_iter().partition(is_idle);
        let shown = if all { groups.len() } else { groups.len().min(MOST_GROUPS) };
        for group in &groups[..shown] {
            self.write_group(&mut writer, group, all)?;
        }
        if let left @ 1.. = groups.len() - shown {
            let threads: usize = groups[shown..].iter().map(Vec::len).sum();
            writeln!(writer, "\nand {threads} threads more, in {left} other groups")?;
        }
        self.write_idle(&mut writer, idle)?;
        for warning in self.symbols().warnings() {
            writeln!(writer, "\n{warning}")?;
        }
        writer.flush()
    }

    fn write_header(&self, writer: &mut impl Write) -> io::Result<()> {
        writeln!(
            writer,
            "stack dump {}: process {}, {} threads in {:.1?}, paused {:.1?} each (median; longest {:.1?})",
            Utc(self.taken),
            std::process::id(),
            self.threads.len(),
            self.elapsed,
            self.pauses.median,
            self.pauses.longest,
        )
    }

    /// Threads with equal stacks, labels and states. Locked ones stand alone: each has its reason.
    fn groups(&self) -> Vec<Vec<&Thread>> {
        type Key<'a> = (State, Answer, &'a [u64], &'a [Label], Option<u32>);
        let mut groups = HashMap::<Key, Vec<&Thread>>::new();
        for thread in &self.threads {
            let alone = thread.locked.as_ref().map(|_| thread.id);
            let key = (thread.state, thread.answer, &*thread.stack, &*thread.labels, alone);
            groups.entry(key).or_default().push(thread);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        let has_stack = |group: &Vec<&Thread>| !group[0].stack.is_empty();
        groups.sort_by_key(|group| (has_stack(group), usize::MAX - group.len(), group[0].id));
        groups
    }

    fn write_group(&self, writer: &mut impl Write, group: &[&Thread], all: bool) -> io::Result<()> {
        let thread = group[0];
        writeln!(writer, "\n{}:", headline(group))?;
        if !thread.labels.is_empty() {
            writeln!(writer, "labels: {}", braced(&thread.labels))?;
        }
        for part in parts(&self.calls(thread), all) {
            writeln!(writer, "{part}")?;
        }
        Ok(())
    }

    fn calls(&self, thread: &Thread) -> Vec<Call<'_>> {
        self.raw_frames(&thread.stack).map(symbols::Frame::call).collect()
    }

    /// Whether it sleeps in nothing of the program's, and nobody has said what for.
    fn is_idle(&self, thread: &Thread) -> bool {
        let calls = self.calls(thread);
        thread.state == State::Sleeping
            && thread.locked.is_none()
            && thread.labels.is_empty()
            && !calls.is_empty()
            && calls.iter().all(is_of_others)
    }

    /// A line for all whose stacks look the same in a line.
    fn write_idle(&self, writer: &mut impl Write, groups: Vec<Vec<&Thread>>) -> io::Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let mut alike = BTreeMap::<(Answer, String), Vec<&Thread>>::new();
        for group in groups {
            let key = (group[0].answer, in_a_line(&self.calls(group[0])));
            alike.entry(key).or_default().extend(group);
        }
        let count: usize = alike.values().map(Vec::len).sum();
        let one = if count == 1 { "thread" } else { "threads" };
        writeln!(writer, "\nidle, in nothing of the program's: {count} {one}")?;
        for ((_, line), group) in alike {
            writeln!(writer, "{}: {line}", headline(&group))?;
        }
        Ok(())
    }
}

/// `thread 4250 "renderer" [sleeping]`, or how many threads there are and the first of them.
fn headline(group: &[&Thread]) -> String {
    let about = about(group[0]);
    match group {
        [thread] => format!("thread {} {:?} [{about}]", thread.id, thread.name),
        _ => format!("{} threads [{about}]: {}", group.len(), named(group)),
    }
}

/// Where it waits, and by what it came there.
fn in_a_line(calls: &[Call<'_>]) -> String {
    let parts = parts(calls, false);
    let lines = parts.iter().map(Part::in_a_line);
    lines.collect::<Vec<_>>().join(" < ")
}

/// What stands in the square brackets.
fn about(thread: &Thread) -> String {
    let mut about = thread.state.to_string();
    if thread.answer != Answer::Whole {
        let _ = write!(about, ", {}", thread.answer);
    }
    if let Some(held) = &thread.locked {
        let since = held.since.elapsed().unwrap_or_default().as_secs();
        let (site, reason) = (held.site, held.site.reason().unwrap_or("no reason given"));
        let (function, file, line) = (site.function(), site.file(), site.line());
        let _ = write!(about, ", locked {since} s by {function} {file}:{line}: {reason}");
    }
    about
}

fn named(group: &[&Thread]) -> String {
    let name = |thread: &&Thread| format!("{} {:?}", thread.id, thread.name);
    let mut text = group.iter().take(MOST_NAMED).map(name).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = group.len().checked_sub(MOST_NAMED) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// `{"route":"/orders", "size":"42 bytes"}`, as Go's goroutine profile has labels.
pub(super) fn braced(labels: &[Label]) -> String {
    let pair = |Label { key, value }: &Label| match value {
        LabelValue::Text(text) => format!("{key:?}:{text:?}"),
        number @ LabelValue::Number { .. } => format!("{key:?}:\"{number}\""),
    };
    format!("{{{}}}", labels.iter().map(pair).collect::<Vec<_>>().join(", "))
}
