//! Putting all in place, before anything crashes.

use super::error::Error;
use super::identity::{self, Identity};
use super::output::{CrashOutput, Panics};
use super::panic_stack::PANICS_WITH_STACK;
use super::traceback::{self, Traceback};
use super::walk::{self, STACK_READ, STACK_WRITE};
use super::{exit, handler, monitor, panics, sink};
use crate::code::{Module, program};
use crate::plain::Plain;
use crate::process::descriptor::duplicate;
use crate::process::utc::Utc;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

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
/// [`Error::AlreadyInstalled`] for a second call; [`Error::Unsupported`] on other systems than Linux on x86-64 and
/// aarch64; [`Error::Setting`] if the environment variable `HOOKS_TRACEBACK`
/// makes no sense; errors of the monitor, if there is to be one; [`Error::Kernel`] where descriptors or memory are
/// short. Then nothing has been taken over.
///
/// # Cost
/// Nothing while nothing crashes: 3 descriptors, and 512 KiB of address space; from [`Traceback::All`] on a real-time
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
    let file = copy(&output.file)?;
    let (read, write) = io::pipe().map_err(Error::kernel("pipe2"))?;
    let (stack_read, stack_write) = (copy(&read)?, copy(&write)?);
    let modules = walk::prepare().map_err(Error::kernel("mmap"))?;
    let identity = identity::keep(&output.version, build_id(&modules));
    let told = (identity, level.unwrap_or_default());
    let watch = output.monitor.map(|monitor| monitor::start(&monitor, &file, &modules, told)).transpose()?;

    STACK_READ.keep(stack_read);
    STACK_WRITE.keep(stack_write);
    sink::OUTPUT.keep(file);
    PANICS_WITH_STACK.store(level.is_some_and(|level| level >= Traceback::Single), Relaxed);
    traceback::set_level(level.unwrap_or_default());
    // The handlers last: what may fail has not failed then.
    handler::prepare()?;
    exit::install()?;
    sink::output_alone(header(identity).as_bytes());
    if let Some(watch) = watch {
        watch.take_into_use()?;
    }
    handler::install()?;
    exit::take_into_use();
    panics::install(output.panics == Panics::All);
    *installed = true;
    Ok(())
}

fn copy(descriptor: &impl AsFd) -> Result<OwnedFd, Error> {
    duplicate(descriptor.as_fd()).map_err(Error::kernel("fcntl(F_DUPFD_CLOEXEC)"))
}

/// Of the program itself; empty if it has none.
fn build_id(modules: &[Module]) -> &str {
    modules.iter().find(|module| module.is_executable()).map_or("", |module| &module.build_id)
}

/// The line for this process, started now.
fn header(identity: &Identity) -> String {
    let build_id = if identity.build_id.is_empty() { "none" } else { &identity.build_id };
    let version = identity.version.escape_debug();
    let version = if identity.version.is_empty() { String::new() } else { format!("version {version}, ") };
    let (process, time) = (std::process::id(), Utc(SystemTime::now()));
    format!(
        "\n=== crash output of process {process}, {time}, {version}build id {build_id}, {} ===\n",
        Plain(program::path(), &[])
    )
}
