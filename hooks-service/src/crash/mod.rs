// Documented where it is declared, by docs/crash.md.

mod alternate_stack;
mod error;
mod exit;
mod handler;
mod header;
mod monitor;
mod output;
mod panic_stack;
mod panics;
mod pending;
mod report;
mod signals;
mod sink;
mod state;
mod text;
mod threads;
mod traceback;
mod walk;

pub use alternate_stack::AlternateStack;
pub use error::Error;
pub use monitor::{Cause, CrashReport, Monitor, StackFrame, ThreadStack, monitor_entry, monitor_entry_with};
pub use output::CrashOutput;
pub use panics::Panics;
pub use traceback::{TRACEBACK_VARIABLE, Traceback};

use state::{
    ALL_PANICS, CAPTURE, LABELS_READABLE, OUTPUT, PANICS_WITH_STACK, SPARE, STACK_READ, STACK_WRITE,
};
use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

/// Takes the fatal signals and the panics of this process over, and reports them to `output`. Go:
/// `debug.SetCrashOutput`.
///
/// Call it early, before whatever else handles these signals in order to recover: that then comes first and passes on
/// what is not its own. What handled them before is called after the report. The descriptor is duplicated, and not
/// inherited by children. A line with the process id, the time and the build id is written at once.
///
/// ```no_run
/// use hooks_service::crash::{self, CrashOutput};
///
/// crash::install(CrashOutput::file("crash.log")?)?;
/// # Ok::<(), crash::Error>(())
/// ```
///
/// # Errors
/// [`Error::AlreadyInstalled`] for a second call; [`Error::Setting`] if the environment variable `HOOKS_TRACEBACK`
/// makes no sense; errors of the monitor, if there is to be one; [`Error::Kernel`] where descriptors or memory are
/// short. Then nothing has been taken over.
///
/// # Cost
/// Nothing while nothing crashes: 5 descriptors, and 512 KiB of address space; from [`Traceback::All`] on a real-time
/// signal and 4 MiB, as [`stacks::prepare`](crate::stacks::prepare) takes them. The call itself reads where the
/// program's libraries are, and with a monitor starts a process.
pub fn install(output: CrashOutput) -> Result<(), Error> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Err(Error::AlreadyInstalled);
    }
    let level = traceback::strongest(output.traceback, Traceback::from_environment()?);
    if level >= Some(Traceback::All) {
        crate::stacks::prepare().map_err(|source| Error::OtherThreads { source })?;
    }
    let file = output::duplicate(output.file.as_fd())?;
    let capture = output::duplicate(memory_file()?.as_fd())?;
    let spare = output::duplicate(capture.as_fd())?;
    let (read, write) = io::pipe().map_err(Error::kernel("pipe2"))?;
    let (stack_read, stack_write) = (output::duplicate(read.as_fd())?, output::duplicate(write.as_fd())?);
    let modules = walk::prepare().map_err(Error::kernel("mmap"))?;
    let watch = output.monitor.map(|monitor| monitor.start(&file, &modules)).transpose()?;

    CAPTURE.keep(capture);
    SPARE.keep(spare);
    STACK_READ.keep(stack_read);
    STACK_WRITE.keep(stack_write);
    OUTPUT.keep(file);
    LABELS_READABLE.store(crate::capture::labels_are_readable(), Relaxed);
    ALL_PANICS.store(output.panics == Panics::All, Relaxed);
    PANICS_WITH_STACK.store(level.is_some_and(|level| level >= Traceback::Single), Relaxed);
    state::set_traceback(level.unwrap_or_default());
    handler::install()?;
    exit::install()?;
    sink::output_alone(header::line(&modules).as_bytes());
    if let Some(watch) = watch {
        watch.take_into_use()?;
    }
    panics::install();
    *installed = true;
    Ok(())
}

/// A file that is in memory only, for what is said to stderr meanwhile.
fn memory_file() -> Result<OwnedFd, Error> {
    // SAFETY: a constant name.
    let descriptor = unsafe { libc::memfd_create(c"hooks-crash-stderr".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor < 0 {
        return Err(Error::last("memfd_create"));
    }
    // SAFETY: new, and nobody else's.
    let file = unsafe { OwnedFd::from_raw_fd(descriptor) };
    // SAFETY: sets flags of our own descriptor.
    let failed = unsafe { libc::fcntl(descriptor, libc::F_SETFL, libc::O_RDWR | libc::O_APPEND) } < 0;
    if failed { Err(Error::last("fcntl(F_SETFL)")) } else { Ok(file) }
}
