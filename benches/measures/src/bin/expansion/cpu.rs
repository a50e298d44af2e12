//! Processor time of child processes.

use std::io;
use std::mem::MaybeUninit;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs `command` to its end and returns the processor time, user and system, of it and of all it waited for. What it
/// says is kept out of sight, and part of the error where it fails.
pub(crate) fn time_of(command: &mut Command) -> io::Result<Duration> {
    let before = spent_by_children()?;
    let output = command.stdin(Stdio::null()).output()?;
    let spent = spent_by_children()?.saturating_sub(before);
    if output.status.success() {
        return Ok(spent);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?} failed: {}\n{said}", output.status)))
}

fn spent_by_children() -> io::Result<Duration> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: `getrusage` writes a whole `rusage` to where it is pointed at, unless it fails.
    if unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: written, as it did not fail.
    let usage = unsafe { usage.assume_init() };
    Ok(duration(usage.ru_utime) + duration(usage.ru_stime))
}

fn duration(time: libc::timeval) -> Duration {
    Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_micros(time.tv_usec.unsigned_abs())
}
