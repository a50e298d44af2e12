// In place of `mod.rs` where there is no crash output: the same to be called, and an error at run time.

#[path = "monitor/before_main.rs"]
mod before_main;
mod crash_report;
mod error;
mod output;
mod traceback;

#[doc(inline)]
pub use crate::monitor_before_main;
pub use crash_report::{Cause, CrashReport, StackFrame, ThreadStack};
pub use error::Error;
pub use output::{CrashOutput, Monitor, Panics};
pub use traceback::{TRACEBACK_VARIABLE, Traceback};

/// Says that this system has no crash output.
///
/// # Errors
/// [`Error::Unsupported`], always.
pub fn install(_: CrashOutput) -> Result<(), Error> {
    Err(Error::Unsupported)
}

/// Never exists.
#[derive(Debug)]
pub enum AlternateStack {}

impl AlternateStack {
    /// Says that this system has no crash output.
    ///
    /// # Errors
    /// [`Error::Unsupported`], always.
    pub fn new() -> Result<Self, Error> {
        Err(Error::Unsupported)
    }
}

/// Does nothing: there are no monitors.
pub fn monitor_entry() {}

/// Does nothing: there are no monitors.
pub fn monitor_entry_with(_: fn(CrashReport)) {}
