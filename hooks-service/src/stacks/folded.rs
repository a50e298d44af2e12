//! A dump as folded stacks.

use super::dump::{Dump, Thread};
use crate::profile::folded::escape;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

impl Dump {
    /// Writes one line for each different stack: `main;worker;poll 64`, root first, and how many threads have it. Threads
    /// without a stack are the line of the reason, `no stack: stopped 1`. For `inferno-flamegraph`, `flamegraph.pl` and
    /// speedscope.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let mut folded = Vec::new();
    /// hooks_service::stacks::capture()?.write_folded(&mut folded)?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Cost
    /// As [`Dump::write_text`].
    ///
    /// # Errors
    /// What `writer` reports.
    pub fn write_folded(&self, writer: impl Write) -> io::Result<()> {
        let mut stacks = BTreeMap::<String, u64>::new();
        for thread in &self.threads {
            *stacks.entry(self.fold(thread)).or_default() += 1;
        }
        let mut writer = BufWriter::new(writer);
        for (stack, threads) in stacks {
            writeln!(writer, "{stack} {threads}")?;
        }
        writer.flush()
    }

    fn fold(&self, thread: &Thread) -> String {
        if thread.stack.is_empty() {
            return thread.answer.to_string();
        }
        let mut frames: Vec<_> =
            self.raw_frames(&thread.stack).map(|frame| escape(&frame.function)).collect();
        frames.reverse();
        frames.join(";")
    }
}
