//! A death, as it is told to the program.

#[cfg(sampler)]
use super::signals::name;
#[cfg(sampler)]
use crate::code::calls::Call;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A death, as the monitor saw it: what the fn of [`monitor_entry_with`](super::monitor_entry_with) is given.
///
/// ```
/// use hooks_service::crash::{Cause, CrashReport};
///
/// fn send(report: CrashReport) {
///     let route = report.labels.iter().find(|(key, _)| key == "route");
///     if let (Cause::Signal { signal, .. }, Some((_, route))) = (&report.cause, route) {
///         println!("signal {signal} in {route}, at {}", report.stack.first().map_or("", |frame| &frame.function));
///     }
/// }
/// # let _ = send as fn(CrashReport);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CrashReport {
    /// Id of the process that died.
    pub process: u32,
    /// Why.
    pub cause: Cause,
    /// When.
    pub time: SystemTime,
    /// For how long it had run.
    pub uptime: Duration,
    /// What it said of itself by [`CrashOutput::version`](crate::crash::CrashOutput::version); empty if it did not.
    pub version: String,
    /// The build id of its file, in lower-case hex; empty if it has none.
    pub build_id: String,
    /// What the process and its monitor said: the same that is in the crash output. Empty if it had no time to.
    pub text: String,
    /// Id and name of the thread that crashed, for a fatal signal. The first thread is `main`.
    pub thread: Option<(u32, String)>,
    /// The labels in force on it, innermost first.
    pub labels: Vec<(String, String)>,
    /// Its whole stack, leaf first, with names; for a fatal signal. Of a panic it is in the text.
    pub stack: Vec<StackFrame>,
    /// The other threads that answered, from [`Traceback::All`](crate::crash::Traceback::All) on.
    pub other_threads: Vec<ThreadStack>,
    /// The file with a trace of its last seconds, if a recorder of the feature `trace` ran and the crash output is a file.
    pub trace: Option<PathBuf>,
}

/// A thread that did not crash, while another did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadStack {
    /// The kernel's id.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its stack, leaf first, with names.
    pub stack: Vec<StackFrame>,
}

/// Why a process died. [`Display`](fmt::Display) says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// By a fatal signal, which it reported.
    Signal {
        /// The signal, `SIGSEGV` for instance.
        signal: i32,
        /// The kernel's `si_code`.
        code: i32,
        /// The address of the fault, where there is one.
        address: u64,
    },
    /// It exited with status 101, as it does after a panic that left `main`, and the thread that exited, main or another, had
    /// panicked. The text is that of its latest panic; which did not leave `main` if the program caught it, and chose that
    /// status later.
    Panic,
    /// It exited with status 101, and no panic of the thread that exited was seen: the program chose that status, or a panic
    /// hook that was set after [`install`](crate::crash::install) does not call the one before it.
    PanicUnseen,
    /// It exited in the middle of a panic: its panic hook did, as "any panic ends the service" is written, or a destructor.
    ExitAmidPanic {
        /// With which status; `None` where the C library does not tell (musl).
        status: Option<i32>,
    },
    /// Without a word.
    Killed {
        /// The signal, if the kernel tells.
        signal: Option<i32>,
        /// Whether the kernel ended a process for want of memory at that time: then it was this one, most likely.
        out_of_memory: bool,
    },
}

const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal { signal, .. } => {
                let (name, meaning) = name(*signal);
                write!(f, "{name}, {meaning}")
            }
            Self::Panic => f.write_str("exit status 101 after a panic"),
            Self::PanicUnseen => {
                f.write_str("exit status 101, as after a panic that leaves main; none was seen")
            }
            Self::ExitAmidPanic { status: Some(status) } => {
                write!(f, "exit status {status} in the middle of a panic, by its hook or a destructor")
            }
            Self::ExitAmidPanic { status: None } => {
                f.write_str("exit in the middle of a panic, by its hook or a destructor")
            }
            Self::Killed { signal, out_of_memory } => {
                match signal {
                    Some(SIGKILL) => f.write_str("killed by SIGKILL")?,
                    // The handler could not run.
                    Some(SIGSEGV) => f.write_str(
                        "killed by SIGSEGV, most likely by the overflow of a stack without an alternate one, as of a \
                         thread that C made (see crash::AlternateStack)",
                    )?,
                    Some(signal) => write!(f, "killed by signal {signal}")?,
                    None => f.write_str("ended without a word, by SIGKILL or _exit")?,
                }
                f.write_str(if *out_of_memory { ", most likely because memory ran out" } else { "" })
            }
        }
    }
}

/// A function on the stack. Where functions were inlined several have one address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackFrame {
    /// The address in the process that died.
    pub address: u64,
    /// The function, or `file+0x1f00` where it has no name.
    pub function: String,
    /// The source file, if it is known.
    pub file: Option<String>,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
    /// Whether it is of the program, and not of std, a package that cargo fetched, or a C library.
    pub own: bool,
}

#[cfg(sampler)]
impl StackFrame {
    pub(super) fn call(&self) -> Call<'_> {
        Call { function: &self.function, file: self.file.as_deref(), line: self.line }
    }
}

/// The function, and below it the file and the line.
impl fmt::Display for StackFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        match &self.file {
            Some(file) => write!(f, "\n             at {file}:{}", self.line),
            None => Ok(()),
        }
    }
}

/// No signal is reported there.
#[cfg(not(sampler))]
fn name(_signal: i32) -> (&'static str, &'static str) {
    ("signal", "")
}

#[cfg(all(test, sampler))]
mod tests {
    use super::*;

    #[test]
    fn causes_are_words() {
        let killed = |signal, out_of_memory| Cause::Killed { signal, out_of_memory }.to_string();
        assert_eq!(
            killed(Some(libc::SIGKILL), true),
            "killed by SIGKILL, most likely because memory ran out"
        );
        assert_eq!(killed(None, false), "ended without a word, by SIGKILL or _exit");
        let signal = Cause::Signal { signal: libc::SIGSEGV, code: 1, address: 8 };
        assert_eq!(signal.to_string(), "SIGSEGV, invalid memory reference");
    }
}
