// Documented where it is declared, by docs/crash.md.
//
// In: fatal signals (`handler`), panics (`panics`, kept in `latest`), the exit (`exit`). Out: a report, composed part by part
// (`report`, `threads`, `walk`, `identity`) and written by `sink` to stderr, to the crash output and, as messages (`wire`),
// to the monitor. `install` puts all in place, as the program asks in `output` and `traceback`. From `capture` comes how a
// stack is walked, from `stacks` how another thread is asked for its own.

mod alternate_stack;
mod crash_report;
mod error;
mod exit;
mod handler;
mod identity;
mod install;
mod latest;
mod monitor;
mod output;
mod panic_stack;
mod panics;
mod report;
mod signals;
mod sink;
mod text;
mod threads;
mod traceback;
mod walk;
mod wire;

#[doc(inline)]
pub use crate::monitor_before_main;
pub use alternate_stack::AlternateStack;
pub use crash_report::{Cause, CrashReport, StackFrame, ThreadStack};
pub use error::Error;
pub use install::install;
pub use monitor::{monitor_entry, monitor_entry_with};
pub use output::{CrashOutput, Monitor, Panics};
pub use traceback::{TRACEBACK_VARIABLE, Traceback};
