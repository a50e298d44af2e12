//! Lines for people, where no hook is set.

use std::fmt;
use std::io::Write;

/// Writes a line to standard error. Unlike `eprintln!` it does not panic where that is closed or full: nothing can be
/// done there, and those who call it run in destructors, at the exit, or are about to abort.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    drop(writeln!(std::io::stderr(), "hooks: {line}"));
}
