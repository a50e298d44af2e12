//! A dump for people, in a form close to that of Go's tracebacks.

use super::dump::{Answer, Dump, State, Thread};
use super::utc::Utc;
use crate::label::{Label, LabelValue};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// How many threads of a group are named.
const MOST_NAMED: usize = 8;

impl Dump {
    /// Writes all threads: those that cannot answer first, then the largest groups of threads with equal stacks and labels,
    /// each function with its file and line below, innermost first.
    ///
    /// ```text
    /// stack dump 2026-11-21T14:02:03Z: process 4242, 67 threads in 2.1 ms, paused 11 µs each (median; longest 90 µs)
    ///
    /// thread 4250 "renderer" [sleeping, locked 31 s by render::draw src/draw.rs:12: the context is current here]:
    /// labels: {"route":"/map"}
    /// poll
    ///     libc.so.6
    /// render::draw
    ///     src/draw.rs:40
    ///
    /// 64 threads [sleeping]: 4251 "worker-0", 4252 "worker-1", .. and 56 more:
    /// ```
    ///
    /// and then the tasks, see [`Tasks::write_text`](super::Tasks::write_text).
    ///
    /// # Cost
    /// The first dump of a program reads its debug information, some 100 ms, and gives the pages of the file back; what it
    /// parsed stays for the next, some 12 MB in a program of a few megabytes. Later ones take names from a cache, whose bound says the
    /// page of [`capture`](crate::capture#what-is-kept).
    ///
    /// # Errors
    /// What `writer` reports. Names that cannot be had are no error.
    pub fn write_text(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = BufWriter::new(writer);
        self.write_header(&mut writer)?;
        for group in self.groups() {
            self.write_group(&mut writer, &group)?;
        }
        if let Some(tasks) = &self.tasks {
            tasks.write_text(&mut writer)?;
        }
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

    fn write_group(&self, writer: &mut impl Write, group: &[&Thread]) -> io::Result<()> {
        let thread = group[0];
        let about = about(thread);
        match group {
            [thread] => writeln!(writer, "\nthread {} {:?} [{about}]:", thread.id, thread.name)?,
            _ => writeln!(writer, "\n{} threads [{about}]: {}:", group.len(), named(group))?,
        }
        if !thread.labels.is_empty() {
            writeln!(writer, "labels: {}", braced(&thread.labels))?;
        }
        for frame in self.raw_frames(&thread.stack) {
            writeln!(writer, "{}", frame.function)?;
            if let Some(file) = &frame.file {
                writeln!(writer, "\t{file}:{}", frame.line)?;
            }
        }
        Ok(())
    }
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
